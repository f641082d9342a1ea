package collect

import (
	"context"
	"net/netip"
	"sync"
	"time"

	"mtasts/internal/memo"
)

// maxDead is how many dead addresses are remembered, and of how many others that they were alive.
const maxDead = 10_000

// doors are what somebody stands before: addresses, as a rule. Many names may stand for one, and
// servers turn those away who come in numbers.
type doors[K comparable] struct {
	width int // how many may be inside at once
	mu    sync.Mutex
	at    map[K]*door[K]
}

type door[K comparable] struct {
	to    K
	turns chan struct{} // as many as are inside
	line  chan struct{} // the first of the strangers
	met   chan struct{} // closed when it is better known than at first who is a stranger
	once  sync.Once
	users int // inside and waiting
}

func newDoors[K comparable](width int) doors[K] { return doors[K]{width: width, at: map[K]*door[K]{}} }

// enter waits for a turn; whoever gets one has to leave.
func (ds *doors[K]) enter(ctx context.Context, to K) (*door[K], error) {
	return ds.enterAs(ctx, to, func() bool { return false })
}

// enterAs waits for a turn, at the end of the line unless they are known who come: then no more than one
// stranger is before them. So nobody who names an address that is not his own, by whatever names, makes
// those wait for long whose it is.
func (ds *doors[K]) enterAs(ctx context.Context, to K, known func() bool) (*door[K], error) {
	d := ds.approach(to)
	if err := d.queue(ctx, known); err != nil {
		ds.forsake(d)
		return nil, err
	}
	return d, nil
}

func (d *door[K]) queue(ctx context.Context, known func() bool) error {
	select {
	case d.turns <- struct{}{}: // nobody waits
		return nil
	default:
	}
	for met := d.met; !known(); {
		select {
		case d.line <- struct{}{}:
			err := occupy(ctx, d.turns)
			<-d.line
			return err
		case <-met:
			met = nil // once is enough
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return occupy(ctx, d.turns)
}

// introduce has those who stand in line look again whether they are known.
func (d *door[K]) introduce() { d.once.Do(func() { close(d.met) }) }

func (ds *doors[K]) leave(d *door[K]) {
	<-d.turns
	ds.forsake(d)
}

func (ds *doors[K]) approach(to K) *door[K] {
	ds.mu.Lock()
	defer ds.mu.Unlock()
	d := ds.at[to]
	if d == nil {
		d = &door[K]{to: to, turns: make(chan struct{}, ds.width), line: make(chan struct{}, 1), met: make(chan struct{})}
		ds.at[to] = d
	}
	d.users++
	return d
}

func (ds *doors[K]) forsake(d *door[K]) {
	ds.mu.Lock()
	defer ds.mu.Unlock()
	if d.users--; d.users == 0 {
		delete(ds.at, d.to)
	}
}

// graves are addresses that nobody need try again, and what the first who did met there: a T.
type graves[T any] struct {
	now  func() time.Time
	life time.Duration // for how long it is believed
	mu   sync.Mutex
	of   *memo.Sieve[netip.Addr, grave[T]]
	seen *memo.Sieve[netip.Addr, struct{}] // alive; one failure does not make them dead
}

type grave[T any] struct {
	met   T
	until time.Time
}

func newGraves[T any](now func() time.Time, life time.Duration) graves[T] {
	return graves[T]{
		now: now, life: life,
		of:   memo.NewSieve[netip.Addr, grave[T]](maxDead),
		seen: memo.NewSieve[netip.Addr, struct{}](maxDead),
	}
}

// bury remembers that an address is dead, unless it has been seen alive.
func (gs *graves[T]) bury(a netip.Addr, met T) {
	gs.mu.Lock()
	defer gs.mu.Unlock()
	a = a.Unmap()
	if _, alive := gs.seen.Get(a); !alive {
		gs.of.Put(a, grave[T]{met, gs.now().Add(gs.life)}, 1)
	}
}

// alive remembers that an address is alive. Whoever it lets down later, for a moment or since too many
// come from here, is one of many.
func (gs *graves[T]) alive(a netip.Addr) {
	gs.mu.Lock()
	defer gs.mu.Unlock()
	a = a.Unmap()
	gs.of.Delete(a)
	if _, known := gs.seen.Get(a); !known {
		gs.seen.Put(a, struct{}{}, 1)
	}
}

// dead is what was met at a dead address; found is false for one that may be alive.
func (gs *graves[T]) dead(a netip.Addr) (met T, found bool) {
	gs.mu.Lock()
	defer gs.mu.Unlock()
	g, found := gs.of.Get(a.Unmap())
	if !found || !gs.now().Before(g.until) {
		return met, false
	}
	return g.met, true
}
