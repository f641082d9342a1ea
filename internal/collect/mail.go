package collect

import (
	"context"
	"strings"
	"sync"

	"golang.org/x/net/idna"

	"mtasts/internal/addr"
	"mtasts/internal/fact"
	"mtasts/internal/tlsrpt"
)

// How many names of one domain are looked at: beyond, they are listed as skipped.
const (
	maxHosts        = 200
	maxDestinations = 10
)

// mail asks for the MX hosts and their addresses. A domain without MX records is its own mail
// host, if it has an address (RFC 5321 §5.1).
func (l *look) mail(ctx context.Context) {
	l.seen.MX = l.ask(ctx, l.domain, "MX")
	if l.seen.MX.Absent() {
		l.implicit(l.apex(ctx))
		return
	}
	l.seen.Hosts = hostsOf(l.seen.MX)
	var all sync.WaitGroup
	for i := range l.seen.Hosts {
		h := &l.seen.Hosts[i]
		if h.Skipped != "" || addr.Literal(h.Name) {
			continue
		}
		all.Go(func() { h.A = l.ask(ctx, h.Name, "A") })
		all.Go(func() { h.AAAA = l.ask(ctx, h.Name, "AAAA") })
	}
	all.Wait()
}

func (l *look) implicit(apex []fact.Answer) {
	if apex[0].Found() || apex[1].Found() {
		l.seen.Hosts = []fact.MailHost{{Name: l.domain, Implicit: true, A: apex[0], AAAA: apex[1]}}
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

// destinations asks about the hosts that the TLSRPT record's URIs name (RFC 8460 §3): whether
// mail to them has a place to go, or the HTTPS host an address. Nothing is sent to them.
func (l *look) destinations(ctx context.Context, txt string) {
	record, _ := tlsrpt.ParseRecord(txt)
	list := make([]fact.Destination, len(record.RUA))
	var all sync.WaitGroup
	for i, uri := range record.RUA {
		d := &list[i]
		*d = fact.Destination{URI: uri.Text, Scheme: uri.Scheme, Host: aLabels(uri.Host)}
		if i >= maxDestinations {
			d.Skipped = fact.SkipLimit
			continue
		}
		all.Go(func() { l.destination(ctx, d) })
	}
	all.Wait()
	l.seen.Destinations = list
}

func (l *look) destination(ctx context.Context, d *fact.Destination) {
	if d.Host == "" || addr.Literal(d.Host) || d.Scheme != "mailto" && d.Scheme != "https" {
		return
	}
	together(
		func() { d.A = l.ask(ctx, d.Host, "A") },
		func() { d.AAAA = l.ask(ctx, d.Host, "AAAA") },
		func() {
			if d.Scheme == "mailto" {
				d.MX = l.ask(ctx, d.Host, "MX")
			}
		},
	)
}

// aLabels is the host as the DNS wants it; one that has no such form stays as it is.
func aLabels(host string) string {
	host = strings.TrimSuffix(host, ".")
	if a, err := idna.Lookup.ToASCII(host); err == nil {
		return a
	}
	return strings.ToLower(host)
}
