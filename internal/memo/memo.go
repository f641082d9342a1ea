// Package memo remembers answers, and has what many ask at once asked for once.
//
// A [Memory] stands before something that takes long: a question to the DNS, a conversation with
// a server. It knows nothing of what is asked; who asks says with each answer how long it is good.
// What it has no room for it forgets by the rule of a [Sieve].
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
	weigh func(V) int

	mu      sync.Mutex
	kept    *Sieve[K, answer[V]]
	flights map[K]*flight[V]
}

// An answer is one that is remembered.
type answer[V any] struct {
	it    V
	until time.Time
}

// A flight is a question that someone asks.
type flight[V any] struct {
	landed chan struct{} // made by the first who waits; closed when the fields below are set
	shared bool          // false: the next one asks
	answer V
}

// New makes a memory that answers age in by that clock, and keeps as many as weigh no more than room.
// Questions in flight are as many as there are askers.
func New[K comparable, V any](now func() time.Time, room int, weigh func(V) int) *Memory[K, V] {
	return &Memory[K, V]{now: now, weigh: weigh, kept: NewSieve[K, answer[V]](room), flights: map[K]*flight[V]{}}
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
		known, f, mine := m.enter(key)
		switch {
		case f == nil:
			return known, nil
		case mine:
			found, keep := ask()
			m.land(key, f, found, keep)
			return found, nil
		}
		if err := f.wait(ctx); err != nil {
			var none V
			return none, err
		}
		if f.shared {
			return f.answer, nil
		}
	}
}

// Join returns the remembered answer, or the one that another asker is about to get; found is false
// where nobody asks, or did so in vain. The error is as of Lookup.
func (m *Memory[K, V]) Join(ctx context.Context, key K) (it V, found bool, err error) {
	m.mu.Lock()
	f := m.flights[key]
	a, known := m.kept.Get(key)
	if f != nil && f.landed == nil {
		f.landed = make(chan struct{})
	}
	m.mu.Unlock()
	switch {
	case f == nil && known && m.now().Before(a.until):
		return a.it, true, nil
	case f == nil:
		return it, false, nil
	}
	if err := f.wait(ctx); err != nil {
		return it, false, err
	}
	return f.answer, f.shared, nil
}

// enter finds the answer to a question, or who asks it, or begins a flight that the caller must land.
func (m *Memory[K, V]) enter(key K) (known V, f *flight[V], mine bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if f = m.flights[key]; f != nil {
		if f.landed == nil {
			f.landed = make(chan struct{})
		}
		return known, f, false
	}
	if a, found := m.kept.Get(key); found && m.now().Before(a.until) {
		return a.it, nil, false
	}
	f = new(flight[V])
	m.flights[key] = f
	return known, f, true
}

// wait returns when the flight has landed, which needs no context where it has already.
func (f *flight[V]) wait(ctx context.Context) error {
	select {
	case <-f.landed:
		return nil
	case <-ctx.Done():
	}
	select {
	case <-f.landed:
		return nil
	default:
		return ctx.Err()
	}
}

// land tells an answer to those who wait, and remembers it as long as it is good. Who waited has asked
// for it.
func (m *Memory[K, V]) land(key K, f *flight[V], found V, keep time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	f.shared, f.answer = keep >= 0, found
	delete(m.flights, key)
	if keep > 0 {
		m.kept.Put(key, answer[V]{found, m.now().Add(keep)}, m.weigh(found))
	} else {
		m.kept.Delete(key)
	}
	if f.landed != nil {
		m.kept.Get(key)
		close(f.landed)
	}
}
