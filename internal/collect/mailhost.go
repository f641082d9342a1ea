package collect

import (
	"context"
	"net/netip"
	"sync"

	"mtasts/internal/fact"
)

// mailHost is one MX host that is looked at.
type mailHost struct {
	*look
	host      *fact.MailHost
	four, six *family[fact.Probe]
	keys      keys
}

func (l *look) mailHost(h *fact.MailHost) *mailHost {
	four, six := families[fact.Probe]()
	return &mailHost{look: l, host: h, four: four, six: six}
}

// begin asks for the addresses and keys, and has a share of the addresses contacted, half of it of
// each family. All is done when all of that is, and known when the addresses are known.
func (h *mailHost) begin(ctx context.Context, share int, known, all *sync.WaitGroup) {
	known.Go(func() {
		h.addresses(ctx, h.host.Name,
			func(a fact.Answer) { h.list(ctx, h.four, a, (share+1)/2, all) },
			func(a fact.Answer) { h.list(ctx, h.six, a, share/2, all) },
		)
	})
	if h.net.SMTP != fact.SMTPOff && !h.host.Implicit {
		all.Go(func() { h.ownKeys(ctx) })
	}
}

// list lists the addresses of an answer, and has a share of them contacted.
func (h *mailHost) list(ctx context.Context, f *family[fact.Probe], answer fact.Answer, share int, all *sync.WaitGroup) {
	f.answer = answer
	if h.net.SMTP == fact.SMTPOff {
		return
	}
	f.list(
		h.Observer,
		func(a netip.Addr, why string) fact.Probe { return fact.Probe{Address: a.String(), Skipped: why} },
		func(a netip.Addr) fact.Probe { return h.probe(ctx, h.host.Name, a) },
	)
	f.start(all, share)
	if f.answer.Found() {
		h.keysOf(ctx, f, all)
	}
}

func (h *mailHost) contacted() int { return h.four.contacted + h.six.contacted }

// more has up to n of the addresses contacted that are left, and says how many.
func (h *mailHost) more(n int, all *sync.WaitGroup) int {
	before := h.contacted()
	h.four.start(all, n)
	h.six.start(all, n-(h.contacted()-before))
	return h.contacted() - before
}

func (h *mailHost) finish() {
	h.host.A, h.host.AAAA = h.four.answer, h.six.answer
	h.host.Probes = append(h.four.results, h.six.results...)
	h.host.TLSA, h.host.CNAME = h.keys.facts()
}
