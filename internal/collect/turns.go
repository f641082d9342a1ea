package collect

import (
	"context"
	"net/netip"
	"strings"
	"sync"

	"golang.org/x/net/publicsuffix"
)

const (
	// maxOfOne is how many conversations of one look are under way at once: a quarter of all. Domains of
	// good faith have fewer addresses.
	maxOfOne = maxAtOnce / 4
	// ownRoom is for how many of each look there is room even when others have taken all that is shared,
	// and the same for its fetches: a crowd of domains with ever so many slow addresses starves nobody.
	ownRoom = 2
	// maxNames is how many conversations a look has with one address. Nobody has more names for it
	// without malice, or else a certificate for all of them, which shows sooner.
	maxNames = 16
)

// turns are what the probes of one look wait for among themselves, before they do so among those of
// other looks. Who names thousands of addresses, or that of somebody else by hundreds of names, is to
// wait himself, and not to make others wait.
type turns struct {
	room chan struct{} // of all that are under way
	own  chan struct{} // of those that found no other room

	mu sync.Mutex
	at map[netip.Addr]int // conversations
}

func newTurns() turns {
	return turns{room: make(chan struct{}, maxOfOne), own: make(chan struct{}, ownRoom), at: map[netip.Addr]int{}}
}

// spend counts a conversation with an address, and tells whether it may be had.
func (t *turns) spend(a netip.Addr) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.at[a.Unmap()]++
	return t.at[a.Unmap()] <= maxNames
}

// caller is who stands before an address. The domains of one organisation are one: they cost nothing.
type caller struct {
	organisation string
	address      netip.Addr
}

func (l *look) caller(a netip.Addr) caller {
	org, err := publicsuffix.EffectiveTLDPlusOne(strings.ToLower(l.domain))
	if err != nil {
		org = l.domain
	}
	return caller{org, a.Unmap()}
}

// turn is what a conversation needs: to be let in at the address, room, and that not too many of its own
// kind are under way.
type turn struct {
	at   *door[netip.Addr]
	back func() // called once, when all is over
}

// queue waits for a turn, until somebody else has one for the same.
func (l *look) queue(ctx context.Context, c call) (*turn, error) {
	waiting, leave := l.probes.queues.join(ctx, c)
	defer leave()
	place, err := l.take(waiting, c.address)
	if err != nil {
		return nil, err
	}
	d, err := l.probes.doors.enterAs(waiting, c.address.Unmap(), func() bool { return l.probes.alike.covers(c) })
	if err != nil {
		place()
		return nil, err
	}
	return &turn{d, func() { place(); l.probes.doors.leave(d) }}, nil
}

// take waits until so few of the look and of its organisation are under way that there is a place.
func (l *look) take(ctx context.Context, a netip.Addr) (back func(), err error) {
	d, err := l.probes.callers.enter(ctx, l.caller(a))
	if err != nil {
		return nil, err
	}
	if err := occupy(ctx, l.turns.room); err != nil {
		l.probes.callers.leave(d)
		return nil, err
	}
	room, err := either(ctx, l.probes.room, l.turns.own)
	if err != nil {
		<-l.turns.room
		l.probes.callers.leave(d)
		return nil, err
	}
	return func() { <-room; <-l.turns.room; l.probes.callers.leave(d) }, nil
}

// queues are those who wait for a turn, by what they want to do with it.
type queues struct {
	mu sync.Mutex
	of map[call]map[*context.CancelFunc]bool
}

func newQueues() queues { return queues{of: map[call]map[*context.CancelFunc]bool{}} }

// join has a context end when it is over.
func (q *queues) join(ctx context.Context, c call) (waiting context.Context, leave func()) {
	waiting, cancel := context.WithCancel(ctx)
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.of[c] == nil {
		q.of[c] = map[*context.CancelFunc]bool{}
	}
	q.of[c][&cancel] = true
	return waiting, func() {
		cancel()
		q.mu.Lock()
		defer q.mu.Unlock()
		if delete(q.of[c], &cancel); len(q.of[c]) == 0 {
			delete(q.of, c)
		}
	}
}

// over sends those away who wait for the same.
func (q *queues) over(c call) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for cancel := range q.of[c] {
		(*cancel)()
	}
}

// either waits for a place that is shared, or where there is none, for one of one's own, and says which
// it is.
func either(ctx context.Context, shared, own chan struct{}) (chan struct{}, error) {
	select {
	case shared <- struct{}{}:
		return shared, nil
	default:
	}
	select {
	case own <- struct{}{}:
		return own, nil
	default:
	}
	select {
	case shared <- struct{}{}:
		return shared, nil
	case own <- struct{}{}:
		return own, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
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
