package lab

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"slices"
	"strings"
	"syscall"
)

// dialFunc connects to an address, as [net.Dialer.DialContext] does.
type dialFunc = func(ctx context.Context, network, address string) (net.Conn, error)

const resolverAddress = "192.0.2.53"

// documentation networks: RFC 5737 §3, RFC 3849 §2.
func documentation() []netip.Prefix {
	return prefixes("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32")
}

// private networks: RFC 1918 §3, RFC 4193 §3.1.
func private() []netip.Prefix {
	return prefixes("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7")
}

func prefixes(texts ...string) []netip.Prefix {
	var list []netip.Prefix
	for _, s := range texts {
		list = append(list, netip.MustParsePrefix(s))
	}
	return list
}

// servable tells that a server of a scene may have the address.
func servable(a netip.Addr) bool {
	inside := func(p netip.Prefix) bool { return p.Contains(a) }
	return a.Zone() == "" && (slices.ContainsFunc(documentation(), inside) || slices.ContainsFunc(private(), inside))
}

// endpoint is where a client believes it connects to; the network is tcp or udp.
type endpoint struct {
	network string
	at      netip.AddrPort
}

// port is what is at an endpoint: a loopback address, or a fault that keeps a client from it.
type port struct {
	target string
	fault  string
}

// unreachable tells that connecting fails.
func (p port) unreachable() bool {
	return slices.Contains(dialFaults(), p.fault)
}

// Dial connects to an address of the scene: network is tcp or udp (or these with 4 or 6), address
// an IP address and port. Errors are those of the real dialer: a [net.OpError] that is
// ECONNREFUSED where the scene has nothing or says refused, ENETUNREACH for no-route, and a
// time-out at the end of ctx for a blackhole. The connection names the scene's addresses, not
// those of loopback, as its remote address and in its errors.
func (l *Lab) Dial(ctx context.Context, network, address string) (net.Conn, error) {
	return l.dial(ctx, network, address)
}

// connect is Dial without the round trip time.
func (l *Lab) connect(ctx context.Context, network, address string) (net.Conn, error) {
	at, err := netip.ParseAddrPort(address)
	if err != nil {
		return nil, dialError(network, nil, &net.AddrError{Err: "the lab dials IP addresses only", Addr: address})
	}
	at = netip.AddrPortFrom(at.Addr().Unmap(), at.Port())
	remote, transport := remoteAddress(network, at)
	if err := l.alive(ctx); err != nil {
		return nil, dialError(network, remote, err)
	}
	p := l.ports[endpoint{transport, at}]
	switch {
	case p.fault == faultBlackhole:
		return nil, dialError(network, remote, l.never(ctx))
	case p.fault == faultNoRoute:
		return nil, dialError(network, remote, os.NewSyscallError("connect", syscall.ENETUNREACH))
	case p.target == "" || p.unreachable():
		return nil, dialError(network, remote, os.NewSyscallError("connect", syscall.ECONNREFUSED))
	}
	var d net.Dialer
	conn, err := d.DialContext(ctx, transport, p.target)
	if err != nil {
		return nil, fmt.Errorf("dialling the lab's %s: %w", remote, err)
	}
	return named(conn, remote), nil
}

// alive tells why nothing can be dialled at all.
func (l *Lab) alive(ctx context.Context) error {
	if l.ctx.Err() != nil {
		return net.ErrClosed
	}
	return ended(ctx)
}

// never waits for the end of the context, or of the lab.
func (l *Lab) never(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return ended(ctx)
	case <-l.ctx.Done():
		return net.ErrClosed
	}
}

func dialError(network string, remote net.Addr, err error) error {
	return &net.OpError{Op: "dial", Net: network, Addr: remote, Err: err}
}

// ended is the end of a context in the words of the real dialer, nil while it goes on.
func ended(ctx context.Context) error {
	switch err := ctx.Err(); {
	case errors.Is(err, context.DeadlineExceeded):
		return timeoutError{}
	case err != nil:
		return canceledError{}
	}
	return nil
}

// timeoutError is the dialer's error at a context's deadline.
type timeoutError struct{}

func (timeoutError) Error() string        { return "i/o timeout" }
func (timeoutError) Timeout() bool        { return true }
func (timeoutError) Temporary() bool      { return true }
func (timeoutError) Is(target error) bool { return target == context.DeadlineExceeded }

// canceledError is the dialer's error for a context that was cancelled.
type canceledError struct{}

func (canceledError) Error() string        { return "operation was canceled" }
func (canceledError) Is(target error) bool { return target == context.Canceled }

// remoteOf is the address as the peer of a connection, nil where it is none.
func remoteOf(network, address string) net.Addr {
	at, err := netip.ParseAddrPort(address)
	if err != nil {
		return nil
	}
	remote, _ := remoteAddress(network, at)
	return remote
}

// remoteAddress is the address as the peer of a connection, and the bare network: tcp or udp.
func remoteAddress(network string, at netip.AddrPort) (net.Addr, string) {
	if strings.HasPrefix(network, "udp") {
		return net.UDPAddrFromAddrPort(at), "udp"
	}
	return net.TCPAddrFromAddrPort(at), "tcp"
}
