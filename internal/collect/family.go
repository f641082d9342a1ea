package collect

import (
	"net/netip"
	"slices"
	"sync"

	"mtasts/internal/addr"
	"mtasts/internal/fact"
)

// family is the addresses of one family of a host, and what came of contacting each: a T. How many
// of a host are contacted has a limit; for each family a share of it stands open at once, so that
// neither waits for the other's DNS answer, and what one leaves goes to the other.
type family[T any] struct {
	digit     string // "4" or "6"
	qtype     string
	answer    fact.Answer
	addresses []netip.Addr // sorted
	results   []T          // one an address
	waiting   []int        // those that may be contacted and have not been yet
	contacted int
	contact   func(netip.Addr) T
}

// families are those of a host that nothing is known of yet.
func families[T any]() (four, six *family[T]) {
	return &family[T]{digit: "4", qtype: "A"}, &family[T]{digit: "6", qtype: "AAAA"}
}

// list takes the addresses of the answer. Those that something forbids are skipped for it; the
// others are over the limit until [family.start] has them contacted.
func (f *family[T]) list(o *Observer, skip func(a netip.Addr, why string) T, contact func(netip.Addr) T) {
	f.addresses, f.contact = addresses(f.answer), contact
	for i, a := range f.addresses {
		why := o.forbidden(a)
		if o.net.Family != "" && o.net.Family != f.digit {
			why = fact.SkipFamily
		}
		if why == "" {
			why = fact.SkipLimit
			f.waiting = append(f.waiting, i)
		}
		f.results = append(f.results, skip(a, why))
	}
}

// start has up to n of those that wait contacted.
func (f *family[T]) start(all *sync.WaitGroup, n int) {
	n = max(0, min(n, len(f.waiting)))
	for _, i := range f.waiting[:n] {
		all.Go(func() { f.results[i] = f.contact(f.addresses[i]) })
	}
	f.waiting = f.waiting[n:]
	f.contacted += n
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
