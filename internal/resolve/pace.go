package resolve

import (
	"context"
	"sync"
	"time"
)

// A pace lets so many questions go out a second, one after the other and evenly. It is shared by all
// servers of a resolver. A nil one knows no limit.
type pace struct {
	every time.Duration
	now   func() time.Time

	mu   sync.Mutex
	next time.Time // when the next one may go
}

// newPace makes a pace of a rate a second; 0 means no limit.
func newPace(rate float64, now func() time.Time) *pace {
	if rate <= 0 {
		return nil
	}
	return &pace{every: max(1, time.Duration(float64(time.Second)/rate)), now: now}
}

// wait returns when it is the caller's turn, and how long that took. Turns are given in the order in
// which they were asked for; that of one whose context ends is lost.
func (p *pace) wait(ctx context.Context) (time.Duration, error) {
	if p == nil {
		return 0, nil
	}
	d := p.book()
	if d <= 0 {
		return 0, nil
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return d, nil
	case <-ctx.Done():
		return d, ctx.Err()
	}
}

// book takes the next turn, and says how long it is until then.
func (p *pace) book() time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.now()
	if p.next.Before(now) {
		p.next = now
	}
	d := p.next.Sub(now)
	p.next = p.next.Add(p.every)
	return d
}
