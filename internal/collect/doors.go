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

// doors are the addresses that somebody stands before. Many names may stand for one, and servers turn
// those away who come in numbers.
type doors struct {
	width int // how many may be inside at once
	mu    sync.Mutex
	at    map[netip.Addr]*door
}

type door struct {
	address netip.Addr
	turns   chan struct{} // as many as are inside
	users   int           // inside and waiting
}

func newDoors(width int) doors { return doors{width: width, at: map[netip.Addr]*door{}} }

// enter waits for a turn; whoever gets one has to leave.
func (ds *doors) enter(ctx context.Context, a netip.Addr) (*door, error) {
	d := ds.approach(a.Unmap())
	if err := occupy(ctx, d.turns); err != nil {
		ds.forsake(d)
		return nil, err
	}
	return d, nil
}

func (ds *doors) leave(d *door) {
	<-d.turns
	ds.forsake(d)
}

func (ds *doors) approach(a netip.Addr) *door {
	ds.mu.Lock()
	defer ds.mu.Unlock()
	d := ds.at[a]
	if d == nil {
		d = &door{address: a, turns: make(chan struct{}, ds.width)}
		ds.at[a] = d
	}
	d.users++
	return d
}

func (ds *doors) forsake(d *door) {
	ds.mu.Lock()
	defer ds.mu.Unlock()
	if d.users--; d.users == 0 {
		delete(ds.at, d.address)
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
