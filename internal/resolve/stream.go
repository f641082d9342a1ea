package resolve

import (
	"bufio"
	"context"
	"encoding/binary"
	"io"
	"net"
	"slices"
	"sync"
	"time"
)

const (
	// maxIdle is how long an unused stream stays open (RFC 7766 §6.2.3: "on the order of a few seconds").
	maxIdle = 5 * time.Second
	// perStream is no limit that a run meets.
	perStream = 1 << 30
)

// A stream is one connection, TCP or TLS, with many questions in flight (RFC 7766 §6.2.1.1). One
// goroutine dials and reads, another writes: who asks hangs neither on a slow handshake nor on a
// peer that does not read.
type stream struct {
	link

	out chan []byte // frames to write
}

// streams has one stream to one server, and a new one when that is used up. An answer that trickles
// holds up all that come behind it on the same stream. So a question that has waited in vain has
// the next one to itself; and so has each where what comes over TCP is only what is large.
type streams struct {
	kit   *kit
	dial  dialer
	alone bool          // each question has its own
	room  chan struct{} // holds one for each question that has its own

	mu      sync.Mutex
	current *stream
}

func newStreams(k *kit, dial dialer, alone bool) *streams {
	return &streams{kit: k, dial: dial, alone: alone, room: make(chan struct{}, inFlight)}
}

// exchange puts the query on the stream. Where that breaks under it and was not opened for it, a
// new one is tried: servers close streams as they like (RFC 7766 §6.2.4).
func (s *streams) exchange(ctx context.Context, q *query) (*packet, error) {
	if s.alone || q.late {
		if err := s.kit.enter(ctx, s.room, q); err != nil {
			return nil, err
		}
		defer func() { <-s.room }()
	}
	p, fresh, err := s.try(ctx, q)
	if fresh || !isBroken(ctx, err) {
		return p, err
	}
	p, _, err = s.try(ctx, q)
	return p, err
}

// try puts the query on the stream, which is fresh if it was opened for it.
func (s *streams) try(ctx context.Context, q *query) (p *packet, fresh bool, err error) {
	if err := s.kit.await(ctx, q); err != nil {
		return nil, true, err
	}
	a := s.kit.alarms.set(s.kit.try)
	defer s.kit.alarms.unset(a)
	to, fresh := s.join(q)
	p, err = to.exchange(ctx, q, a)
	return p, fresh, err
}

func (s *streams) join(q *query) (to *stream, fresh bool) {
	if s.alone || q.late {
		return s.open(q, 1), true
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.current != nil {
		if s.current.join(q) {
			return s.current, false
		}
		s.current.retire()
	}
	s.current = s.open(q, perStream)
	return s.current, true
}

// open starts a stream for so many queries, of which this one has joined.
func (s *streams) open(q *query, queries int) *stream {
	ctx, cancel := context.WithCancel(s.kit.crew.ctx)
	to := &stream{out: make(chan []byte)}
	to.link = link{kit: s.kit, cancel: cancel, left: queries, waiting: map[uint16]*query{}}
	to.join(q)
	if !s.kit.crew.run(func() { to.serve(ctx, s.dial) }) {
		to.fail(errClosed)
	}
	return to
}

// exchange sends a query that has joined and waits for its answer, or for the end of the context
// or of the time.
func (s *stream) exchange(ctx context.Context, q *query, a *alarm) (*packet, error) {
	frame := slices.Clone(q.frame()) // who asks may be gone when it is written
	out := s.out
	for {
		select {
		case out <- frame:
			out = nil
		case r := <-q.done:
			return r.packet, r.err
		case <-ctx.Done():
			return s.leave(q, ctx.Err())
		case <-a.rung:
			return s.leaveLate(q)
		}
	}
}

// serve dials and reads until the stream is used up.
func (s *stream) serve(ctx context.Context, dial dialer) {
	conn, err := s.kit.connect(ctx, dial)
	if err != nil {
		s.fail(err)
		return
	}
	closed := make(chan struct{})
	context.AfterFunc(ctx, func() {
		_ = conn.Close()
		close(closed)
	})
	s.mu.Lock()
	s.up = true
	s.idle = time.AfterFunc(maxIdle, s.rest)
	s.mu.Unlock()
	if s.kit.crew.run(func() { s.write(ctx, conn) }) {
		err = s.read(bufio.NewReader(conn))
	} else {
		err = errClosed
	}
	s.fail(err)
	s.idle.Stop()
	<-closed
}

func (s *stream) write(ctx context.Context, conn net.Conn) {
	for {
		select {
		case frame := <-s.out:
			if _, err := conn.Write(frame); err != nil {
				s.fail(err)
				return
			}
		case <-ctx.Done():
			return
		}
	}
}

// read hands out what comes (RFC 1035 §4.2.2, RFC 7766 §8).
func (s *stream) read(conn io.Reader) error {
	var size [frameSize]byte
	for !s.flooded() {
		if _, err := io.ReadFull(conn, size[:]); err != nil {
			return err
		}
		p := s.kit.packets.get()
		if _, err := io.ReadFull(conn, p.resize(int(binary.BigEndian.Uint16(size[:])))); err != nil {
			return err
		}
		if !s.deliver(p) {
			s.kit.packets.put(p)
		}
	}
	return errStrays
}
