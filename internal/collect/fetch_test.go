package collect

import (
	"bufio"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"mtasts/internal/fact"
	"mtasts/internal/sts"
)

const at10 = "192.0.2.10"

// short is the limit of a fetch that is to run into it. What comes before that step has to fit in
// too, on a busy machine.
func short(n *Network) { n.Timeout = 500 * time.Millisecond }

// rst ends a connection with a reset instead of a FIN, once the client has begun to speak: earlier,
// the reset could meet the connecting.
func rst(c net.Conn) {
	_, _ = c.Read(make([]byte, 1))
	if tcp, ok := c.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
}

// says reads what the client sends first, then answers with text.
func says(text string) func(net.Conn) {
	return func(c net.Conn) {
		_, _ = c.Read(make([]byte, 4096))
		_, _ = io.WriteString(c, text)
	}
}

// afterRequest does something once the request has been read.
func afterRequest(w *world, do func(*tls.Conn)) {
	w.secure(at10, w.ca.config(policyHost), func(c *tls.Conn) {
		if _, err := http.ReadRequest(bufio.NewReader(c)); err == nil {
			do(c)
		}
	})
}

func TestFaults(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		serve func(*world)
		want  string
	}{
		{"refused", func(w *world) { w.fails(at10, syscall.ECONNREFUSED) }, "dial: refused: connection refused"},
		{"no route", func(w *world) { w.fails(at10, syscall.ENETUNREACH) }, "dial: no-route: this machine has no route to that network"},
		{"no such family", func(w *world) { w.fails(at10, syscall.EAFNOSUPPORT) }, "dial: no-route: this machine does not speak that address family"},
		{"unreachable", func(w *world) { w.fails(at10, syscall.EHOSTUNREACH) }, "dial: unreachable: no route to the host"},
		{"kernel's time-out", func(w *world) { w.fails(at10, syscall.ETIMEDOUT) }, "dial: timeout: no connection within 0.5 s"},
		{"own limit", func(w *world) { w.fails(at10, syscall.EMFILE) }, "dial: internal: too many open files on this machine"},
		{"black hole", func(w *world) { w.fails(at10, nil) }, "dial: timeout: no connection within 0.5 s"},
		{"other", func(w *world) { w.fails(at10, syscall.ENOPROTOOPT) }, "dial: other: protocol not available"},

		{"tarpit", func(w *world) { w.accepts(at10, silent) }, "handshake: timeout: no TLS handshake within 0.5 s"},
		{"closed", func(w *world) { w.accepts(at10, func(net.Conn) {}) }, "handshake: reset: the server closed the connection during the TLS handshake"},
		{"reset", func(w *world) { w.accepts(at10, rst) }, "handshake: reset: the server closed the connection during the TLS handshake"},
		{
			"plain text", func(w *world) { w.accepts(at10, says("HTTP/1.1 400 Bad Request\r\nServer: x\r\n\r\n")) },
			`handshake: not-tls: no TLS: the server answered with "HTTP/1.1 400 Bad Request"`,
		},
		{
			"control characters", func(w *world) { w.accepts(at10, says("220 \x1b[31m\xff ready")) },
			`handshake: not-tls: no TLS: the server answered with "220 \x1b[31m\xff ready"`,
		},
		{
			"alert", func(w *world) {
				w.secure(at10, &tls.Config{GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return nil, io.EOF }}, nil)
			},
			"handshake: alert: alert: internal error",
		},
		{"nobody of that name", func(w *world) { w.accepts(at10, says("\x15\x03\x01\x00\x02\x02\x70")) }, "handshake: alert: alert: unrecognized name"},
		{"handshake failure", func(w *world) { w.accepts(at10, says("\x15\x03\x01\x00\x02\x02\x28")) }, "handshake: alert: alert: handshake failure"},
		{
			"malformed", func(w *world) { w.accepts(at10, says("\x16\x03\x03\x00\x04\x02\x00\x00\x00")) },
			"handshake: malformed: the handshake failed: error decoding message",
		},

		{"tarpit after TLS", func(w *world) { w.secure(at10, w.ca.config(policyHost), func(c *tls.Conn) { silent(c) }) }, "request: timeout: no answer within 0.5 s"},
		{"closed unanswered", func(w *world) { afterRequest(w, func(*tls.Conn) {}) }, "request: reset: the server closed the connection without an answer"},
		{"closed at once", func(w *world) { w.secure(at10, w.ca.config(policyHost), func(*tls.Conn) {}) }, "request: reset: the server closed the connection without an answer"},
		{"no HTTP", func(w *world) { w.raw(at10, "SSH-2.0-x\r\n\r\n") }, `request: malformed: malformed HTTP response "SSH-2.0-x"`},
		{"bad status", func(w *world) { w.raw(at10, "HTTP/1.1 abc OK\r\n\r\n") }, `request: malformed: malformed HTTP status code "abc"`},
		{
			"endless header", func(w *world) { w.raw(at10, "HTTP/1.1 200 OK\r\nX: "+strings.Repeat("x", 70<<10)+"\r\n\r\n") },
			"request: malformed: server response headers exceeded 65536 bytes; aborted",
		},
		{
			"client certificate wanted", func(w *world) {
				config := w.ca.config(policyHost)
				config.ClientAuth = tls.RequireAnyClientCert
				w.secure(at10, config, nil)
			},
			"request: alert: alert: certificate required",
		},

		{
			"short body", func(w *world) { w.raw(at10, "HTTP/1.1 200 OK\r\nContent-Length: 90\r\n\r\nversion") },
			"read: reset: the server closed the connection in the middle of the body",
		},
		{
			"cut chunks", func(w *world) { w.raw(at10, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n20\r\nversion") },
			"read: reset: the server closed the connection in the middle of the body",
		},
		{
			"bad chunk", func(w *world) {
				w.raw(at10, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n7\r\nversion\r\nzz\r\n")
			},
			"read: malformed: invalid byte in chunk length",
		},
		{
			"tarpit in the body", func(w *world) {
				afterRequest(w, func(c *tls.Conn) {
					_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 90\r\n\r\nversion")
					silent(c)
				})
			},
			"read: timeout: no whole answer within 0.5 s",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			limit := short
			if !strings.Contains(c.want, "timeout") {
				limit = func(*Network) {}
			}
			f := fetchOne(t, c.serve, limit)
			if got := faultText(f.Fault); got != c.want {
				t.Fatalf("fault = %s\n   want %s", got, c.want)
			}
			checkPartial(t, f)
		})
	}
}

// checkPartial holds what is known of a fetch against how far it came.
func checkPartial(t *testing.T, f fact.Fetch) {
	t.Helper()
	stage := slices.Index([]fact.Stage{fact.Dial, fact.Handshake, fact.Request, fact.Read}, f.Fault.Stage)
	if f.Connected != (stage > 0) || (f.TLS != nil) != (stage > 1) || (f.Status == 200) != (stage > 2) {
		t.Errorf("connected %v, TLS %v, status %d with a fault at %s", f.Connected, f.TLS, f.Status, f.Fault.Stage)
	}
	if f.Fault.Timeout != (f.Fault.Kind == fact.TimedOut) {
		t.Errorf("fault = %+v", f.Fault)
	}
	if stage == 3 && f.Body != "version" {
		t.Errorf("body = %q, want what came of it", f.Body)
	}
	if f.TLS != nil && f.TLS.Anchor == "" {
		t.Error("the certificate was not looked at because the answer failed")
	}
}

func TestAnswers(t *testing.T) {
	for _, c := range []struct {
		name, answer string
		status       int
		body         string
	}{
		{"until closed", "HTTP/1.0 200 OK\r\n\r\nversion", 200, "version"},
		{"empty", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", 200, ""},
		{"no content", "HTTP/1.1 204 No Content\r\n\r\n", 204, ""},
		{"early hints", "HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nv", 200, "v"},
		{"chunks", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nver\r\n4\r\nsion\r\n0\r\n\r\n", 200, "version"},
		{"switched", "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\nversion", 101, ""},
		{"gzip as it is", "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\n\x1f\x8b", 200, "\x1f\x8b"},
		{"too much length", "HTTP/1.1 500 Oops\r\nContent-Length: 3\r\n\r\nversion", 500, "ver"},
	} {
		f := fetchOne(t, func(w *world) { w.raw(at10, c.answer) })
		if f.Status != c.status || string(f.Body) != c.body || f.Fault != nil {
			t.Errorf("%s: %d %q, fault %s", c.name, f.Status, f.Body, faultText(f.Fault))
		}
	}
}

func TestRequest(t *testing.T) {
	var request atomic.Pointer[http.Request]
	fetchOne(t, func(w *world) {
		w.web(at10, w.ca.config(policyHost), func(_ http.ResponseWriter, r *http.Request) { request.Store(r) })
	})
	r := request.Load()
	if r == nil {
		t.Fatal("no request came")
	}
	if r.Method != "GET" || r.RequestURI != sts.PolicyPath || r.Host != policyHost || r.Proto != "HTTP/1.1" {
		t.Errorf("request = %s %s %s at %s", r.Method, r.RequestURI, r.Proto, r.Host)
	}
	want := http.Header{"User-Agent": {"mtasts/1.2.3"}, "Connection": {"close"}}
	if fmt.Sprint(r.Header) != fmt.Sprint(want) {
		t.Errorf("header = %v, want %v", r.Header, want)
	}
}

func TestRedirectIsNotFollowed(t *testing.T) {
	w := newWorld(t, "mta-sts.example.com. A 192.0.2.10\n")
	w.web(at10, w.ca.config(policyHost), func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Location", "https://mta-sts.example.com/elsewhere")
		w.WriteHeader(http.StatusMovedPermanently)
	})
	f := w.observe().Host.Fetches[0]
	if l, _ := f.Get("Location"); f.Status != 301 || l != "https://mta-sts.example.com/elsewhere" {
		t.Errorf("fetch = %+v", f)
	}
	if n := w.connections(at10 + ":443"); n != 1 {
		t.Errorf("%d connections", n)
	}
}

func TestSizes(t *testing.T) {
	for size, large := range map[int]bool{fact.BodyLimit - 1: false, fact.BodyLimit: false, fact.BodyLimit + 1: true, 4 * fact.BodyLimit: true} {
		f := fetchOne(t, func(w *world) {
			w.web(at10, w.ca.config(policyHost), func(w http.ResponseWriter, _ *http.Request) {
				_, _ = io.WriteString(w, strings.Repeat("x", size))
			})
		})
		if f.TooLarge != large || len(f.Body) != min(size, fact.BodyLimit) || f.Fault != nil {
			t.Errorf("%d octets: too large %v, kept %d, fault %s", size, f.TooLarge, len(f.Body), faultText(f.Fault))
		}
	}
}

func TestHeadersAreBounded(t *testing.T) {
	h := http.Header{"B": {"2", "1"}, "A": {strings.Repeat("x", maxHeaderValue+1)}}
	got := headers(h)
	if len(got) != 3 || got[0].Name != "A" || len(got[0].Value) != maxHeaderValue || got[1].Value != "2" || got[2].Value != "1" {
		t.Errorf("headers = %.80v", got)
	}
	for i := range 2 * maxHeaders {
		h[fmt.Sprint("X", i)] = []string{"x"}
	}
	if n := len(headers(h)); n != maxHeaders {
		t.Errorf("%d headers are kept", n)
	}
}

func TestServerSpeaksFirst(t *testing.T) {
	f := fetchOne(t, func(w *world) {
		w.secure(at10, w.ca.config(policyHost), func(c *tls.Conn) {
			_, _ = io.WriteString(c, "HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
			silent(c)
		})
	})
	if f.Status != 408 || f.Fault != nil {
		t.Errorf("status %d, fault %s", f.Status, faultText(f.Fault))
	}
}

func TestTarpitsCostTheTimeoutOnce(t *testing.T) {
	w := policyWorld(t, "192.0.2.1", "192.0.2.2", "192.0.2.3", "2001:db8::1")
	w.accepts("192.0.2.1", silent)
	w.fails("192.0.2.2", nil)
	w.accepts("2001:db8::1", silent)
	begun := time.Now()
	const limit = time.Second
	o := w.observe(func(n *Network) { n.Timeout = limit })
	if took := time.Since(begun); took >= 2*limit {
		t.Errorf("three tarpits took %v", took)
	}
	for _, f := range o.Host.Fetches {
		if ok := f.Address == "192.0.2.3"; ok != (f.Status == 200) || ok == (f.Fault != nil && f.Fault.Timeout) {
			t.Errorf("%s: status %d, fault %s", f.Address, f.Status, faultText(f.Fault))
		}
	}
}

func TestCancel(t *testing.T) {
	w := policyWorld(t, "192.0.2.1", "192.0.2.2", "192.0.2.3")
	ctx, cancel := context.WithCancel(t.Context())
	var hanging atomic.Int32
	hang := func(c net.Conn) {
		if hanging.Add(1) == 2 {
			cancel()
		}
		silent(c)
	}
	w.fails("192.0.2.1", nil)
	w.accepts("192.0.2.2", hang)
	w.secure("192.0.2.3", w.ca.config(policyHost), func(c *tls.Conn) { _, _ = c.Read(make([]byte, 1)); hang(c) })
	w.at["udp "+resolverAt+":53"] = slowFor("MX", w.at["udp "+resolverAt+":53"])
	begun := time.Now()
	o := w.observeUntil(ctx)
	if took := time.Since(begun); took > 1900*time.Millisecond { // one try of a question is 2 s
		t.Errorf("an interrupt took %v", took)
	}
	if !o.Interrupted || len(o.Host.Fetches) != 3 {
		t.Fatalf("observation = %+v", o)
	}
	for i, want := range []string{"dial: canceled: canceled", "handshake: canceled: canceled", "request: canceled: canceled"} {
		if got := faultText(o.Host.Fetches[i].Fault); got != want {
			t.Errorf("%s: fault = %s, want %s", o.Host.Fetches[i].Address, got, want)
		}
	}
	if o.MX.Fault == nil || o.MX.Fault.Kind != fact.Canceled {
		t.Errorf("MX = %+v, want it canceled", o.MX)
	}
}

func TestCanceledBeforeItBegan(t *testing.T) {
	w := soundWorld(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	o := w.observeUntil(ctx)
	if !o.Interrupted || o.STS.Fault == nil || o.STS.Fault.Kind != fact.Canceled || w.total(w.dialed) > w.connections(resolverAt+":53") {
		t.Errorf("observation = %+v", o)
	}
}

// TestNotInterrupted: an end that came when everything was known took nothing away.
func TestNotInterrupted(t *testing.T) {
	// The one domain has no policy host, so nothing is fetched; the other has.
	w := newWorld(t, "example.com. A 192.0.2.80\nmta-sts.other.example. A 192.0.2.10\n")
	w.accepts(at10, func(net.Conn) {})
	n, start := w.network(), now()
	n.Now = func() time.Time { return start } // nothing remembered grows too old
	o, err := n.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer o.Close()
	ctx, cancel := context.WithCancel(t.Context())
	whole := o.Observe(ctx, "example.com")
	cancel()
	again := o.Observe(ctx, "example.com")
	if diff := cmp.Diff(whole, again); diff != "" || again.Interrupted {
		t.Errorf("interrupted %v (-whole +again):\n%s", again.Interrupted, diff)
	}
	o.Observe(t.Context(), "other.example") // the answers are remembered
	if o := o.Observe(ctx, "other.example"); !o.Interrupted || !o.Host.A.Found() {
		t.Errorf("a policy that was not fetched is no interruption: %+v", o)
	}
}

// slowFor opens DNS connections that lose every question of one type.
func slowFor(qtype string, open func(context.Context) (net.Conn, error)) func(context.Context) (net.Conn, error) {
	return func(ctx context.Context) (net.Conn, error) {
		c, err := open(ctx)
		return lossy{c, qtype}, err
	}
}
