package resolve

import (
	"context"
	"encoding/binary"
	"fmt"
	"net"
	"sync"
	"time"
)

const (
	// maxWaiting is how many questions one link has in flight, of 65,536 ids.
	maxWaiting = 4096
	// maxStrays is how many messages that answer nothing a link takes: someone is guessing.
	maxStrays = 1000
)

var errStrays = fmt.Errorf("%w: too many messages that answer no question", errMalformed)

// A dialer makes one connection to one server.
type dialer func(ctx context.Context) (net.Conn, error)

// A transport puts a query to one server and returns the message that answers it.
type transport interface {
	exchange(ctx context.Context, q *query) (*packet, error)
}

// A link is what one socket knows of the questions in flight on it. It is used up after a number
// of questions, after a time-out, or by an error; it is never repaired.
type link struct {
	kit    *kit
	cancel context.CancelFunc // closes the socket, or ends the dialing

	mu      sync.Mutex
	waiting map[uint16]*query
	left    int  // questions that it still takes; 0: it only answers those in flight
	up      bool // it is connected
	heard   int  // answers so far
	strays  int
	idle    *time.Timer // ends a stream that is not used; nil for UDP
}

// join takes the query among those in flight and gives it an id that none of them has.
func (l *link) join(q *query) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.left == 0 || len(l.waiting) >= maxWaiting {
		return false
	}
	l.left--
	for {
		id := l.kit.dice.id()
		if _, taken := l.waiting[id]; !taken {
			q.setID(id)
			q.heard = l.heard
			l.waiting[id] = q
			return true
		}
	}
}

// leave gives up waiting, unless the answer has come just now.
func (l *link) leave(q *query, why error) (*packet, error) {
	l.mu.Lock()
	_, waits := l.waiting[q.id()]
	delete(l.waiting, q.id())
	l.settle()
	l.mu.Unlock()
	if waits {
		return nil, why
	}
	r := <-q.done
	return r.packet, r.err
}

// leaveLate is leave for a query whose time is up. A link on which nothing has come since may be
// dead, so the next try takes another; else it is that one answer which is late.
func (l *link) leaveLate(q *query) (*packet, error) {
	l.mu.Lock()
	if l.up && l.heard == q.heard {
		l.left = 0
	}
	q.late = q.late || l.up
	l.mu.Unlock()
	return l.leave(q, errSilent)
}

// retire lets the link take no more questions.
func (l *link) retire() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.left = 0
	l.settle()
}

// settle is called, with the lock held, when fewer questions may be in flight than before.
func (l *link) settle() {
	switch {
	case len(l.waiting) > 0:
	case l.left == 0:
		l.cancel()
	case l.idle != nil:
		l.idle.Reset(maxIdle)
	}
}

// rest ends a link on which nothing is in flight.
func (l *link) rest() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.waiting) == 0 {
		l.left = 0
		l.cancel()
	}
}

// fail ends the link, and tells all who wait why.
func (l *link) fail(err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.kit.crew.ctx.Err() != nil {
		err = errClosed
	}
	l.left = 0
	for id, q := range l.waiting {
		delete(l.waiting, id)
		q.done <- result{err: err}
	}
	l.cancel()
}

// deliver hands a packet to who waits for it; false if nobody does.
func (l *link) deliver(p *packet) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	q := l.asked(p.data)
	if q == nil {
		l.strays++
		return false
	}
	l.heard++
	delete(l.waiting, q.id())
	q.done <- result{packet: p}
	l.settle()
	return true
}

// asked is the query in flight that the message answers, or nil.
func (l *link) asked(m []byte) *query {
	if len(m) < headerSize {
		return nil
	}
	q := l.waiting[binary.BigEndian.Uint16(m)]
	if q == nil || !q.answeredBy(m) {
		return nil
	}
	return q
}

// flooded tells that so much came that answers nothing that someone must be guessing.
func (l *link) flooded() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.strays > maxStrays
}
