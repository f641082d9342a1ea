// Package memo remembers answers, and has what many ask at once asked for once.
//
// A [Memory] stands before something that takes long: a question to the DNS, a conversation with
// a server. It knows nothing of what is asked; who asks says with each answer how long it is good.
package memo

import (
	"context"
	"math"
	"sync"
	"time"
)

// What an asker may say of an answer in place of a duration. 0 means that it is not remembered,
// but given to those who wait for it.
const (
	// Forever is for an answer that stays true.
	Forever time.Duration = math.MaxInt64
	// Unshared is for an answer that nobody else is to have, because it tells of the asker and not
	// of the matter: its context ended, say. Who waits for it asks anew.
	Unshared time.Duration = -1
)

// A Memory keeps answers as long as they are good, and lets all who ask the same at the same time
// share one question. It may be used by many goroutines at once; they share what they are given,
// so none may change it.
type Memory[K comparable, V any] struct {
	now   func() time.Time
	limit int

	mu      sync.Mutex
	entries map[K]*entry[V]
}

// An entry is a question that someone asks, and later its answer.
type entry[V any] struct {
	done   chan struct{} // closed when the fields below are set
	shared bool          // false: the next one asks
	answer V
	until  time.Time
}

// New makes a memory that answers age in by that clock. It holds at most limit answers, at least
// one; beyond that any of them is forgotten for a new one. Questions in flight are as many as
// there are askers.
func New[K comparable, V any](now func() time.Time, limit int) *Memory[K, V] {
	return &Memory[K, V]{now: now, limit: limit, entries: map[K]*entry[V]{}}
}

// Lookup returns the remembered answer, or the one that another asker is about to get, or what
// ask returns: an answer, and how long it is good (a time, 0, [Forever] or [Unshared]). Ask is
// called in the goroutine of the one who came first and should heed that one's context: when it
// has ended, and ask says Unshared, one of those who wait takes over.
//
// The error is that of a context that ended while another was asking. What is known already needs
// no context.
func (m *Memory[K, V]) Lookup(ctx context.Context, key K, ask func() (V, time.Duration)) (V, error) {
	for {
		e, mine := m.enter(key)
		if mine {
			answer, keep := ask()
			m.finish(key, e, answer, keep)
			return answer, nil
		}
		select {
		case <-e.done:
		case <-ctx.Done():
			if !e.finished() {
				var none V
				return none, ctx.Err()
			}
		}
		if e.shared {
			return e.answer, nil
		}
	}
}

// enter finds the entry of a question, or makes one that the caller must finish.
func (m *Memory[K, V]) enter(key K) (e *entry[V], mine bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if e, found := m.entries[key]; found && (!e.finished() || m.now().Before(e.until)) {
		return e, false
	}
	if len(m.entries) >= m.limit {
		m.forgetOne()
	}
	e = &entry[V]{done: make(chan struct{})}
	m.entries[key] = e
	return e, true
}

func (e *entry[V]) finished() bool {
	select {
	case <-e.done:
		return true
	default:
		return false
	}
}

// forgetOne makes room; those being asked stay, their number is bounded by the askers.
func (m *Memory[K, V]) forgetOne() {
	for key, e := range m.entries {
		if e.finished() {
			delete(m.entries, key)
			return
		}
	}
}

func (m *Memory[K, V]) finish(key K, e *entry[V], answer V, keep time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	e.shared = keep >= 0
	e.answer = answer
	e.until = m.now().Add(keep)
	if keep <= 0 && m.entries[key] == e {
		delete(m.entries, key)
	}
	close(e.done)
}
