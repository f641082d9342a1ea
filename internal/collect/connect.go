package collect

import (
	"context"
	"crypto/tls"
	"net"
	"net/netip"
	"time"

	"mtasts/internal/fact"
)

// connectLimit is the time for one TCP connection.
const connectLimit = 10 * time.Second

// connection is TCP to an address, or why there is none.
type connection struct {
	net.Conn // nil where it failed
	took     fact.Millis
	fault    *fact.Fault
}

// connect opens TCP to that very address, within connectLimit and the limit of what it is for.
func (o *Observer) connect(ctx context.Context, to netip.AddrPort, limit time.Duration) connection {
	limit = min(limit, connectLimit)
	dialing, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	begun := o.net.Now()
	conn, err := o.net.Dial(dialing, "tcp", to.String())
	c := connection{Conn: conn, took: o.since(begun)}
	if err != nil {
		c.Conn, c.fault = nil, faultOf(ctx, fact.Dial, err, limit)
	}
	return c
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
