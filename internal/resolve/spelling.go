package resolve

import (
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
)

// A scheme is how a server is spoken to.
type scheme string

const (
	plain     scheme = "udp" // and TCP for what is truncated
	overTCP   scheme = "tcp"
	overTLS   scheme = "tls"
	overHTTPS scheme = "https"
)

// port is the port that the scheme's servers listen on if nothing else is said.
func (s scheme) port() uint16 {
	switch s {
	case overTLS:
		return 853 // RFC 7858 §3.1
	case overHTTPS:
		return 443
	default:
		return 53
	}
}

// example is a good spelling, for those who wrote a bad one.
func (s scheme) example() string {
	switch s {
	case overTCP:
		return "tcp://192.0.2.53"
	case overTLS:
		return "tls://dns.example.net"
	case overHTTPS:
		return "https://dns.example.net/dns-query"
	default:
		return "192.0.2.53, [2001:db8::53]:5353 or tls://dns.example.net"
	}
}

// An endpoint is where a server is and how it is spoken to.
type endpoint struct {
	scheme scheme
	addr   netip.Addr // not valid where the server is known by name only
	name   string     // lower case; empty where addr is valid
	port   uint16
	path   string // of https
}

// parseEndpoint reads a server as users write it. Its errors are one clause that holds the
// spelling and a good one.
func parseEndpoint(text string) (endpoint, error) {
	e := endpoint{scheme: plain}
	rest := strings.TrimSpace(text)
	if word, after, found := strings.Cut(rest, "://"); found {
		e.scheme, rest = scheme(strings.ToLower(word)), after
	}
	fail := func(what string) (endpoint, error) {
		return endpoint{}, fmt.Errorf("resolver %q: %s (write for example %s)", text, what, e.scheme.example())
	}
	switch e.scheme {
	case overHTTPS:
		var ok bool
		if rest, e.path, ok = splitPath(rest); !ok {
			return fail("the path is not the path of a URL")
		}
	case plain, overTCP, overTLS:
		rest = strings.TrimSuffix(rest, "/")
	default:
		return fail(fmt.Sprintf("%q is not one of udp, tcp, tls, https", string(e.scheme)))
	}
	if what := e.setHost(rest); what != "" {
		return fail(what)
	}
	return e, nil
}

// splitPath divides what follows https:// into authority and path.
func splitPath(rest string) (authority, path string, ok bool) {
	rest = strings.TrimSuffix(rest, "{?dns}") // the template form of RFC 8484 §4.1
	authority, path, _ = strings.Cut(rest, "/")
	if path == "" {
		path = "dns-query"
	}
	u, err := url.Parse("https://host/" + path)
	ok = err == nil && u.RawQuery == "" && u.Fragment == "" && !strings.ContainsAny(path, "?# {}")
	return authority, "/" + path, ok
}

// setHost reads HOST or HOST:PORT; it returns what is wrong with it, or nothing.
func (e *endpoint) setHost(text string) string {
	e.port = e.scheme.port()
	host, port := splitPort(text)
	if port != "" {
		n, err := strconv.ParseUint(port, 10, 16)
		if err != nil || n == 0 {
			return fmt.Sprintf("the port %q is not a number from 1 to 65535", port)
		}
		e.port = uint16(n)
	}
	return e.setName(host)
}

// splitPort divides HOST:PORT, and takes the brackets off an IPv6 address.
func splitPort(text string) (host, port string) {
	if h, p, err := net.SplitHostPort(text); err == nil && p != "" {
		return h, p
	}
	if inner, found := strings.CutPrefix(text, "["); found && strings.HasSuffix(inner, "]") {
		return strings.TrimSuffix(inner, "]"), ""
	}
	return text, ""
}

func (e *endpoint) setName(host string) string {
	addr, err := netip.ParseAddr(host)
	switch {
	case err == nil && !isZone(addr.Zone()):
		return "the zone of the address is no interface's name"
	case err == nil:
		e.addr = addr.Unmap()
		return ""
	case e.scheme == plain || e.scheme == overTCP:
		return "not an IP address"
	case !isHostName(host):
		return "neither an IP address nor a host name"
	}
	e.name = strings.ToLower(strings.TrimSuffix(host, "."))
	return ""
}

// isZone tells whether the text can be the name of an interface, or none (RFC 4007 §11).
func isZone(text string) bool {
	return strings.Trim(strings.ToLower(text), "abcdefghijklmnopqrstuvwxyz0123456789-_.") == ""
}

// isHostName tells whether the text can be the name of a server. A name whose last label is a
// number is a mistyped address (RFC 3696 §2).
func isHostName(text string) bool {
	labels := strings.Split(strings.TrimSuffix(text, "."), ".")
	for _, label := range labels {
		if label == "" || len(label) > 63 || strings.Trim(strings.ToLower(label), "abcdefghijklmnopqrstuvwxyz0123456789-_") != "" {
			return false
		}
	}
	last := labels[len(labels)-1]
	return len(text) <= 253 && strings.Trim(last, "0123456789") != ""
}

// host is the address or the name, as certificates are checked for it.
func (e endpoint) host() string {
	if e.name != "" {
		return e.name
	}
	return e.addr.WithZone("").String()
}

// safe tells that nobody on the way can forge an answer: there is none, or TLS.
func (e endpoint) safe() bool {
	return e.scheme == overTLS || e.scheme == overHTTPS || e.addr.IsLoopback()
}

// String is the shortest spelling that means this endpoint.
func (e endpoint) String() string {
	if e.scheme == plain {
		if e.port == plain.port() {
			return e.addr.String()
		}
		return e.authority()
	}
	return string(e.scheme) + "://" + e.authority() + e.path
}

// authority is HOST or HOST:PORT.
func (e endpoint) authority() string {
	host := e.name
	if host == "" {
		host = e.addr.String()
	}
	if e.port != e.scheme.port() {
		return net.JoinHostPort(host, strconv.Itoa(int(e.port)))
	}
	if e.addr.Is6() {
		return "[" + host + "]"
	}
	return host
}

// url is where https questions are posted to.
func (e endpoint) url() string {
	return "https://" + strings.ReplaceAll(e.authority(), "%", "%25") + e.path // RFC 6874 §2 for zones
}
