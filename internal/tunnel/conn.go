package tunnel

import (
	"net"
	"sync/atomic"
)

// Conn is a connection through a proxy.
type Conn struct {
	net.Conn

	raw   net.Conn // to the proxy
	ahead []byte   // came together with the proxy's answer
	heard atomic.Bool
}

// Read takes what came together with the proxy's answer first.
func (c *Conn) Read(b []byte) (n int, err error) {
	if n = copy(b, c.ahead); n > 0 {
		c.ahead = c.ahead[n:]
	} else {
		n, err = c.Conn.Read(b)
	}
	if n > 0 {
		c.heard.Store(true)
	}
	return n, err
}

// Close takes the connection away below TLS, which might wait for the proxy.
func (c *Conn) Close() error { return c.raw.Close() }

// Heard tells that something came from the far end, so that there is one.
func (c *Conn) Heard() bool { return c.heard.Load() }
