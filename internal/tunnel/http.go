package tunnel

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"sync"
	"time"

	"mtasts/internal/fact"
	"mtasts/internal/trouble"
)

// maxAnswer bounds the head of an answer to CONNECT.
const maxAnswer = 16 << 10

// connect has an HTTP proxy open a tunnel.
func (p *Proxy) connect(ctx context.Context, way Way, to netip.AddrPort) (*Conn, error) {
	raw, err := p.reach(ctx, way)
	if err != nil {
		return nil, err
	}
	c := &Conn{Conn: raw, raw: raw}
	err = during(ctx, raw, func() (err error) {
		if p.scheme == "https" {
			if c.Conn, err = p.secure(ctx, way, raw); err != nil {
				return err
			}
		}
		c.ahead, err = p.ask(c.Conn, way, to)
		return err
	})
	if err != nil {
		_ = raw.Close()
		return nil, err
	}
	return c, nil
}

// reach connects to the proxy itself, unless it has just let somebody wait in vain.
func (p *Proxy) reach(ctx context.Context, way Way) (net.Conn, error) {
	if err := p.down.known(way.Now()); err != nil {
		return nil, err
	}
	conn, err := way.Dial(ctx, "tcp", p.address)
	if err == nil {
		return conn, nil
	}
	fault := p.fault("cannot be reached: " + words(err))
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		p.down.note(fault, way.Now().Add(downFor))
	}
	return nil, fault
}

// Reach tells why the proxy cannot be reached, where it cannot.
func (p *Proxy) Reach(ctx context.Context, way Way) error {
	conn, err := p.reach(ctx, way)
	if err == nil {
		err = conn.Close()
	}
	return err
}

// downFor is for how long a proxy that let somebody wait in vain is taken to be down: each of thousands of
// addresses would have to wait as long.
const downFor = 10 * time.Second

// outage is what is known of a proxy that is down.
type outage struct {
	mu    sync.Mutex
	fault error
	until time.Time
}

func (o *outage) known(now time.Time) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if now.Before(o.until) {
		return o.fault
	}
	return nil
}

func (o *outage) note(fault error, until time.Time) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.fault, o.until = fault, until
}

// words are those for an error of a connection to the proxy.
func words(err error) string {
	kind, text := trouble.Of(err)
	if kind == fact.Reset {
		return "it closed the connection"
	}
	return text
}

// during breaks off what is done with a connection when ctx ends.
func during(ctx context.Context, conn net.Conn, do func() error) error {
	stop := context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })
	err := do()
	if !stop() && err == nil {
		err = ctx.Err()
	}
	return err
}

func (p *Proxy) secure(ctx context.Context, way Way, raw net.Conn) (net.Conn, error) {
	host, _, _ := net.SplitHostPort(p.address)
	conn := tls.Client(raw, &tls.Config{ServerName: host, RootCAs: way.Roots, Time: way.Now, MinVersion: tls.VersionTLS12, NextProtos: []string{"http/1.1"}})
	if err := conn.HandshakeContext(ctx); err != nil {
		return nil, p.fault("fails in the TLS handshake: " + words(err))
	}
	return conn, nil
}

// ask has the tunnel opened; ahead is what came behind the answer.
func (p *Proxy) ask(conn net.Conn, way Way, to netip.AddrPort) (ahead []byte, err error) {
	request := "CONNECT " + to.String() + " HTTP/1.1\r\nHost: " + to.String() + "\r\nUser-Agent: " + way.Agent + "\r\n"
	if p.user != nil {
		password, _ := p.user.Password()
		request += "Proxy-Authorization: Basic " + base64.StdEncoding.EncodeToString([]byte(p.user.Username()+":"+password)) + "\r\n"
	}
	if _, err := io.WriteString(conn, request+"\r\n"); err != nil {
		return nil, p.fault("did not take the question: " + words(err))
	}
	in := bufio.NewReader(io.LimitReader(conn, maxAnswer))
	answer, err := http.ReadResponse(in, &http.Request{Method: http.MethodConnect}) //nolint:bodyclose // to close it may mean to read on, into the tunnel
	if err != nil {
		return nil, p.fault("gave no answer to CONNECT: " + unread(err))
	}
	if answer.StatusCode/100 != 2 {
		return nil, p.fault(p.refusal(answer.StatusCode, to.Port()))
	}
	ahead, _ = in.Peek(in.Buffered())
	return bytes.Clone(ahead), nil
}

// unread is why an answer could not be read, in words that are not the proxy's.
func unread(err error) string {
	if kind, _ := trouble.Of(err); kind != fact.Other {
		return words(err)
	}
	return "what came is no HTTP"
}

// refusal is what a status says. The words that come with it are the proxy's, and left out.
func (p *Proxy) refusal(status int, port uint16) string {
	text := "answered " + strconv.Itoa(status)
	if known := http.StatusText(status); known != "" {
		text += " " + known
	}
	auth := status == http.StatusProxyAuthRequired || status == http.StatusUnauthorized // tinyproxy's, for wrong ones
	switch {
	case auth && p.user == nil:
		return text + ": it wants a user and a password"
	case auth:
		return text + ": it does not take the user and the password"
	case port == 25:
		return text + "; HTTP proxies let hardly anybody out to port 25"
	}
	return text
}
