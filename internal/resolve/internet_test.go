package resolve

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/miekg/dns"

	"mtasts/internal/fact"
)

// An internet maps documentation addresses to servers on loopback.
type internet struct {
	t     *testing.T
	now   func() time.Time
	key   *ecdsa.PrivateKey
	ca    *x509.Certificate
	roots *x509.CertPool

	mu     sync.Mutex
	routes map[string]string
	dials  map[string]int
}

func newInternet(t *testing.T) *internet {
	t.Helper()
	n := &internet{t: t, now: time.Now, routes: map[string]string{}, dials: map[string]int{}, roots: x509.NewCertPool()}
	var err error
	if n.key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err != nil {
		t.Fatal(err)
	}
	n.ca = n.sign(&x509.Certificate{IsCA: true, BasicConstraintsValid: true, Subject: pkix.Name{CommonName: "test root"}}, nil)
	n.roots.AddCert(n.ca)
	return n
}

// sign makes a certificate; parent nil means self-signed. All share one key.
func (n *internet) sign(c, parent *x509.Certificate) *x509.Certificate {
	n.t.Helper()
	c.SerialNumber = big.NewInt(1)
	c.NotBefore, c.NotAfter = n.now().Add(-time.Hour), n.now().Add(time.Hour)
	if parent == nil {
		parent = c
	}
	der, err := x509.CreateCertificate(rand.Reader, c, parent, n.key.Public(), n.key)
	if err != nil {
		n.t.Fatal(err)
	}
	made, err := x509.ParseCertificate(der)
	if err != nil {
		n.t.Fatal(err)
	}
	return made
}

// certificate is one for host names or addresses.
func (n *internet) certificate(hosts ...string) *tls.Config {
	n.t.Helper()
	c := &x509.Certificate{}
	for _, h := range hosts {
		if ip := net.ParseIP(h); ip != nil {
			c.IPAddresses = append(c.IPAddresses, ip)
		} else {
			c.DNSNames = append(c.DNSNames, h)
		}
	}
	leaf := n.sign(c, n.ca)
	return &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{leaf.Raw}, PrivateKey: n.key}}}
}

// Dial refuses what is not mapped.
func (n *internet) Dial(ctx context.Context, network, address string) (net.Conn, error) {
	if _, err := netip.ParseAddrPort(address); err != nil {
		n.t.Errorf("dialed %q, which is no address", address)
	}
	n.mu.Lock()
	n.dials[network+" "+address]++
	to := n.routes[network+" "+address]
	n.mu.Unlock()
	if to == "" {
		return nil, &net.OpError{Op: "dial", Net: network, Err: os.NewSyscallError("connect", syscall.ECONNREFUSED)}
	}
	var d net.Dialer
	return d.DialContext(ctx, network, to)
}

func (n *internet) dialed(network, address string) int {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.dials[network+" "+address]
}

func (n *internet) route(network, address string, to net.Addr) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.routes[network+" "+address] = to.String()
}

// packets opens a UDP socket at a documentation address.
func (n *internet) packets(address string) net.PacketConn {
	n.t.Helper()
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		n.t.Fatal(err)
	}
	n.t.Cleanup(func() { conn.Close() })
	n.route("udp", address, conn.LocalAddr())
	return conn
}

// listen opens a TCP port at a documentation address.
func (n *internet) listen(address string) net.Listener {
	n.t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		n.t.Fatal(err)
	}
	n.t.Cleanup(func() { l.Close() })
	n.route("tcp", address, l.Addr())
	return l
}

// serve runs a DNS server until the test ends.
func (n *internet) serve(s *dns.Server, h dns.HandlerFunc) {
	n.t.Helper()
	started := make(chan struct{})
	s.Handler = h
	s.NotifyStartedFunc = func() { close(started) }
	s.MsgAcceptFunc = func(dns.Header) dns.MsgAcceptAction { return dns.MsgAccept }
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = s.ActivateAndServe()
	}()
	<-started
	n.t.Cleanup(func() {
		_ = s.Shutdown()
		<-done
	})
}

// dns is a server over UDP and TCP.
func (n *internet) dns(address string, h dns.HandlerFunc) {
	n.t.Helper()
	n.serve(&dns.Server{PacketConn: n.packets(address)}, h)
	n.serve(&dns.Server{Listener: n.listen(address)}, h)
}

// dot is a server over TLS.
func (n *internet) dot(address string, c *tls.Config, h dns.HandlerFunc) {
	n.t.Helper()
	n.serve(&dns.Server{Listener: tls.NewListener(n.listen(address), c)}, h)
}

// web is an HTTPS server with HTTP/2.
func (n *internet) web(address string, c *tls.Config, h http.Handler) {
	n.t.Helper()
	s := httptest.NewUnstartedServer(h)
	s.Listener.Close()
	s.Listener = n.listen(address)
	s.TLS = c
	s.EnableHTTP2 = true
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.StartTLS()
	n.t.Cleanup(s.Close)
}

// conf writes a resolv.conf.
func (n *internet) conf(text string) string {
	n.t.Helper()
	path := filepath.Join(n.t.TempDir(), "resolv.conf")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		n.t.Fatal(err)
	}
	return path
}

// resolver asks these servers, patient or, for a server that will not answer, less so.
func (n *internet) resolver(try time.Duration, servers ...string) *Resolver {
	n.t.Helper()
	return n.open(Config{Servers: servers, Try: try})
}

func (n *internet) open(c Config) *Resolver {
	n.t.Helper()
	c.Dial, c.Roots = n.Dial, n.roots
	if c.Now == nil {
		c.Now = n.now
	}
	r, err := New(c)
	if err != nil {
		n.t.Fatal(err)
	}
	n.t.Cleanup(r.Close)
	return r
}

const (
	patient   = 10 * time.Second
	impatient = 50 * time.Millisecond
	here      = "192.0.2.53:53"
	there     = "192.0.2.54:53"
)

// records answers with those of a zone, given as master-file lines; it does not follow aliases
// but gives what it has of the chain. What it has nothing of does not exist.
func records(lines ...string) dns.HandlerFunc {
	var zone []dns.RR
	for _, line := range lines {
		rr, err := dns.NewRR(line)
		if err != nil {
			panic(err)
		}
		zone = append(zone, rr)
	}
	return func(w dns.ResponseWriter, q *dns.Msg) {
		m := new(dns.Msg)
		m.SetReply(q)
		name := q.Question[0].Name
		exists := false
		for range 20 {
			next := ""
			for _, rr := range zone {
				if !strings.EqualFold(rr.Header().Name, name) {
					continue
				}
				exists = true
				if cname, ok := rr.(*dns.CNAME); ok {
					next = cname.Target
				}
				if rr.Header().Rrtype == q.Question[0].Qtype || next != "" {
					m.Answer = append(m.Answer, rr)
				}
			}
			if next == "" {
				break
			}
			name = next
		}
		if !exists {
			m.Rcode = dns.RcodeNameError
		}
		_ = w.WriteMsg(m)
	}
}

// code answers with a response code.
func code(c int) dns.HandlerFunc {
	return func(w dns.ResponseWriter, q *dns.Msg) {
		m := new(dns.Msg)
		if m.SetRcode(q, c); c > 15 {
			m.SetEdns0(payload, false)
		}
		_ = w.WriteMsg(m)
	}
}

// silent does not answer.
func silent(dns.ResponseWriter, *dns.Msg) {}

// counted counts what a handler is asked.
func counted(n *atomic.Int32, h dns.HandlerFunc) dns.HandlerFunc {
	return func(w dns.ResponseWriter, q *dns.Msg) {
		n.Add(1)
		h(w, q)
	}
}

// brief is an answer without what differs from run to run.
func brief(a fact.Answer) fact.Answer {
	a.TookMS = 0
	return a
}

// plainWeb is one that knows HTTP/1.1 only.
func (n *internet) plainWeb(address string, h http.HandlerFunc) {
	n.t.Helper()
	host, _, _ := net.SplitHostPort(address)
	s := httptest.NewUnstartedServer(h)
	s.Listener.Close()
	s.Listener = n.listen(address)
	s.TLS = n.certificate(host)
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.StartTLS()
	n.t.Cleanup(s.Close)
}
