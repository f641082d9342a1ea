package resolve

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"net/netip"
	"time"
)

// maxBootstrap is how many addresses of a server's name are tried, of either family.
const maxBootstrap = 4

// A gate is the way to one server.
type gate struct {
	endpoint

	dial  func(ctx context.Context, network, address string) (net.Conn, error)
	names *Resolver // finds the addresses of a server known by name
	roots *x509.CertPool
	now   func() time.Time
	try   time.Duration
}

// over is a dialer for a network, "udp" or "tcp"; for tls:// and https:// it shakes hands too.
func (g gate) over(network string) dialer {
	return func(ctx context.Context) (net.Conn, error) { return g.connect(ctx, network) }
}

// connect dials the server's address, or those of its name until one answers.
func (g gate) connect(ctx context.Context, network string) (net.Conn, error) {
	if g.addr.IsValid() {
		return g.dialAddr(ctx, network, g.addr)
	}
	conn, err := g.connectBy(ctx, network, "A")
	if err != nil {
		var other error
		if conn, other = g.connectBy(ctx, network, "AAAA"); other == nil {
			return conn, nil
		}
	}
	return conn, err
}

func (g gate) connectBy(ctx context.Context, network, qtype string) (net.Conn, error) {
	found := g.names.Lookup(ctx, g.name, qtype)
	if found.Fault != nil {
		return nil, faultError{*found.Fault}
	}
	err := fmt.Errorf("no address of %s is known (%s)", g.name, found.RCode)
	for _, address := range found.Addresses()[:min(len(found.Records), maxBootstrap)] {
		addr, bad := netip.ParseAddr(address)
		if bad != nil {
			continue
		}
		var conn net.Conn
		if conn, err = g.dialOnce(ctx, network, addr); err == nil {
			return conn, nil
		}
	}
	return nil, err
}

// dialOnce leaves time for the next address.
func (g gate) dialOnce(ctx context.Context, network string, addr netip.Addr) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, g.try)
	defer cancel()
	return g.dialAddr(ctx, network, addr)
}

func (g gate) dialAddr(ctx context.Context, network string, addr netip.Addr) (net.Conn, error) {
	conn, err := g.dial(ctx, network, netip.AddrPortFrom(addr, g.port).String())
	if err != nil || (g.scheme != overTLS && g.scheme != overHTTPS) {
		return conn, err
	}
	secure := tls.Client(unheld{conn, g.try}, g.tls())
	if err := secure.HandshakeContext(ctx); err != nil {
		_ = conn.Close()
		return nil, err
	}
	return secure, nil
}

// tls is the strict profile of RFC 8310: the certificate must be one for the name or the address
// that the user wrote.
func (g gate) tls() *tls.Config {
	c := &tls.Config{ServerName: g.host(), RootCAs: g.roots, Time: g.now, MinVersion: tls.VersionTLS12}
	if g.scheme == overHTTPS {
		c.NextProtos = []string{"h2", "http/1.1"}
	}
	return c
}

// unheld is a connection below TLS that is given up where nothing can be sent for so long. TLS itself waits
// for ever for what it answers on its own, alerts and key updates (RFC 8446 §4.6.3), and whoever closes it waits
// for that: a server that reads nothing would hold both.
type unheld struct {
	net.Conn

	limit time.Duration
}

func (c unheld) Write(p []byte) (int, error) {
	late := time.AfterFunc(c.limit, func() { _ = c.SetWriteDeadline(time.Unix(1, 0)) })
	defer late.Stop()
	return c.Conn.Write(p)
}
