package tunnel

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"strings"
	"syscall"

	"golang.org/x/net/proxy"

	"mtasts/internal/fact"
	"mtasts/internal/trouble"
)

// What the library says of a reply that is no success (RFC 1928 §6), and of the one that tells for sure
// how it went at the far end.
const (
	replied = "unknown error "
	refused = replied + "connection refused"
)

// socks has a SOCKS5 proxy open a tunnel.
func (p *Proxy) socks(ctx context.Context, way Way, to netip.AddrPort) (*Conn, error) {
	var auth *proxy.Auth
	if p.user != nil {
		password, _ := p.user.Password()
		auth = &proxy.Auth{User: p.user.Username(), Password: password}
	}
	dialer, err := proxy.SOCKS5("tcp", p.address, auth, reaching{p, way})
	if err != nil {
		return nil, p.fault("cannot be used: " + trouble.Bare(err))
	}
	patient, ok := dialer.(proxy.ContextDialer)
	if !ok {
		return nil, p.fault("cannot be waited for")
	}
	conn, err := patient.DialContext(ctx, "tcp", to.String())
	if err != nil {
		return nil, p.socksFault(err)
	}
	return &Conn{Conn: conn, raw: conn}, nil
}

// socksFault is the server's where the reply says so.
func (p *Proxy) socksFault(err error) error {
	var own *Error
	if errors.As(err, &own) {
		return own
	}
	kind, text := trouble.Of(err)
	switch {
	case text == refused:
		return &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}
	case kind != fact.Other:
		return p.fault("gave no answer: " + words(err))
	case strings.HasPrefix(text, replied):
		return p.fault("answered: " + strings.TrimPrefix(text, replied))
	}
	return p.fault("failed: " + text)
}

// reaching connects to the proxy itself, for the library.
type reaching struct {
	*Proxy

	way Way
}

func (r reaching) DialContext(ctx context.Context, _, _ string) (net.Conn, error) {
	return r.reach(ctx, r.way)
}

// Dial is never called: the library prefers the other.
func (r reaching) Dial(network, address string) (net.Conn, error) {
	return r.DialContext(context.Background(), network, address)
}
