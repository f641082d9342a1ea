package resolve

import (
	"context"
	"sync"
	"time"

	"mtasts/internal/fact"
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

// A memory keeps answers as long as their TTL allows, and lets all who ask the same at the same
// time share one question.
type memory struct {
	now func() time.Time

	mu      sync.Mutex
	entries map[key]*entry
}

// An entry is a question that someone asks, and later its answer.
type entry struct {
	done   chan struct{} // closed when the fields below are set
	shared bool          // false: who asked gave up, the next one asks
	answer fact.Answer
	until  time.Time
}

// lookup returns the remembered answer, or the one that another asker is about to get, or calls
// ask. That asks within the context of the one who called first: if it ends, one of those who
// wait takes over. The answer of ask is remembered for keep, and forgotten if keep is 0. What is
// known already needs no context.
func (m *memory) lookup(ctx context.Context, k key, ask func() (fact.Answer, time.Duration)) (fact.Answer, error) {
	for {
		e, mine := m.enter(k)
		if mine {
			answer, keep := ask()
			m.finish(ctx, k, e, answer, keep)
			return answer, nil
		}
		select {
		case <-e.done:
		case <-ctx.Done():
			if !e.finished() {
				return fact.Answer{}, ctx.Err()
			}
		}
		if e.shared {
			return e.answer, nil
		}
	}
}

// enter finds the entry of a question, or makes one that the caller must finish.
func (m *memory) enter(k key) (e *entry, mine bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if e, found := m.entries[k]; found && (!e.finished() || m.now().Before(e.until)) {
		return e, false
	}
	if len(m.entries) >= maxEntries {
		m.forgetOne()
	}
	e = &entry{done: make(chan struct{})}
	m.entries[k] = e
	return e, true
}

func (e *entry) finished() bool {
	select {
	case <-e.done:
		return true
	default:
		return false
	}
}

// forgetOne makes room; those being asked stay, their number is bounded by the askers.
func (m *memory) forgetOne() {
	for k, e := range m.entries {
		if e.finished() {
			delete(m.entries, k)
			return
		}
	}
}

func (m *memory) finish(ctx context.Context, k key, e *entry, a fact.Answer, keep time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	e.shared = a.Fault == nil || ctx.Err() == nil
	e.answer = a
	e.until = m.now().Add(keep)
	if keep == 0 && m.entries[k] == e {
		delete(m.entries, k)
	}
	close(e.done)
}
