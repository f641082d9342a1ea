package collect

import (
	"context"
	"net/netip"
	"sync"

	"mtasts/internal/fact"
)

const (
	// maxAtDoor is how many connections to one address are open at once: many names may stand for
	// it, and servers turn those away who come in numbers.
	maxAtDoor = 2
	// maxDoors is how many dead addresses are remembered.
	maxDoors = 10_000
	// patience is how long a turn is waited for, in limits of a greeting. A conversation takes three
	// of them at most, that of the connection counted as one.
	patience = 5
)

// doors are the addresses that somebody stands before, and those that are dead.
type doors struct {
	mu sync.Mutex
	at map[netip.Addr]*door
}

type door struct {
	address netip.Addr
	turns   chan struct{} // as many as are inside
	users   int           // inside and waiting
	grave   *fact.Probe   // what a conversation with a dead address came to
}

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
		if len(ds.at) >= maxDoors {
			ds.forgetOne()
		}
		d = &door{address: a, turns: make(chan struct{}, maxAtDoor)}
		ds.at[a] = d
	}
	d.users++
	return d
}

// forgetOne makes room; those in use stay, their number is bounded by the users.
func (ds *doors) forgetOne() {
	for a, d := range ds.at {
		if d.users == 0 {
			delete(ds.at, a)
			return
		}
	}
}

func (ds *doors) forsake(d *door) {
	ds.mu.Lock()
	defer ds.mu.Unlock()
	if d.users--; d.users == 0 && d.grave == nil {
		delete(ds.at, d.address)
	}
}

// bury remembers that an address is dead. Others are told what the first one met.
func (ds *doors) bury(d *door, p fact.Probe) {
	ds.mu.Lock()
	defer ds.mu.Unlock()
	if d.grave == nil {
		d.grave = &p
	}
}

// dead is a copy of what is known of a dead address, nil for one that may be alive.
func (ds *doors) dead(d *door) *fact.Probe {
	ds.mu.Lock()
	defer ds.mu.Unlock()
	if d.grave == nil {
		return nil
	}
	p := *d.grave
	return &p
}
