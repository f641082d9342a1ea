package collect

import (
	"context"
	"slices"
	"sync"

	"mtasts/internal/fact"
)

// keys are what the DNS says of the keys of a host (RFC 7672 §2.2).
type keys struct {
	once      sync.Once
	own       fact.Answer // TLSA of the host's own name
	four, six aliasKeys   // what follows from the aliases that each family's answer shows
}

// aliasKeys are what is asked of a host that is an alias.
type aliasKeys struct {
	end   fact.Answer  // TLSA of the name that the aliases lead to
	cname *fact.Answer // whether the first of them is signed, where the whole way is not
}

// ownKeys asks for those of the host's own name. A domain that may or may not be its own mail host is
// asked when it has shown an address.
func (h *mailHost) ownKeys(ctx context.Context) {
	h.keys.once.Do(func() { h.keys.own = h.tlsa(ctx, h.host.Name) })
}

// keysOf asks for what follows from an answer with addresses. Both families ask the same as a rule,
// and the resolver asks it once.
func (h *mailHost) keysOf(ctx context.Context, f *family[fact.Probe], all *sync.WaitGroup) {
	if h.host.Implicit {
		all.Go(func() { h.ownKeys(ctx) })
	}
	n := len(f.answer.Aliases)
	if n == 0 {
		return
	}
	k := &h.keys.four
	if f == h.six {
		k = &h.keys.six
	}
	all.Go(func() { k.end = h.tlsa(ctx, f.answer.Aliases[n-1]) })
	if !f.answer.AD {
		all.Go(func() { a := h.ask(ctx, h.host.Name, "CNAME"); k.cname = &a })
	}
}

// tlsa asks for the TLSA records of port 25 (RFC 7672 §2.2.3). Where they came without the AD bit
// from a resolver whose bit counts, the root tells whether it validates at all.
func (l *look) tlsa(ctx context.Context, base string) fact.Answer {
	a := l.ask(ctx, "_25._tcp."+base, "TLSA")
	if a.Found() && !a.AD && slices.Contains(l.seen.Vantage.ADTrusted, a.Server) {
		l.root(ctx)
	}
	return a
}

// facts are the answers in the order in which senders try them (RFC 7672 §2.2.2).
func (k *keys) facts() (list []fact.Answer, cname *fact.Answer) {
	for _, a := range []fact.Answer{k.four.end, k.six.end} {
		if a.Name != "" && len(list) == 0 {
			list = append(list, a)
		}
	}
	if k.own.Name != "" {
		list = append(list, k.own)
	}
	if k.four.cname != nil {
		return list, k.four.cname
	}
	return list, k.six.cname
}
