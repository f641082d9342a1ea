package resolve

import (
	"context"
	"errors"
	"net"
	"os"
	"time"
)

const (
	// udpSockets is how many sockets the questions to one server are spread over; a power of two.
	udpSockets = 4
	// perSocket is how many questions a UDP socket lives for, so that ports change. To dial
	// anew costs about as much as five questions.
	perSocket = 256
	// inFlight is how many questions one server has at once over UDP, and over connections that each take
	// one question. What is beyond that comes in a
	// burst that sockets have no buffer for, and is lost: each loss costs a whole try. And many a small
	// server has no more at once than 150 (dnsmasq, unless it is told to), and refuses what is beyond.
	inFlight = 128
)

// A socket is one UDP socket with many questions in flight. It has no goroutine: of those who
// wait, one has the turn to read and hands out what comes, until its own answer is there. So one
// question alone costs no switch between goroutines, which costs more than all the rest.
type socket struct {
	link

	conn net.Conn
	turn chan struct{} // full while someone reads
}

// sockets are those to one server.
type sockets struct {
	kit   *kit
	dial  dialer
	slots [udpSockets]slot
	room  chan struct{} // holds one for each question in flight
}

// A slot is the place of one socket.
type slot struct {
	door    chan struct{} // full while someone looks at current or opens another
	current *socket
}

func newSockets(k *kit, dial dialer) *sockets {
	s := &sockets{kit: k, dial: dial, room: make(chan struct{}, inFlight)}
	for i := range s.slots {
		s.slots[i].door = make(chan struct{}, 1)
	}
	return s
}

func (s *sockets) exchange(ctx context.Context, q *query) (*packet, error) {
	if err := s.kit.enter(ctx, s.room, q); err != nil {
		return nil, err
	}
	defer func() { <-s.room }()
	p, fresh, err := s.try(ctx, q, false)
	if fresh || !isBroken(ctx, err) {
		return p, err
	}
	// It broke under a question of others, perhaps; one that is new tells for sure.
	p, _, err = s.try(ctx, q, true)
	return p, err
}

// try puts the query to a socket, which is fresh if it was opened for it.
func (s *sockets) try(ctx context.Context, q *query, anew bool) (p *packet, fresh bool, err error) {
	if err := s.kit.await(ctx, q); err != nil {
		return nil, true, err
	}
	a := s.kit.alarms.set(s.kit.try)
	defer s.kit.alarms.unset(a)
	to, fresh, err := s.join(ctx, q, anew)
	if err != nil {
		return nil, true, err
	}
	p, err = to.exchange(ctx, q, a)
	return p, fresh, err
}

// isBroken tells that the connection failed, so that a new one might do better.
func isBroken(ctx context.Context, err error) bool {
	return err != nil && ctx.Err() == nil && !errors.Is(err, errSilent) && !errors.Is(err, errClosed)
}

// join finds a socket that takes the query, or opens one.
func (s *sockets) join(ctx context.Context, q *query, anew bool) (to *socket, fresh bool, err error) {
	place := &s.slots[s.kit.dice.below(udpSockets)]
	select {
	case place.door <- struct{}{}:
	case <-ctx.Done():
		return nil, false, ctx.Err()
	}
	defer func() { <-place.door }()
	old := place.current
	if old != nil && !anew && old.join(q) {
		return old, false, nil
	}
	if to, err = s.open(ctx, q); err != nil {
		return nil, false, err
	}
	if place.current = to; old != nil {
		old.retire()
	}
	return to, true, nil
}

// open makes a socket that the query has joined.
func (s *sockets) open(ctx context.Context, q *query) (*socket, error) {
	limited, stop := context.WithTimeout(ctx, s.kit.try)
	defer stop()
	conn, err := s.dial(limited)
	if err != nil {
		return nil, err
	}
	living, cancel := context.WithCancel(s.kit.crew.ctx)
	if !s.kit.crew.atEnd(living, func() { _ = conn.Close() }) {
		cancel()
		_ = conn.Close()
		return nil, errClosed
	}
	to := &socket{conn: conn, turn: make(chan struct{}, 1)}
	to.link = link{kit: s.kit, cancel: cancel, left: perSocket, up: true, waiting: map[uint16]*query{}}
	to.join(q)
	return to, nil
}

// exchange sends a query that has joined and waits for its answer, or for the end of the context
// or of the time.
func (s *socket) exchange(ctx context.Context, q *query, a *alarm) (*packet, error) {
	if _, err := s.conn.Write(q.message()); err != nil {
		s.fail(err)
	}
	for {
		select {
		case s.turn <- struct{}{}:
			s.read(ctx, q, a)
			<-s.turn
		case r := <-q.done:
			return r.packet, r.err
		case <-ctx.Done():
			return s.leave(q, ctx.Err())
		case <-a.rung:
			return s.leaveLate(q)
		}
	}
}

// read hands out what comes until the query has its answer or may wait no longer.
func (s *socket) read(ctx context.Context, q *query, a *alarm) {
	defer context.AfterFunc(ctx, s.interrupt)()
	a.interrupts.Store(s)
	defer a.interrupts.Store(nil)
	for len(q.done) == 0 && len(a.rung) == 0 && ctx.Err() == nil {
		err := s.readOne()
		switch {
		case errors.Is(err, os.ErrDeadlineExceeded):
			// Someone was meant, perhaps the one who read before.
			_ = s.conn.SetReadDeadline(time.Time{})
		case err != nil:
			s.fail(err)
		}
	}
}

func (s *socket) readOne() error {
	p := s.kit.packets.get()
	n, err := s.conn.Read(p.room[:])
	if p.data = p.room[:n]; n == len(p.room) {
		p.room[2] |= 0x02 // there may have been more, so ask over TCP
		err = nil         // which Windows calls an error, and others do not
	}
	if err == nil && s.deliver(p) {
		return nil
	}
	s.kit.packets.put(p)
	if err == nil && s.flooded() {
		return errStrays
	}
	return err
}

// interrupt lets the one who reads look up.
func (s *socket) interrupt() { _ = s.conn.SetReadDeadline(time.Unix(1, 0)) }
