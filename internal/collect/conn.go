package collect

import (
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// sniffed is how much of a server's first bytes is kept, to show what answers instead of TLS.
const sniffed = 80

// sniffer keeps the first bytes that come.
type sniffer struct {
	net.Conn
	ahead []byte // was read before, and comes first
	head  []byte
}

func (s *sniffer) Read(p []byte) (n int, err error) {
	if n = copy(p, s.ahead); n > 0 {
		s.ahead = s.ahead[n:]
	} else {
		n, err = s.Conn.Read(p)
	}
	if room := sniffed - len(s.head); room > 0 {
		s.head = append(s.head, p[:min(n, room)]...)
	}
	return n, err
}

// gate holds reads until the request is written. net/http reads ahead, and takes what comes
// before it has asked for an unsolicited answer of an idle connection, which it throws away and
// tells the process's log. It also notes when the request left and the answer began.
type gate struct {
	net.Conn
	now         func() time.Time
	open        chan struct{}
	once        sync.Once
	sent, heard atomic.Pointer[time.Time]
}

func (g *gate) Read(p []byte) (int, error) {
	<-g.open
	n, err := g.Conn.Read(p)
	if n > 0 && g.heard.Load() == nil {
		t := g.now()
		g.heard.Store(&t)
	}
	return n, err
}

func (g *gate) Write(p []byte) (int, error) {
	n, err := g.Conn.Write(p)
	t := g.now()
	g.sent.Store(&t)
	g.release()
	return n, err
}

func (g *gate) Close() error {
	g.release()
	return g.Conn.Close()
}

func (g *gate) release() { g.once.Do(func() { close(g.open) }) }

// wait is the time from the request sent to the first byte of the answer; where one of them
// never came, from begun or until now.
func (g *gate) wait(begun, now time.Time) time.Duration {
	if t := g.sent.Load(); t != nil {
		begun = *t
	}
	if t := g.heard.Load(); t != nil {
		now = *t
	}
	return now.Sub(begun)
}
