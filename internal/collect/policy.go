package collect

import (
	"context"
	"net/netip"
	"slices"
	"sync"
	"time"

	"mtasts/internal/fact"
	"mtasts/internal/sts"
)

const (
	// maxFetches is how many addresses of one policy host are contacted.
	maxFetches = 32
	// maxFetched is what a look keeps of its fetches, in octets of JSON: that many pages of 100 KiB, certificates
	// included.
	maxFetched = maxFetches * 100 << 10
	// elsewhereLimit is the time for the wrong places: a help for the message, not worth a minute.
	elsewhereLimit = 5 * time.Second
)

// policyHost asks for the addresses of mta-sts.DOMAIN and fetches the policy from each.
func (l *look) policyHost(ctx context.Context) {
	four, six := families[fact.Fetch]()
	l.fetchBoth(ctx, four, six)
	host := &l.seen.Host
	host.Fetches = append(four.results, six.results...)
	if host.A.Absent() && host.AAAA.Absent() {
		l.apex(ctx)
	}
	if first, ok := allNotFound(host.Fetches); ok {
		host.Elsewhere = l.wrongPlaces(ctx, first)
	}
}

func (l *look) fetchBoth(ctx context.Context, four, six *family[fact.Fetch]) {
	var fetching sync.WaitGroup
	host := &l.seen.Host
	l.addresses(ctx, host.Name,
		func(a fact.Answer) {
			host.A = a
			l.first.Done()
			l.list(ctx, four, a)
			four.start(&fetching, maxFetches/2)
		},
		func(a fact.Answer) {
			host.AAAA = a
			l.list(ctx, six, a)
			six.start(&fetching, maxFetches/2)
		},
	)
	four.start(&fetching, maxFetches-four.contacted-six.contacted)
	six.start(&fetching, maxFetches-four.contacted-six.contacted)
	fetching.Wait()
}

// list lists the addresses of an answer.
func (l *look) list(ctx context.Context, f *family[fact.Fetch], answer fact.Answer) {
	f.answer = answer
	at := func(a netip.Addr) errand {
		return errand{host: l.seen.Host.Name, path: sts.PolicyPath, address: a, dns: time.Duration(answer.TookMS), limit: l.net.Timeout}
	}
	f.list(
		l.Observer,
		func(a netip.Addr, why string) fact.Fetch { return at(a).skipped(why) },
		func(a netip.Addr) fact.Fetch { return l.keep(at(a), l.fetch(ctx, at(a))) },
	)
}

// keep keeps a fetch, unless others of the look have filled the room for them.
func (l *look) keep(e errand, f fact.Fetch) fact.Fetch {
	if l.fetched.Add(int64(fetchSize(f))) > maxFetched {
		return e.skipped(fact.SkipLimit)
	}
	return f
}

// fetchSize is about what a fetch takes in JSON, most of it things that the server said.
func fetchSize(f fact.Fetch) int {
	n := 1000 + f.Body.Size() + chainSize(f.TLS)
	for _, h := range f.Header {
		n += len(h.Name) + h.Value.Size() + len(`{"name":"","value":},`)
	}
	return n
}

// allNotFound is the first address that was contacted, if each that was answered 404. Addresses
// that this machine has no way to are no answer of the domain's.
func allNotFound(fetches []fact.Fetch) (first fact.Fetch, all bool) {
	for _, f := range fetches {
		switch {
		case f.Skipped != "" || f.Fault != nil && f.Fault.Kind == fact.NoRoute:
			continue
		case f.Status != 404:
			return fact.Fetch{}, false
		case !all:
			first, all = f, true
		}
	}
	return first, all
}

// wrongPlaces fetches from where people put the policy by mistake: other paths of the policy
// host, at the address of the first fetch, and the right path of the domain itself.
func (l *look) wrongPlaces(ctx context.Context, first fact.Fetch) []fact.Fetch {
	limit := min(l.net.Timeout, elsewhereLimit)
	works := netip.MustParseAddr(first.Address)
	list := make([]fact.Fetch, 4)
	var all sync.WaitGroup
	for i, path := range []string{"/mta-sts.txt", "/.well-known/mta_sts.txt", "/.well-known/mta-sts"} {
		e := errand{host: l.seen.Host.Name, path: path, address: works, limit: limit}
		all.Go(func() { list[i] = l.keep(e, l.fetch(ctx, e)) })
	}
	all.Go(func() { list[3] = l.fetchApex(ctx, works, limit) })
	all.Wait()
	return slices.DeleteFunc(list, func(f fact.Fetch) bool { return f.URL == "" })
}

// fetchApex fetches the policy from the domain's own web server; the zero Fetch where it has
// no address. An address of the family that works from here is taken before others.
func (l *look) fetchApex(ctx context.Context, works netip.Addr, limit time.Duration) fact.Fetch {
	var list []netip.Addr
	var took fact.Millis
	for _, a := range l.askAll(ctx, l.addressQuestions(l.domain)...) {
		list = append(list, addresses(a)...)
		took = max(took, a.TookMS)
	}
	if len(list) == 0 {
		return fact.Fetch{}
	}
	worse := func(a netip.Addr) int {
		switch {
		case l.forbidden(a) != "":
			return 2
		case a.Is4() != works.Is4():
			return 1
		default:
			return 0
		}
	}
	best := slices.MinFunc(list, func(a, b netip.Addr) int { return worse(a) - worse(b) })
	e := errand{host: l.domain, path: sts.PolicyPath, address: best, limit: limit, dns: time.Duration(took)}
	if why := l.forbidden(best); why != "" {
		return e.skipped(why)
	}
	return l.keep(e, l.fetch(ctx, e))
}

// addressQuestions are those for the addresses of a name that the user lets us contact.
func (l *look) addressQuestions(name string) []question {
	switch l.net.Family {
	case "4":
		return []question{{name, "A"}}
	case "6":
		return []question{{name, "AAAA"}}
	default:
		return []question{{name, "A"}, {name, "AAAA"}}
	}
}
