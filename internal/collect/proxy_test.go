package collect

import (
	"bufio"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"mtasts/internal/fact"
	"mtasts/internal/tunnel"
)

const proxyAt = "proxy.example:3128"

// proxyServer is a proxy at proxyAt of a world, which connects to that world.
type proxyServer struct {
	w     *world
	user  string // "name:password" that it asks for; empty: nothing
	reply string // instead of a tunnel, after the question was read
	eager bool   // it accepts before it connects, as OpenSSH does

	mu    sync.Mutex
	asked []string // addresses, and over HTTP the credentials
}

func (p *proxyServer) note(what string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.asked = append(p.asked, what)
}

// stand puts the proxy there: "http", "https" or "socks5".
func (p *proxyServer) stand(scheme string) {
	w := p.w
	serve := map[string]func(net.Conn){"http": p.serveHTTP, "socks5": p.serveSOCKS, "https": func(c net.Conn) {
		p.serveHTTP(tls.Server(c, w.ca.config("proxy.example")))
	}}[scheme]
	w.acceptsAt(proxyAt, serve)
}

// serveHTTP answers one CONNECT.
func (p *proxyServer) serveHTTP(c net.Conn) {
	in := bufio.NewReader(c)
	r, err := http.ReadRequest(in)
	if err != nil || r.Method != http.MethodConnect {
		_, _ = io.WriteString(c, "HTTP/1.1 400 Bad Request\r\n\r\n")
		return
	}
	user, password, _ := (&http.Request{Header: http.Header{"Authorization": r.Header["Proxy-Authorization"]}}).BasicAuth()
	p.note(r.RequestURI + " " + r.UserAgent())
	switch {
	case p.reply != "":
		_, _ = io.WriteString(c, p.reply)
	case p.user != "" && p.user != user+":"+password:
		_, _ = io.WriteString(c, "HTTP/1.1 407 \x1b[31m"+password+"\r\nProxy-Authenticate: Basic realm=x\r\nContent-Length: 0\r\n\r\n")
	default:
		p.join(c, in, r.RequestURI, "HTTP/1.1 200 OK\r\nX: y\r\n\r\n", "HTTP/1.1 503 Service Unavailable\r\n\r\n")
	}
}

// serveSOCKS answers one request (RFC 1928, RFC 1929).
func (p *proxyServer) serveSOCKS(c net.Conn) {
	b := make([]byte, 513)
	read := func(n int) []byte { _, _ = io.ReadFull(c, b[:n]); return b[:n] }
	methods := string(read(int(read(2)[1])))
	switch {
	case p.user == "":
		_, _ = c.Write([]byte{5, 0})
	case !strings.Contains(methods, "\x02"):
		_, _ = c.Write([]byte{5, 255})
		return
	default:
		_, _ = c.Write([]byte{5, 2})
		name := string(read(int(read(2)[1])))
		if name+":"+string(read(int(read(1)[0]))) != p.user {
			_, _ = c.Write([]byte{1, 1})
			return
		}
		_, _ = c.Write([]byte{1, 0})
	}
	var a netip.Addr
	switch read(4)[3] {
	case 1:
		a, _ = netip.AddrFromSlice(read(4))
	case 4:
		a, _ = netip.AddrFromSlice(read(16))
	}
	port := read(2)
	to := netip.AddrPortFrom(a, uint16(port[0])<<8|uint16(port[1])).String()
	p.note(to)
	if p.reply != "" {
		_, _ = io.WriteString(c, p.reply)
		return
	}
	const rest = "\x00\x01\x00\x00\x00\x00\x00\x00"
	p.join(c, c, to, "\x05\x00"+rest, "\x05\x05"+rest)
}

// join connects, says how that went, and passes on what both sides say.
func (p *proxyServer) join(c net.Conn, in io.Reader, to, good, bad string) {
	if p.eager {
		_, _ = io.WriteString(c, good)
	}
	far, err := p.w.Dial(context.Background(), "tcp", to)
	if err != nil {
		if !p.eager {
			_, _ = io.WriteString(c, bad)
		}
		return
	}
	if !p.eager {
		// Together with what comes first, where that comes at once.
		first := make([]byte, 1024)
		_ = far.SetReadDeadline(time.Now().Add(5 * time.Millisecond))
		n, _ := far.Read(first)
		_ = far.SetReadDeadline(time.Time{})
		_, _ = io.WriteString(c, good+string(first[:n]))
	}
	var both sync.WaitGroup
	both.Go(func() { _, _ = io.Copy(far, in); _ = far.Close() })
	both.Go(func() { _, _ = io.Copy(c, far); _ = c.Close() })
	both.Wait()
}

// through has a network use a proxy.
func through(t *testing.T, url string) func(*Network) {
	t.Helper()
	p, err := tunnel.Parse(url)
	if err != nil {
		t.Fatal(err)
	}
	return func(n *Network) { n.Proxy = p }
}

// TestThroughAProxy: policy hosts and MX hosts are reached by their addresses, through the proxy alone; the
// facts are the same but for the proxy itself, and hold no password.
func TestThroughAProxy(t *testing.T) {
	for _, scheme := range []string{"http", "https", "socks5"} {
		for _, eager := range []bool{false, true} {
			w := soundWorld(t)
			for _, a := range []string{"192.0.2.11", "2001:db8::11", "192.0.2.12", "2001:db8::12"} {
				w.mail(a, map[bool]string{true: "mx1.example.com", false: "mx2.example.com"}[strings.HasSuffix(a, "11")], nil)
			}
			p := &proxyServer{w: w, user: "me:secret word", eager: eager}
			p.stand(scheme)
			o := w.observe(through(t, scheme+"://me:secret%20word@"+proxyAt))
			for _, f := range o.Host.Fetches {
				if f.Status != 200 || f.Fault != nil {
					t.Errorf("%s: %s: status %d, fault %s", scheme, f.Address, f.Status, faultText(f.Fault))
				}
			}
			for _, probe := range allProbes(o) {
				if !probe.EHLOTLS.Positive() || probe.Fault != nil {
					t.Errorf("%s: %s: fault %s", scheme, probe.Address, faultText(probe.Fault))
				}
			}
			if n := len(o.Host.Fetches) + len(allProbes(o)); n != 6 || len(p.asked) != n || w.connections(proxyAt) != n {
				t.Errorf("%s: %d answers, asked were %q", scheme, n, p.asked)
			}
			for _, asked := range p.asked {
				at, agent, _ := strings.Cut(asked, " ")
				if _, err := netip.ParseAddrPort(at); err != nil || scheme != "socks5" && agent != "mtasts/1.2.3" {
					t.Errorf("%s: asked was %q", scheme, asked)
				}
			}
			if text := fmt.Sprintf("%+v", o); o.Vantage.Proxy != scheme+"://"+proxyAt || strings.Contains(text, "secret") {
				t.Errorf("%s: vantage = %+v", scheme, o.Vantage)
			}
		}
	}
}

// TestProxyFaults: what goes wrong at the proxy is told as such, and only what is sure to be the server's
// is its own.
func TestProxyFaults(t *testing.T) {
	const rest = "\x00\x01\x00\x00\x00\x00\x00\x00"
	closed := func(net.Conn) {}
	for _, c := range []struct {
		name, scheme string
		proxy        *proxyServer
		far          func(net.Conn) // at the policy host; nil: refused
		want         string         // "P" is the proxy
	}{
		{"wants a user", "http", &proxyServer{user: "a:b"}, nil, "dial: internal: P answered 407 Proxy Authentication Required: it wants a user and a password"},
		{"wants another", "http://me:secret@", &proxyServer{user: "a:b"}, nil, "dial: internal: P answered 407 Proxy Authentication Required: it does not take the user and the password"},
		{"forbids", "http", &proxyServer{reply: "HTTP/1.1 403 \x1b[2Jsecret\r\n\r\n"}, nil, "dial: internal: P answered 403 Forbidden"},
		{"redirects", "http", &proxyServer{reply: "HTTP/1.1 302 Found\r\nLocation: http://192.0.2.1/\r\n\r\n"}, nil, "dial: internal: P answered 302 Found"},
		{"no answer", "http", &proxyServer{reply: "HTTP/1.1 200 OK\r\n"}, nil, "dial: internal: P gave no answer to CONNECT: it closed the connection"},
		{"no HTTP", "http", &proxyServer{reply: "SSH-2.0-secret\r\n\r\n"}, nil, "dial: internal: P gave no answer to CONNECT: what came is no HTTP"},
		{"too much", "http", &proxyServer{reply: "HTTP/1.1 200 OK\r\n" + strings.Repeat("X: y\r\n", 1e5)}, nil, "dial: internal: P gave no answer to CONNECT: what came is no HTTP"},
		{"not there", "http", &proxyServer{}, nil, "dial: internal: P answered 503 Service Unavailable"},
		{"is no TLS", "https", &proxyServer{}, nil, "dial: internal: P fails in the TLS handshake: first record does not look like a TLS handshake"},
		{"hangs up", "http", &proxyServer{eager: true}, nil, "dial: internal: P hung up before anything came from the other end"},
		{"far end hangs up", "http", &proxyServer{}, closed, "dial: internal: P hung up before anything came from the other end"},
		{"far end is silent", "http", &proxyServer{}, silent, "dial: internal: P let nothing through in time"},
		{"far end speaks", "http", &proxyServer{}, says("\x15\x03\x01\x00\x02\x02\x28"), "handshake: alert: alert: handshake failure"},

		{"refused", "socks5", &proxyServer{}, nil, "dial: refused: connection refused"},
		{"eager", "socks5", &proxyServer{eager: true}, nil, "dial: internal: P hung up before anything came from the other end"},
		{"wants a user", "socks5", &proxyServer{user: "a:b"}, nil, "dial: internal: P failed: no acceptable authentication methods"},
		{"wants another", "socks5://me:secret@", &proxyServer{user: "a:b"}, nil, "dial: internal: P failed: username/password authentication failed"},
		{"general", "socks5", &proxyServer{reply: "\x05\x01" + rest}, nil, "dial: internal: P answered: general SOCKS server failure"},
		{"forbids", "socks5", &proxyServer{reply: "\x05\x02" + rest}, nil, "dial: internal: P answered: connection not allowed by ruleset"},
		{"no network", "socks5", &proxyServer{reply: "\x05\x03" + rest}, nil, "dial: internal: P answered: network unreachable"},
		{"no host", "socks5", &proxyServer{reply: "\x05\x04" + rest}, nil, "dial: internal: P answered: host unreachable"},
		{"family", "socks5", &proxyServer{reply: "\x05\x08" + rest}, nil, "dial: internal: P answered: address type not supported"},
		{"odd", "socks5", &proxyServer{reply: "\x05\xaa" + rest}, nil, "dial: internal: P answered: unknown code: 170"},
		{"no SOCKS", "socks5", &proxyServer{reply: "HTTP/1.1 400 secret\r\n"}, nil, "dial: internal: P failed: unexpected protocol version 72"},
		{"short", "socks5", &proxyServer{reply: "\x05\x00\x00\x03\xff"}, nil, "dial: internal: P gave no answer: it closed the connection"},
	} {
		scheme, _, _ := strings.Cut(c.scheme, "://")
		t.Run(scheme+" "+c.name, func(t *testing.T) {
			w := newWorld(t, "mta-sts.example.com. A 192.0.2.10\n")
			c.proxy.w = w
			c.proxy.stand(strings.Replace(scheme, "https", "http", 1))
			if c.far != nil {
				w.accepts(at10, c.far)
			}
			url := c.scheme + proxyAt
			if scheme == c.scheme {
				url = scheme + "://" + proxyAt
			}
			limit := func(n *Network) { n.Timeout = 5 * time.Second }
			if c.name == "far end is silent" {
				limit = short
			}
			f := w.observe(through(t, url), limit).Host.Fetches[0]
			if got, want := faultText(f.Fault), strings.Replace(c.want, "P ", "the proxy "+scheme+"://"+proxyAt+" ", 1); got != want {
				t.Errorf("fault = %s\n   want %s", got, want)
			}
			if inner := f.Fault.Kind == fact.Internal; f.Connected && inner || f.Fault.Timeout {
				t.Errorf("fetch = %+v", f)
			}
		})
	}
}

// TestProxyIsAway: neither a proxy that is not there nor one that is silent is held against anybody, and the
// port 25 that it does not reach is not taken for a blocked one.
func TestProxyIsAway(t *testing.T) {
	for _, scheme := range []string{"http", "socks5"} {
		for want, serve := range map[string]func(net.Conn){
			"cannot be reached: connection refused": nil,
			"gave no answer":                        silent,
		} {
			w := newWorld(t, oneHost+"mta-sts.example.com. A 192.0.2.10\n")
			if serve != nil {
				w.acceptsAt(proxyAt, serve)
			}
			o := w.observe(through(t, scheme+"://"+proxyAt), short, func(n *Network) { n.SMTPTimeout = 500 * time.Millisecond })
			for _, f := range []*fact.Fault{o.Host.Fetches[0].Fault, allProbes(o)[0].Fault} {
				if got := faultText(f); !strings.HasPrefix(got, "dial: internal: the proxy "+scheme+"://"+proxyAt+" "+want) {
					t.Errorf("%s: fault = %s", scheme, got)
				}
			}
			if o.Vantage.Port25 != "" || w.connections(at10+":443")+w.connections(at11+":25") > 0 {
				t.Errorf("%s: port 25 is %q", scheme, o.Vantage.Port25)
			}
		}
	}
}

// TestMailThroughAProxy: a proxy that accepts for hosts that are not there does not make port 25 open, and
// one that forbids the port says so.
func TestMailThroughAProxy(t *testing.T) {
	for scheme, want := range map[string]string{
		"socks5": "dial: internal: the proxy socks5://" + proxyAt + " hung up before anything came from the other end",
		"http":   "dial: internal: the proxy http://" + proxyAt + " answered 403 Forbidden; HTTP proxies let hardly anybody out to port 25",
	} {
		w := newWorld(t, oneHost)
		p := &proxyServer{w: w, eager: true}
		if scheme == "http" {
			p.reply = "HTTP/1.1 403 Forbidden\r\n\r\n"
		}
		p.stand(scheme)
		o := w.observe(through(t, scheme+"://"+proxyAt))
		probe := allProbes(o)[0]
		if got := faultText(probe.Fault); got != want || probe.Connected || o.Vantage.Port25 != "" {
			t.Errorf("connected %v, port 25 %q, fault %s\n want %s", probe.Connected, o.Vantage.Port25, got, want)
		}
	}
}

func allProbes(o *fact.Observation) (list []fact.Probe) {
	for _, h := range o.Hosts {
		list = append(list, h.Probes...)
	}
	return list
}
