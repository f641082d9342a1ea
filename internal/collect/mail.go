package collect

import (
	"context"
	"sync"

	"mtasts/internal/addr"
	"mtasts/internal/fact"
)

// How much of one domain is looked at: beyond, hosts and addresses are listed as skipped.
const (
	maxHosts         = 200
	maxHostAddresses = 16
	maxMailAddresses = 200 // of all hosts
)

// mail asks for the MX hosts, and looks at each. A domain without MX records is its own mail host,
// if it has an address (RFC 5321 §5.1).
func (l *look) mail(ctx context.Context) {
	defer l.aboutPort25(ctx)
	l.seen.MX = l.ask(ctx, l.domain, "MX")
	l.first.Done()
	if noSuchName(l.seen.MX) && l.gone() {
		l.apex(ctx)
		return
	}
	if l.seen.MX.Absent() {
		l.implicit(ctx)
		return
	}
	l.seen.Hosts = hostsOf(l.seen.MX)
	l.mailHosts(ctx, l.seen.Hosts)
}

func (l *look) implicit(ctx context.Context) {
	own := []fact.MailHost{{Name: l.domain, Implicit: true}}
	l.together(
		func() { l.apex(ctx) },
		func() { l.mailHosts(ctx, own) },
	)
	if own[0].A.Found() || own[0].AAAA.Found() {
		l.seen.Hosts = own
	}
}

// hostsOf is the hosts of an MX answer, in its order. The null MX (RFC 7505) names no host.
func hostsOf(mx fact.Answer) []fact.MailHost {
	var list []fact.MailHost
	for _, r := range mx.Records {
		if r.Host == "." || r.Host == "" {
			continue
		}
		h := fact.MailHost{Name: r.Host, Preference: r.Preference}
		if len(list) >= maxHosts {
			h.Skipped = fact.SkipLimit
		}
		list = append(list, h)
	}
	return list
}

// mailHosts looks at all hosts at once. Each has its share of the addresses that may be contacted, and
// what some leave goes to the first ones when all are known.
func (l *look) mailHosts(ctx context.Context, list []fact.MailHost) {
	var hosts []*mailHost
	for i := range list {
		if list[i].Skipped == "" && !addr.Literal(list[i].Name) {
			hosts = append(hosts, l.mailHost(&list[i]))
		}
	}
	if len(hosts) == 0 {
		return
	}
	share := min(maxHostAddresses, maxMailAddresses/len(hosts))
	var known, all sync.WaitGroup
	for _, h := range hosts {
		h.begin(ctx, share, &known, &all)
	}
	known.Wait()
	left := maxMailAddresses
	for _, h := range hosts {
		h.more(share-h.contacted(), &all)
		left -= h.contacted()
	}
	for _, h := range hosts {
		left -= h.more(min(left, maxHostAddresses-h.contacted()), &all)
	}
	all.Wait()
	for _, h := range hosts {
		h.finish()
	}
}
