package collect

import (
	"context"
	"net/netip"
)

// maxOfOne is how many conversations of one look are under way at once: a quarter of all. Domains of
// good faith have fewer addresses.
const maxOfOne = maxAtOnce / 4

// turns are what the probes of one look wait for among themselves, before they do so among those of
// other looks. Who names thousands of addresses, or that of somebody else by hundreds of names, is to
// wait himself, and not to make others wait.
type turns struct {
	doors doors
	room  chan struct{}
}

func newTurns() turns {
	return turns{doors: newDoors(maxAtDoor), room: make(chan struct{}, maxOfOne)}
}

// take waits for a turn at an address, and for room. Whoever gets them has to give them back.
func (t *turns) take(ctx context.Context, a netip.Addr) (back func(), err error) {
	d, err := t.doors.enter(ctx, a)
	if err != nil {
		return nil, err
	}
	if err := occupy(ctx, t.room); err != nil {
		t.doors.leave(d)
		return nil, err
	}
	return func() { <-t.room; t.doors.leave(d) }, nil
}

// occupy waits for one of so many places. One that is free needs no context: what is known of an address
// is told after an interrupt too.
func occupy(ctx context.Context, places chan<- struct{}) error {
	select {
	case places <- struct{}{}:
		return nil
	default:
	}
	select {
	case places <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
