package collect

import (
	"context"
	"crypto/tls"
	"net"
	"net/netip"
	"time"

	"mtasts/internal/fact"
	"mtasts/internal/tunnel"
)

// connectLimit is the time for one TCP connection.
const connectLimit = 10 * time.Second

// connection is TCP to an address, or why there is none.
type connection struct {
	net.Conn // nil where it failed
	took     fact.Millis
	fault    *fact.Fault
}

// connect opens TCP for a host to that very address, within connectLimit and the limit of what it is for.
func (o *Observer) connect(ctx context.Context, host string, to netip.AddrPort, limit time.Duration) connection {
	limit = min(limit, connectLimit)
	dialing, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	begun := o.net.Now()
	conn, err := o.dial(dialing, host, to)
	c := connection{Conn: conn, took: o.since(begun)}
	if err != nil {
		c.Conn, c.fault = nil, faultOf(ctx, fact.Dial, err, limit)
	}
	return c
}

// dial goes through the proxy where there is one for that host.
func (o *Observer) dial(ctx context.Context, host string, to netip.AddrPort) (net.Conn, error) {
	n := o.net
	if !n.Proxy.Serves(host, to) {
		return n.Dial(ctx, "tcp", to.String())
	}
	return n.Proxy.Dial(ctx, n.way(), to)
}

func (n Network) way() tunnel.Way {
	return tunnel.Way{Dial: n.Dial, Roots: n.Roots, Now: n.Now, Agent: n.agent()}
}

// ReachProxy tells why the proxy, which there is, cannot be reached. Without it, nothing would be found out of any domain.
func (n Network) ReachProxy(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, connectLimit)
	defer cancel()
	return n.Proxy.Reach(ctx, n.way())
}

// proxied tells that the connection goes through a proxy.
func (c connection) proxied() bool {
	_, ok := c.Conn.(*tunnel.Conn)
	return ok
}

// reached tells whether what ended a conversation can be the server's: of one through a proxy nobody
// knows before something came from the far end. Where it cannot, the fault is another.
func (o *Observer) reached(c connection, f *fact.Fault) (bool, *fact.Fault) {
	via, ok := c.Conn.(*tunnel.Conn)
	if !ok || f == nil || via.Heard() || f.Kind == fact.Canceled {
		return true, f
	}
	how := "hung up before anything came from the other end"
	if f.Timeout {
		how = "let nothing through in time"
	}
	return false, &fact.Fault{Stage: fact.Dial, Kind: fact.Internal, Text: "the proxy " + o.net.Proxy.String() + " " + how}
}

// session is a TLS session, or why there is none.
type session struct {
	*tls.Conn // nil where it failed
	seen      *fact.TLS
	took      fact.Millis
	fault     *fact.Fault
	heard     []byte // the server's first bytes
}

// handshake does TLS. What the server sent before is ahead of what it sends now.
func (o *Observer) handshake(ctx context.Context, raw net.Conn, ahead []byte, config *tls.Config, limit time.Duration) session {
	heard := &sniffer{Conn: raw, ahead: ahead}
	conn := tls.Client(heard, config)
	begun := o.net.Now()
	err := conn.HandshakeContext(ctx)
	s := session{took: o.since(begun), heard: heard.head}
	if err != nil {
		s.fault = handshakeFault(ctx, err, limit, heard.head)
		return s
	}
	s.Conn, s.seen = conn, recordTLS(conn.ConnectionState())
	return s
}

func (o *Observer) since(t time.Time) fact.Millis { return millis(o.net.Now().Sub(t)) }

// millis is d as precise as the facts are written, so that they replay alike.
func millis(d time.Duration) fact.Millis { return fact.Millis(d.Round(100 * time.Microsecond)) }
