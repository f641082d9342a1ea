package resolve

import (
	"bufio"
	"context"
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"sync"
	"testing"
	"time"

	"mtasts/internal/fact"
)

// A gagging server is one of tls:// or https:// that shakes hands, takes one question, and then reads nothing
// any more and sends what wants to be answered below TLS: here what was tampered with, to which the client
// says an alert. Key updates do the same (RFC 8446 §4.6.3). A pipe has no room for what nobody reads.
type gagging struct {
	*internet
	config *tls.Config
	take   func(*tls.Conn) // the question
	all    sync.WaitGroup
}

func (g *gagging) Dial(context.Context, string, string) (net.Conn, error) {
	near, far := net.Pipe()
	gone := make(chan struct{})
	g.all.Go(func() {
		conn := tls.Server(far, g.config)
		if conn.Handshake() == nil {
			g.take(conn)
			_, _ = far.Write(append([]byte{0x17, 3, 3, 0, 32}, make([]byte, 32)...))
			<-gone
		}
		_ = far.Close()
	})
	return closing{near, sync.OnceFunc(func() { close(gone) })}, nil
}

// closing tells that it was closed.
type closing struct {
	net.Conn
	tell func()
}

func (c closing) Close() error { c.tell(); return c.Conn.Close() }

// TestGag: a client that cannot send any more finds nothing out, and comes to an end all the same. Without a
// limit to what it writes below TLS, it hangs for ever where a connection is closed.
func TestGag(t *testing.T) {
	frame := func(c *tls.Conn) { _, _ = io.ReadFull(c, make([]byte, 20)) }
	request := func(c *tls.Conn) { _, _ = http.ReadRequest(bufio.NewReader(c)) }
	for _, c := range []struct {
		server, protocol string
		take             func(*tls.Conn)
	}{
		{"tls://192.0.2.99", "", frame},
		{"https://192.0.2.99", "h2", frame},
		{"https://192.0.2.99", "http/1.1", request},
	} {
		n := newInternet(t)
		g := &gagging{internet: n, config: n.certificate("192.0.2.99"), take: c.take}
		g.config.SessionTicketsDisabled = true
		if c.protocol != "" {
			g.config.NextProtos = []string{c.protocol}
		}
		r, err := New(Config{Servers: []string{c.server}, Try: impatient, Tries: 2, Now: n.now, Roots: n.roots, Dial: g.Dial})
		if err != nil {
			t.Fatal(err)
		}
		done := make(chan fact.Answer, 1)
		go func() {
			a := r.Lookup(context.Background(), "example.com", "TXT")
			r.Close()
			g.all.Wait()
			done <- a
		}()
		select {
		case a := <-done:
			if a.Fault == nil {
				t.Errorf("%s %s: %+v", c.server, c.protocol, a)
			}
		case <-time.After(30 * time.Second):
			t.Fatalf("%s %s: it does not end", c.server, c.protocol)
		}
	}
}
