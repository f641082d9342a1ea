package collect

import (
	"context"
	"net/netip"
	"slices"
	"sync"
	"time"

	"mtasts/internal/addr"
	"mtasts/internal/fact"
	"mtasts/internal/sts"
)

const (
	// maxFetches is how many addresses of one policy host are contacted. Half of them are
	// open to each family at once, so that neither waits for the other's DNS answer; what one
	// leaves goes to the other.
	maxFetches = 32
	// elsewhereLimit is the time for the wrong places: a help for the message, not worth a minute.
	elsewhereLimit = 5 * time.Second
)

// family is the addresses of one family of the policy host and what came of them.
type family struct {
	digit   string // "4" or "6"
	qtype   string
	answer  fact.Answer
	errands []errand
	fetches []fact.Fetch // one an errand
	waiting []int        // errands that may be run and are not yet
}

// policyHost asks for the addresses of mta-sts.DOMAIN and fetches the policy from each.
func (l *look) policyHost(ctx context.Context) {
	four, six := &family{digit: "4", qtype: "A"}, &family{digit: "6", qtype: "AAAA"}
	l.fetchBoth(ctx, four, six)
	host := &l.seen.Host
	host.A, host.AAAA = four.answer, six.answer
	host.Fetches = append(four.fetches, six.fetches...)
	if host.A.Absent() && host.AAAA.Absent() {
		l.apex(ctx)
	}
	if first, ok := allNotFound(host.Fetches); ok {
		host.Elsewhere = l.wrongPlaces(ctx, first)
	}
}

func (l *look) fetchBoth(ctx context.Context, four, six *family) {
	var fetching sync.WaitGroup
	var used [2]int
	together(
		func() { l.resolve(ctx, four); used[0] = l.start(ctx, &fetching, four, maxFetches/2) },
		func() { l.resolve(ctx, six); used[1] = l.start(ctx, &fetching, six, maxFetches/2) },
	)
	left := maxFetches - used[0] - used[1]
	left -= l.start(ctx, &fetching, four, left)
	l.start(ctx, &fetching, six, left)
	fetching.Wait()
}

// resolve asks for the addresses and lists them as fetches, those that nothing forbids as
// skipped over the limit until [look.start] takes them.
func (l *look) resolve(ctx context.Context, f *family) {
	f.answer = l.ask(ctx, l.seen.Host.Name, f.qtype)
	took := l.net.Now().Sub(l.begun)
	for _, a := range addresses(f.answer) {
		e := errand{host: l.seen.Host.Name, path: sts.PolicyPath, address: a, dns: took, limit: l.net.Timeout}
		skipped := l.forbidden(a)
		if l.net.Family != "" && l.net.Family != f.digit {
			skipped = fact.SkipFamily
		}
		if skipped == "" {
			skipped = fact.SkipLimit
			f.waiting = append(f.waiting, len(f.errands))
		}
		f.errands = append(f.errands, e)
		f.fetches = append(f.fetches, e.skipped(skipped))
	}
}

// start runs up to n of the errands that wait, and says how many.
func (l *look) start(ctx context.Context, fetching *sync.WaitGroup, f *family, n int) int {
	n = min(n, len(f.waiting))
	for _, i := range f.waiting[:n] {
		fetching.Go(func() { f.fetches[i] = l.fetch(ctx, f.errands[i]) })
	}
	f.waiting = f.waiting[n:]
	return n
}

// addresses is those of an answer, sorted, each once.
func addresses(a fact.Answer) []netip.Addr {
	var list []netip.Addr
	for _, s := range a.Addresses() {
		if ip, err := netip.ParseAddr(s); err == nil {
			list = append(list, ip.WithZone(""))
		}
	}
	slices.SortFunc(list, netip.Addr.Compare)
	return slices.Compact(list)
}

// forbidden is why an address must not be contacted; empty where it may be.
func (o *Observer) forbidden(a netip.Addr) string {
	if ok, _ := addr.Global(a); ok || o.net.AllowPrivate {
		return ""
	}
	for _, p := range o.net.AllowNets {
		if p.Contains(a) || p.Contains(a.Unmap()) {
			return ""
		}
	}
	return fact.SkipNotPublic
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
		all.Go(func() { list[i] = l.fetch(ctx, e) })
	}
	all.Go(func() { list[3] = l.fetchApex(ctx, works, limit) })
	all.Wait()
	return slices.DeleteFunc(list, func(f fact.Fetch) bool { return f.URL == "" })
}

// fetchApex fetches the policy from the domain's own web server; the zero Fetch where it has
// no address. An address of the family that works from here is taken before others.
func (l *look) fetchApex(ctx context.Context, works netip.Addr, limit time.Duration) fact.Fetch {
	begun := l.net.Now()
	var list []netip.Addr
	for _, a := range l.askAll(ctx, l.addressQuestions(l.domain)...) {
		list = append(list, addresses(a)...)
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
	e := errand{host: l.domain, path: sts.PolicyPath, address: best, limit: limit, dns: l.net.Now().Sub(begun)}
	if why := l.forbidden(best); why != "" {
		return e.skipped(why)
	}
	return l.fetch(ctx, e)
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
