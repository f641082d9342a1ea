// Package tunnel carries TCP connections through the proxy that the user names, for networks that let
// nobody out directly: CONNECT to an HTTP proxy (RFC 9110 §9.3.6), or SOCKS5 (RFC 1928).
//
// The proxy is handed the address that was resolved and judged here, never a name: what it would find
// under a name may be another machine. DNS questions do not go through it.
//
// What goes wrong at a proxy tells nothing about the server behind it, so it is an [Error] of its own.
// What is sure to be the server's is an error of the connection, as if there were no proxy. Many proxies
// (OpenSSH's among them) accept before they have connected, and hang up where that fails: until the first
// octet came from the far end, all that happens is the proxy's as well; see [Conn.Heard].
//
// A password is told to the proxy and to nobody else: no error and no String holds it. All that the proxy
// sends is bounded in size, and in time by the context.
package tunnel

import (
	"context"
	"crypto/x509"
	"errors"
	"net"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"golang.org/x/net/http/httpproxy"
)

// Proxy is one that the user named, and for which hosts it is.
type Proxy struct {
	scheme  string // http, https or socks5
	address string // HOST:PORT
	user    *url.Userinfo
	except  func(*url.URL) (*url.URL, error) // nil where it is for all hosts
	down    outage
}

// Parse reads a proxy as users write it: http://[USER:PASSWORD@]HOST:PORT, https://, socks5:// or
// socks5h://, which are the same since names are never handed on. Errors do not hold the text.
func Parse(text string) (*Proxy, error) {
	u, err := url.Parse(text)
	if err != nil || u.Host == "" {
		return nil, errors.New("this is no URL; write for example http://proxy.example.com:3128")
	}
	p := &Proxy{scheme: strings.TrimSuffix(u.Scheme, "h"), address: u.Host, user: u.User}
	switch {
	case u.Scheme != "http" && u.Scheme != "https" && p.scheme != "socks5":
		return nil, errors.New("the scheme of a proxy is http, https or socks5")
	case !isHost(u.Hostname()):
		return nil, errors.New("the proxy is neither a host name nor an address")
	case u.Port() == "" || u.Port() == "0":
		return nil, errors.New("the port is missing; write for example " + p.scheme + "://" + hostOf(u) + ":" + usual(p.scheme))
	case strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.Fragment != "":
		return nil, errors.New("nothing may stand behind the port of a proxy")
	}
	return p, nil
}

// hostOf is the host as it stands in a URL.
func hostOf(u *url.URL) string {
	return strings.TrimSuffix(strings.TrimSuffix(u.Host, u.Port()), ":")
}

// usual is the port that most proxies of the scheme listen on.
func usual(scheme string) string {
	if scheme == "socks5" {
		return "1080"
	}
	return "3128"
}

// isHost tells that the text can be a host name or an address.
func isHost(text string) bool {
	if _, err := netip.ParseAddr(text); err == nil {
		return !strings.Contains(text, "%")
	}
	return text != "" && strings.Trim(strings.ToLower(text), "abcdefghijklmnopqrstuvwxyz0123456789-_.") == ""
}

// FromEnv is the proxy that the environment has for HTTPS, nil where it has none: https_proxy, HTTPS_PROXY,
// all_proxy or ALL_PROXY, the first that is set, but for the hosts of no_proxy or NO_PROXY, as curl(1) has it.
func FromEnv(getenv func(string) string) (*Proxy, error) {
	name, text := first(getenv, "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY")
	if text == "" {
		return nil, nil //nolint:nilnil // there is none, and nothing is wrong
	}
	if !strings.Contains(text, "://") {
		text = "http://" + text
	}
	p, err := Parse(text)
	if err != nil {
		return nil, errors.New(name + " in the environment: " + err.Error())
	}
	_, no := first(getenv, "no_proxy", "NO_PROXY")
	// The library is asked about exceptions alone.
	p.except = (&httpproxy.Config{HTTPSProxy: "http://proxy.invalid:1", NoProxy: no}).ProxyFunc()
	return p, nil
}

func first(getenv func(string) string, names ...string) (name, text string) {
	for _, name := range names {
		if text := getenv(name); text != "" {
			return name, text
		}
	}
	return "", ""
}

// String is its URL without user and password.
func (p *Proxy) String() string { return p.scheme + "://" + p.address }

// Serves tells that connections to that host, at that address, go through the proxy.
func (p *Proxy) Serves(host string, to netip.AddrPort) bool {
	if p == nil || p.except == nil {
		return p != nil
	}
	for _, h := range []string{host, to.Addr().Unmap().String()} {
		at := netip.AddrPortFrom(to.Addr(), to.Port()).String()
		if h == host {
			at = net.JoinHostPort(h, at[strings.LastIndexByte(at, ':')+1:])
		}
		if use, err := p.except(&url.URL{Scheme: "https", Host: at}); use == nil || err != nil {
			return false
		}
	}
	return true
}

// Way is what a proxy is reached with.
type Way struct {
	Dial  func(ctx context.Context, network, address string) (net.Conn, error) // is given the proxy's name, where it has one
	Roots *x509.CertPool                                                       // for https; nil: the system's
	Now   func() time.Time
	Agent string // User-Agent for the proxy
}

// Error is something that went wrong at a proxy.
type Error struct {
	Proxy string // its URL, without user and password
	What  string // a clause whose subject is the proxy
}

// Error begins with "the proxy", and names it.
func (e *Error) Error() string { return "the proxy " + e.Proxy + " " + e.What }

func (p *Proxy) fault(what string) error { return &Error{p.String(), what} }

// Dial opens a connection through the proxy to that very address.
func (p *Proxy) Dial(ctx context.Context, way Way, to netip.AddrPort) (*Conn, error) {
	if p.scheme == "socks5" {
		return p.socks(ctx, way, to)
	}
	return p.connect(ctx, way, to)
}
