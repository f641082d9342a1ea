package resolve

import (
	"context"
	"time"

	"mtasts/internal/fact"
	"mtasts/internal/memo"
)

// Bounds of how long an answer is believed within a run, and of what is kept.
const (
	minKeep     = time.Second
	maxKeep     = time.Hour
	maxNegative = 5 * time.Minute
	// keepBogus is for data whose signatures do not hold: to find that out takes four questions and a
	// server's patience, and many domains may have the host (RFC 4035 §4.7, RFC 9520 §3.2).
	keepBogus = time.Minute
	// maxMemory is what all answers that are kept weigh, in octets: some 15,000 as a rule.
	maxMemory = 8 << 20
	// maxWeight is the size of an answer that is kept, in octets: some hundreds of addresses, or as
	// much text as is ever in use. Who fills a zone with more is asked again.
	maxWeight = 16 << 10
)

// A key is what answers are remembered by.
type key struct {
	name string
	kind uint16
}

// recall gets the answer from memory, or asks. What an asker did not learn because its context
// ended is no answer for others.
func (r *Resolver) recall(ctx context.Context, a fact.Answer, kind uint16) (fact.Answer, error) {
	return r.memory.Lookup(ctx, key{a.Name, kind}, func() (fact.Answer, time.Duration) {
		found, keep := r.ask(ctx, a, kind)
		switch {
		case found.Unknown() && ctx.Err() != nil:
			keep = memo.Unshared
		case Weight(found) > maxWeight:
			keep = 0
		}
		return found, keep
	})
}

// Weight is about what an answer takes in memory, in octets.
func Weight(a fact.Answer) int {
	const answer = 500 // and its place, without what they point to
	n := answer + len(a.Name)
	for _, name := range a.Aliases {
		n += len(name)
	}
	for _, r := range a.Records {
		n += weightOf(r)
	}
	return n
}

// weightOf is the same of a record.
func weightOf(r fact.Record) int {
	const (
		record = 100
		text   = 24 // of a string, without its octets
	)
	n := record + len(r.Host) + len(r.Address) + text*len(r.Text)
	for _, s := range r.Text {
		n += len(s)
	}
	if r.TLSA != nil {
		n += len(r.TLSA.Data)
	}
	return n
}
