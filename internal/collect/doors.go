package collect

import (
	"context"
	"net/netip"
	"sync"
	"time"

	"mtasts/internal/memo"
)

// maxDead is how many dead addresses are remembered.
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
}

type grave[T any] struct {
	met   T
	until time.Time
}

func newGraves[T any](now func() time.Time, life time.Duration) graves[T] {
	return graves[T]{now: now, life: life, of: memo.NewSieve[netip.Addr, grave[T]](maxDead)}
}

// bury remembers that an address is dead.
func (gs *graves[T]) bury(a netip.Addr, met T) {
	gs.mu.Lock()
	defer gs.mu.Unlock()
	gs.of.Put(a.Unmap(), grave[T]{met, gs.now().Add(gs.life)}, 1)
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
