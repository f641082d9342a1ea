package resolve

import (
	"sync"
	"sync/atomic"
	"time"
)

// An alarm tells one who waits that the time is up, by a channel, and while it reads a socket, by
// interrupting that.
type alarm struct {
	timer      *time.Timer
	rung       chan struct{} // room for one
	interrupts atomic.Pointer[socket]
}

func (a *alarm) ring() {
	a.rung <- struct{}{}
	if s := a.interrupts.Load(); s != nil {
		s.interrupt()
	}
}

// alarms lends alarms out, since every question needs one and few of them ring.
type alarms struct{ pool sync.Pool }

func (l *alarms) set(d time.Duration) *alarm {
	if a, ok := l.pool.Get().(*alarm); ok {
		a.timer.Reset(d)
		return a
	}
	a := &alarm{rung: make(chan struct{}, 1)}
	a.timer = time.AfterFunc(d, a.ring)
	return a
}

// unset takes an alarm back. One that has rung is spent.
func (l *alarms) unset(a *alarm) {
	if a.timer.Stop() {
		l.pool.Put(a)
	}
}
