package lab

import (
	"bytes"
	"context"
	"errors"
	"net"
	"os"
	"strings"
	"sync"
	"syscall"
	"time"

	"mtasts/internal/platform"
)

// delay is dial over a line on which each round trip takes rtt longer. Connecting over TCP costs
// one rtt; all that the peer sends arrives rtt later than it would have. So an answer comes no
// sooner than rtt after its question, questions sent one behind the other do not wait for each
// other, and what the peer says on its own, such as a greeting, costs one rtt too.
func delay(dial dialFunc, rtt time.Duration) dialFunc {
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		if strings.HasPrefix(network, "tcp") && !pause(ctx, rtt) {
			return nil, dialError(network, remoteOf(network, address), ended(ctx))
		}
		conn, err := dial(ctx, network, address)
		if err != nil {
			return nil, err
		}
		return slow(conn, rtt), nil
	}
}

const (
	// inboxSize is how many reads may be on the line; the rest waits in the kernel, as behind a
	// full TCP window.
	inboxSize = 256
	readSize  = 64 << 10
)

// slowConn hands out what its pump has read when it is due.
type slowConn struct {
	net.Conn
	rtt     time.Duration
	packets bool
	inbox   chan parcel
	closed  chan struct{}
	once    sync.Once

	reading sync.Mutex // held by the one reader; guards head
	head    *parcel

	mu       sync.Mutex // guards the deadline
	deadline context.Context
	release  context.CancelFunc
	changed  chan struct{}
}

// parcel is one read on its way.
type parcel struct {
	data    []byte
	err     error
	due     <-chan time.Time
	arrived bool
}

// slowPacketConn is a slowConn over UDP.
type slowPacketConn struct{ *slowConn }

func slow(c net.Conn, rtt time.Duration) net.Conn {
	s := &slowConn{
		Conn: c, rtt: rtt,
		inbox: make(chan parcel, inboxSize), closed: make(chan struct{}),
		deadline: context.Background(), release: func() {}, changed: make(chan struct{}),
	}
	_, s.packets = c.(net.PacketConn)
	go s.pump()
	if s.packets {
		return slowPacketConn{s}
	}
	return s
}

// pump reads ahead and notes when each read is due. It ends with the connection.
func (s *slowConn) pump() {
	buffer := make([]byte, readSize)
	for {
		n, err := s.Conn.Read(buffer)
		due := time.NewTimer(s.rtt).C
		if (n > 0 || err == nil) && !s.post(parcel{data: bytes.Clone(buffer[:n]), due: due}) {
			return
		}
		if err != nil && (!s.post(parcel{err: err, due: due}) || !s.passing(err)) {
			return
		}
	}
}

func (s *slowConn) post(p parcel) bool {
	select {
	case s.inbox <- p:
		return true
	case <-s.closed:
		return false
	}
}

// passing tells that reads may succeed after the error: UDP's news of a closed port.
func (s *slowConn) passing(err error) bool {
	return s.packets && platform.Is(err, syscall.ECONNREFUSED)
}

// Read implements net.Conn.
func (s *slowConn) Read(p []byte) (int, error) {
	s.reading.Lock()
	defer s.reading.Unlock()
	if err := s.await(); err != nil {
		return 0, &net.OpError{Op: "read", Net: s.RemoteAddr().Network(), Addr: s.RemoteAddr(), Err: err}
	}
	if err := s.head.err; err != nil {
		if s.passing(err) {
			s.head = nil
		}
		return 0, err
	}
	n := copy(p, s.head.data)
	s.head.data = s.head.data[n:]
	if s.packets || len(s.head.data) == 0 {
		s.head = nil
	}
	return n, nil
}

// await waits until there is a head that is due, or no longer.
func (s *slowConn) await() error {
	for s.head == nil || !s.head.arrived {
		deadline, changed := s.limit()
		if deadline.Err() == context.DeadlineExceeded {
			return os.ErrDeadlineExceeded
		}
		var inbox chan parcel
		var due <-chan time.Time
		if s.head == nil {
			inbox = s.inbox
		} else {
			due = s.head.due
		}
		select {
		case p := <-inbox:
			s.head = &p
		case <-due:
			s.head.arrived = true
		case <-deadline.Done():
		case <-changed:
		case <-s.closed:
			return net.ErrClosed
		}
	}
	return nil
}

func (s *slowConn) limit() (context.Context, <-chan struct{}) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.deadline, s.changed
}

// SetReadDeadline implements net.Conn. It binds the reader, not the pump.
func (s *slowConn) SetReadDeadline(t time.Time) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.release()
	s.deadline, s.release = context.Background(), func() {}
	if !t.IsZero() {
		s.deadline, s.release = context.WithDeadline(context.Background(), t)
	}
	close(s.changed)
	s.changed = make(chan struct{})
	return nil
}

// SetDeadline implements net.Conn.
func (s *slowConn) SetDeadline(t time.Time) error {
	return errors.Join(s.SetReadDeadline(t), s.SetWriteDeadline(t))
}

// Close implements net.Conn.
func (s *slowConn) Close() error {
	s.once.Do(func() {
		close(s.closed)
		_ = s.SetReadDeadline(time.Time{})
	})
	return s.Conn.Close()
}

// ReadFrom implements net.PacketConn.
func (s slowPacketConn) ReadFrom(p []byte) (int, net.Addr, error) {
	n, err := s.Read(p)
	return n, s.RemoteAddr(), err
}

// WriteTo implements net.PacketConn. Only the connected peer can be written to, by Write.
func (s slowPacketConn) WriteTo([]byte, net.Addr) (int, error) {
	return 0, &net.OpError{Op: "write", Net: "udp", Addr: s.RemoteAddr(), Err: net.ErrWriteToConnected}
}
