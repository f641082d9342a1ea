package resolve

import (
	"context"
	"net"
	"sync"
	"time"
)

// A kit is what all links of one resolver share.
type kit struct {
	dice    *dice
	packets packets
	alarms  alarms
	crew    crew
	now     func() time.Time
	pace    *pace         // nil: no limit
	try     time.Duration // how long one server may take to answer
}

// await waits for the turn of a query at the pace. What that takes is no fault of the server's.
func (k *kit) await(ctx context.Context, q *query) error {
	d, err := k.pace.wait(ctx)
	q.waited += d
	return err
}

// enter waits for room among the questions in flight, which is no fault of the server's either.
func (k *kit) enter(ctx context.Context, room chan<- struct{}, q *query) error {
	select {
	case room <- struct{}{}:
		return nil
	default:
	}
	begun := k.now()
	defer func() { q.waited += k.now().Sub(begun) }()
	select {
	case room <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// connect limits how long a connection may take to come about: longer than one try, so that a
// slow one is there for the next.
func (k *kit) connect(ctx context.Context, dial dialer) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, 4*k.try)
	defer cancel()
	return dial(ctx)
}

// A crew is the goroutines of one resolver, and what is left to do at an end: they end with it.
type crew struct {
	ctx    context.Context
	cancel context.CancelFunc
	mu     sync.Mutex
	closed bool
	wg     sync.WaitGroup
}

// run starts a goroutine unless the crew is dismissed, and then its context has ended.
func (c *crew) run(f func()) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return false
	}
	c.wg.Go(f)
	return true
}

// atEnd does something when the context ends, which is one below the crew's. Like run, it refuses
// where the crew is dismissed.
func (c *crew) atEnd(ctx context.Context, f func()) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return false
	}
	c.wg.Add(1)
	context.AfterFunc(ctx, func() {
		defer c.wg.Done()
		f()
	})
	return true
}

// dismiss ends all goroutines and waits for them and for what is done at their end.
func (c *crew) dismiss() {
	c.mu.Lock()
	c.closed = true
	c.cancel()
	c.mu.Unlock()
	c.wg.Wait()
}

func newKit(try time.Duration, now func() time.Time) *kit {
	k := &kit{dice: newDice(), try: try, now: now}
	k.crew.ctx, k.crew.cancel = context.WithCancel(context.Background())
	return k
}
