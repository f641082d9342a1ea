package collect

import (
	"bufio"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/netip"
	"os"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/miekg/dns"
	"go.uber.org/goleak"

	"mtasts/internal/fact"
	"mtasts/internal/sts"
)

func TestMain(m *testing.M) {
	if os.Getenv(responderEnv) != "" {
		respond() // this process is the other side of a benchmark
		return
	}
	goleak.VerifyTestMain(m)
}

// now is early within the validity of all that authorities here issue, unless they say otherwise.
func now() time.Time { return time.Now() }

// world is a small internet: a DNS server and whatever stands at addresses, behind one Dial.
type world struct {
	t    testing.TB
	ca   *authority
	mu   sync.Mutex
	zone map[string][]dns.RR // "name. TYPE"
	code map[string]int      // the same, to an RCode
	held map[string]func()   // the same, to what comes before the answer
	sign map[string]bool     // names whose answers carry the AD bit
	at   map[string]func(context.Context) (net.Conn, error)

	asked  map[string]int // questions by name and type
	dialed map[string]int // connections by address and port
	until  time.Duration  // servers close connections after so long; 0: when they like
	where  []string       // network, address and where on loopback that is, of what can be dialed by others
	closed sync.WaitGroup
}

const resolverAt = "192.0.2.53"

func newWorld(t testing.TB, zone string) *world {
	t.Helper()
	w := &world{
		t: t, ca: newAuthority(t), zone: map[string][]dns.RR{}, code: map[string]int{},
		held: map[string]func(){}, sign: map[string]bool{},
		at: map[string]func(context.Context) (net.Conn, error){}, asked: map[string]int{}, dialed: map[string]int{},
	}
	t.Cleanup(w.closed.Wait) // the last of the clean-ups
	w.publish(zone)
	w.serveDNS()
	return w
}

// publish adds master-file lines.
func (w *world) publish(zone string) {
	p := dns.NewZoneParser(strings.NewReader("$TTL 300\n"+zone), ".", "")
	for rr, ok := p.Next(); ok; rr, ok = p.Next() {
		key := rr.Header().Name + " " + dns.TypeToString[rr.Header().Rrtype]
		w.zone[key] = append(w.zone[key], rr)
	}
	if err := p.Err(); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) serveDNS() {
	packets, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		w.t.Fatal(err)
	}
	started := make(chan struct{})
	server := &dns.Server{PacketConn: packets, Handler: dns.HandlerFunc(w.answer), NotifyStartedFunc: func() { close(started) }}
	w.closed.Go(func() { _ = server.ActivateAndServe() })
	<-started
	w.t.Cleanup(func() { _ = server.Shutdown() })
	w.route("udp", resolverAt+":53", packets.LocalAddr())
}

func (w *world) answer(reply dns.ResponseWriter, q *dns.Msg) {
	name, qtype := strings.ToLower(q.Question[0].Name), dns.TypeToString[q.Question[0].Qtype]
	m := new(dns.Msg)
	m.SetReply(q)
	m.RecursionAvailable = true
	w.mu.Lock()
	w.asked[name+" "+qtype]++
	hold := w.held[name+" "+qtype]
	w.mu.Unlock()
	if hold != nil {
		hold()
	}
	w.mu.Lock()
	code, failing := w.code[name+" "+qtype]
	m.AuthenticatedData = w.sign[name]
	m.Answer = w.zone[name+" "+qtype]
	for alias := w.zone[name+" CNAME"]; qtype != "CNAME" && len(alias) > 0; alias = w.zone[name+" CNAME"] {
		name = alias[0].(*dns.CNAME).Target
		m.AuthenticatedData = m.AuthenticatedData && w.sign[name]
		m.Answer = append(append(m.Answer, alias...), w.zone[name+" "+qtype]...)
	}
	if !failing && !w.exists(name) {
		code = dns.RcodeNameError
	}
	w.mu.Unlock()
	m.Rcode = code
	_ = reply.WriteMsg(m)
}

func (w *world) exists(name string) bool {
	for key := range w.zone {
		if owner, _, _ := strings.Cut(key, " "); owner == name || strings.HasSuffix(owner, "."+name) {
			return true
		}
	}
	return false
}

func (w *world) Dial(ctx context.Context, network, address string) (net.Conn, error) {
	w.mu.Lock()
	w.dialed[address]++
	open := w.at[network+" "+address]
	w.mu.Unlock()
	if open == nil {
		return nil, opError(syscall.ECONNREFUSED)
	}
	return open(ctx)
}

func opError(err error) error { return &net.OpError{Op: "dial", Net: "tcp", Err: err} }

// fails puts a fault of the network at the web port of an address.
func (w *world) fails(address string, err error) { w.failsAt(hostPort(address), err) }

func (w *world) failsAt(endpoint string, err error) {
	w.at["tcp "+endpoint] = func(ctx context.Context) (net.Conn, error) {
		if err == nil { // nothing ever comes back
			<-ctx.Done()
			return nil, opError(ctx.Err())
		}
		return nil, opError(err)
	}
}

func hostPort(address string) string { return net.JoinHostPort(address, "443") }

// accepts puts a server at the web port of an address that does as it pleases with the connection;
// it is closed afterwards.
func (w *world) accepts(address string, serve func(net.Conn)) { w.acceptsAt(hostPort(address), serve) }

func (w *world) acceptsAt(endpoint string, serve func(net.Conn)) {
	w.t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { _ = l.Close() })
	w.closed.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			if w.until > 0 {
				_ = conn.SetDeadline(now().Add(w.until))
			}
			w.closed.Go(func() { defer conn.Close(); serve(conn) })
		}
	})
	w.route("tcp", endpoint, l.Addr())
}

// route leads from an address of the world to one of loopback.
func (w *world) route(network, endpoint string, to net.Addr) {
	w.where = append(w.where, network+" "+endpoint+" "+to.String())
	w.at[network+" "+endpoint] = func(ctx context.Context) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, network, to.String())
	}
}

// secure puts a TLS server there that does as it pleases after the handshake.
func (w *world) secure(address string, config *tls.Config, serve func(*tls.Conn)) {
	w.accepts(address, func(conn net.Conn) {
		c := tls.Server(conn, config)
		if c.Handshake() == nil {
			serve(c)
			_ = c.Close()
		}
	})
}

// raw answers any request with exactly these bytes.
func (w *world) raw(address, answer string) {
	w.secure(address, w.ca.config(policyHost), func(c *tls.Conn) {
		if _, err := http.ReadRequest(bufio.NewReader(c)); err == nil {
			_, _ = io.WriteString(c, answer)
		}
	})
}

// web puts an HTTPS server there.
func (w *world) web(address string, config *tls.Config, pages http.HandlerFunc) {
	w.secure(address, config, func(c *tls.Conn) {
		r, err := http.ReadRequest(bufio.NewReader(c))
		if err != nil {
			return
		}
		answer := &recorder{header: http.Header{}, status: 200}
		pages(answer, r)
		_ = (&http.Response{
			ProtoMajor: 1, ProtoMinor: 1, StatusCode: answer.status, Header: answer.header, Request: r,
			Body: io.NopCloser(strings.NewReader(answer.body.String())), ContentLength: int64(answer.body.Len()), Close: true,
		}).Write(c)
	})
}

type recorder struct {
	header http.Header
	status int
	body   strings.Builder
}

func (r *recorder) Header() http.Header         { return r.header }
func (r *recorder) WriteHeader(status int)      { r.status = status }
func (r *recorder) Write(p []byte) (int, error) { return r.body.Write(p) }

const (
	policyHost = "mta-sts.example.com"
	goodPolicy = "version: STSv1\nmode: enforce\nmx: mx1.example.com\nmx: mx2.example.com\nmax_age: 1209600\n"
	soundZone  = `
_mta-sts.example.com. TXT "v=STSv1; id=20260101000000Z"
_smtp._tls.example.com. TXT "v=TLSRPTv1; rua=mailto:tlsrpt@example.com"
mta-sts.example.com. A 192.0.2.10
mta-sts.example.com. AAAA 2001:db8::10
example.com. A 192.0.2.80
example.com. AAAA 2001:db8::80
example.com. MX 10 mx1.example.com.
example.com. MX 20 mx2.example.com.
mx1.example.com. A 192.0.2.11
mx1.example.com. AAAA 2001:db8::11
mx2.example.com. A 192.0.2.12
mx2.example.com. AAAA 2001:db8::12
`
)

func servePolicy(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path != sts.PolicyPath || r.Host != policyHost {
		w.WriteHeader(http.StatusNotFound)
		return
	}
	w.Header().Set("Content-Type", "text/plain")
	_, _ = io.WriteString(w, goodPolicy)
}

// network reaches the world and takes the documentation ranges for public.
func (w *world) network() Network {
	return Network{
		Dial: w.Dial, Now: now, Roots: w.ca.pool(), RootsName: "test",
		Resolvers: []string{resolverAt}, Timeout: 20 * time.Second, SMTPTimeout: 20 * time.Second, Version: "1.2.3",
		AllowNets: []netip.Prefix{
			netip.MustParsePrefix("192.0.2.0/24"), netip.MustParsePrefix("198.51.100.0/24"),
			netip.MustParsePrefix("2001:db8::/32"),
		},
	}
}

func (w *world) observe(change ...func(*Network)) *fact.Observation {
	w.t.Helper()
	return w.observeUntil(context.Background(), change...)
}

func (w *world) observeUntil(ctx context.Context, change ...func(*Network)) *fact.Observation {
	w.t.Helper()
	n := w.network()
	for _, c := range change {
		c(&n)
	}
	o, err := n.Open()
	if err != nil {
		w.t.Fatal(err)
	}
	defer o.Close()
	return o.Observe(ctx, "example.com")
}

// fetchOne is the fetch from the only address of a policy host that serve has set up at 192.0.2.10.
func fetchOne(t *testing.T, serve func(*world), change ...func(*Network)) fact.Fetch {
	t.Helper()
	w := newWorld(t, "mta-sts.example.com. A 192.0.2.10\n")
	serve(w)
	o := w.observe(change...)
	if len(o.Host.Fetches) != 1 {
		t.Fatalf("%d fetches, want 1", len(o.Host.Fetches))
	}
	return o.Host.Fetches[0]
}

// questions is how often a name and type was asked for; connections how often an address was dialed.
func (w *world) questions(key string) int   { return w.count(w.asked, key) }
func (w *world) connections(key string) int { return w.count(w.dialed, key) }

func (w *world) count(counts map[string]int, key string) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return counts[key]
}

func (w *world) total(counts map[string]int) (n int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, c := range counts {
		n += c
	}
	return n
}

// authority is a root and an intermediate below it.
type authority struct {
	t                  testing.TB
	root, intermediate *issued
}

type issued struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

func newAuthority(t testing.TB) *authority {
	t.Helper()
	a := &authority{t: t}
	a.root = a.issue(nil, "Test Root", asCA)
	a.intermediate = a.issue(a.root, "Test Intermediate", asCA)
	return a
}

func asCA(c *x509.Certificate) {
	c.IsCA, c.BasicConstraintsValid, c.KeyUsage, c.ExtKeyUsage = true, true, x509.KeyUsageCertSign, nil
}

func named(names ...string) func(*x509.Certificate) {
	return func(c *x509.Certificate) { c.DNSNames = names }
}

func valid(from, to time.Duration) func(*x509.Certificate) {
	return func(c *x509.Certificate) { c.NotBefore, c.NotAfter = now().Add(from), now().Add(to) }
}

const day = 24 * time.Hour

func (a *authority) issue(by *issued, name string, changes ...func(*x509.Certificate)) *issued {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		a.t.Fatal(err)
	}
	c := &x509.Certificate{
		SerialNumber: big.NewInt(now().UnixNano()), Subject: pkix.Name{CommonName: name},
		NotBefore: now().Add(-30 * day), NotAfter: now().Add(60 * day),
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	for _, change := range changes {
		change(c)
	}
	if by == nil {
		by = &issued{c, key}
	}
	der, err := x509.CreateCertificate(rand.Reader, c, by.cert, &key.PublicKey, by.key)
	if err != nil {
		a.t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		a.t.Fatal(err)
	}
	return &issued{cert, key}
}

func (a *authority) pool() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(a.root.cert)
	return pool
}

// config is a good server's for these names.
func (a *authority) config(names ...string) *tls.Config {
	return sends(a.issue(a.intermediate, names[0], named(names...)), a.intermediate)
}

// sends is a server's that sends this chain, the first with its key.
func sends(chain ...*issued) *tls.Config {
	c := tls.Certificate{PrivateKey: chain[0].key}
	for _, i := range chain {
		c.Certificate = append(c.Certificate, i.cert.Raw)
	}
	return &tls.Config{Certificates: []tls.Certificate{c}}
}

// silent waits until the peer is gone.
func silent(c net.Conn) { _, _ = io.Copy(io.Discard, c) }

func faultText(f *fact.Fault) string {
	if f == nil {
		return "none"
	}
	return fmt.Sprintf("%s: %s: %s", f.Stage, f.Kind, f.Text)
}

// lossy loses every DNS question of one type.
type lossy struct {
	net.Conn
	qtype string
}

func (l lossy) Write(p []byte) (int, error) {
	m := new(dns.Msg)
	if m.Unpack(p) == nil && len(m.Question) == 1 && dns.TypeToString[m.Question[0].Qtype] == l.qtype {
		return len(p), nil
	}
	return l.Conn.Write(p)
}

// rsaConfig is a server's with a key that old suites can use, under a certificate of its own.
func rsaConfig(t *testing.T, name string) *tls.Config {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	c := &x509.Certificate{SerialNumber: big.NewInt(1), DNSNames: []string{name}, NotBefore: now().Add(-day), NotAfter: now().Add(day)}
	der, err := x509.CreateCertificate(rand.Reader, c, c, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	return &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}
}
