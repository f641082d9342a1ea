package resolve

import (
	"context"
	"time"

	"mtasts/internal/fact"
	"mtasts/internal/memo"
)

// Bounds of how long an answer is believed within a run, and of how many are kept.
const (
	minKeep     = time.Second
	maxKeep     = time.Hour
	maxNegative = 5 * time.Minute
	maxEntries  = 10_000
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
		if found.Unknown() && ctx.Err() != nil {
			keep = memo.Unshared
		}
		return found, keep
	})
}
