package collect

import (
	"context"
	"net/netip"
	"slices"
	"sync"
	"time"

	"mtasts/internal/addr"
	"mtasts/internal/fact"
)

const (
	policyPath = "/.well-known/mta-sts.txt" // RFC 8461 §3.3
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
		e := errand{host: l.seen.Host.Name, path: policyPath, address: a, dns: took, limit: l.net.Timeout}
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

// allNotFound is the first address that was contacted, if each that was answered 404.
func allNotFound(fetches []fact.Fetch) (first fact.Fetch, all bool) {
	for _, f := range fetches {
		switch {
		case f.Skipped != "":
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
// host, and the right path of the domain itself.
func (l *look) wrongPlaces(ctx context.Context, first fact.Fetch) []fact.Fetch {
	limit := min(l.net.Timeout, elsewhereLimit)
	list := make([]fact.Fetch, 4)
	var all sync.WaitGroup
	for i, path := range []string{"/mta-sts.txt", "/.well-known/mta_sts.txt", "/.well-known/mta-sts"} {
		e := errand{host: l.seen.Host.Name, path: path, address: netip.MustParseAddr(first.Address), limit: limit}
		all.Go(func() { list[i] = l.fetch(ctx, e) })
	}
	all.Go(func() { list[3] = l.fetchApex(ctx, limit) })
	all.Wait()
	return slices.DeleteFunc(list, func(f fact.Fetch) bool { return f.URL == "" })
}

// fetchApex fetches the policy from the domain's own web server; the zero Fetch where it has
// no address.
func (l *look) fetchApex(ctx context.Context, limit time.Duration) fact.Fetch {
	qtype := "A"
	if l.net.Family == "6" {
		qtype = "AAAA"
	}
	begun := l.net.Now()
	list := addresses(l.ask(ctx, l.domain, qtype))
	if len(list) == 0 {
		return fact.Fetch{}
	}
	e := errand{host: l.domain, path: policyPath, address: list[0], limit: limit, dns: l.net.Now().Sub(begun)}
	if why := l.forbidden(e.address); why != "" {
		return e.skipped(why)
	}
	return l.fetch(ctx, e)
}
