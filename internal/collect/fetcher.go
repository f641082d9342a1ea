package collect

import (
	"context"
	"fmt"
	"net/netip"
	"time"

	"mtasts/internal/fact"
)

// Bounds of the fetches of a run.
const (
	fetchesAtOnce = 256 // wherever they go
	// fetchesAtDoor is how many of them are from one address. Thousands of domains may have their policies
	// there, and a fetch takes four round trips: at 100 ms each, that makes 20 a second.
	fetchesAtDoor = 8
	// fetchPatience is how long a turn is waited for. Only addresses that let each fetch wait up to its
	// limit have so long a queue.
	fetchPatience = 2 * time.Minute
	// silentFor is how long an address that let no connection come about is taken for silent; it is so for
	// mail too.
	silentFor = time.Minute
)

// fetcher keeps the fetches of all looks within bounds.
type fetcher struct {
	doors    doors[netip.Addr]
	room     chan struct{} // as many as may be under way
	silent   graves[connection]
	patience time.Duration
}

func newFetcher(now func() time.Time) *fetcher {
	return &fetcher{
		doors:    newDoors[netip.Addr](fetchesAtDoor),
		room:     make(chan struct{}, fetchesAtOnce),
		silent:   newGraves[connection](now, silentFor),
		patience: fetchPatience,
	}
}

// enter waits for room, of which some is the look's own, and for a turn at an address. Whoever gets them
// has to give them back.
func (f *fetcher) enter(ctx context.Context, own chan struct{}, a netip.Addr) (back func(), err error) {
	patient, cancel := context.WithTimeout(ctx, f.patience)
	defer cancel()
	room, err := either(patient, f.room, own)
	if err != nil {
		return nil, err
	}
	d, err := f.doors.enter(patient, a.Unmap())
	if err != nil {
		<-room
		return nil, err
	}
	return func() { <-room; f.doors.leave(d) }, nil
}

// noTurn is why a fetch was not made: the look ended, or too many wait at the address, which tells
// nothing of what it has to say.
func (f *fetcher) noTurn(ctx context.Context, err error, limit time.Duration) *fact.Fault {
	fault := faultOf(ctx, fact.Dial, err, limit)
	if ctx.Err() == nil {
		fault.Kind, fault.Timeout = fact.Internal, false
		fault.Text = fmt.Sprintf("so many fetch from there that no turn came within %g s", f.patience.Seconds())
	}
	return fault
}
