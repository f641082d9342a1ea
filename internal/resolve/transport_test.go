package resolve

import (
	"context"
	"crypto/tls"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/miekg/dns"

	"mtasts/internal/fact"
)

func TestTruncated(t *testing.T) {
	n := newInternet(t)
	long := strings.Repeat(`"`+strings.Repeat("x", 250)+`" `, 40)
	whole := records(`example.com. 60 TXT ` + long)
	n.serve(&dns.Server{PacketConn: n.packets(here)}, func(w dns.ResponseWriter, q *dns.Msg) {
		m := new(dns.Msg)
		m.SetReply(q)
		m.Truncated = true
		_ = w.WriteMsg(m)
	})
	r := n.resolver(patient, "192.0.2.53")
	a := r.Lookup(context.Background(), "example.com", "TXT")
	if a.Fault == nil || a.Fault.Kind != fact.Refused {
		t.Errorf("without TCP: %+v, fault %+v", a, a.Fault)
	}
	n.serve(&dns.Server{Listener: n.listen(here)}, whole)
	if a := r.Lookup(context.Background(), "example.com", "TXT"); !a.Found() || len(a.Texts()[0]) != 40*250 {
		t.Errorf("%+v, fault %+v", a, a.Fault)
	}
}

// TestTooLongForUDP: a server that sends more than it was asked for.
func TestTooLongForUDP(t *testing.T) {
	n := newInternet(t)
	n.dns(here, records(`example.com. 60 TXT `+strings.Repeat(`"`+strings.Repeat("x", 250)+`" `, 40)))
	if a := n.resolver(patient, "192.0.2.53").Lookup(context.Background(), "example.com", "TXT"); !a.Found() || len(a.Texts()[0]) != 40*250 {
		t.Errorf("%+v, fault %+v", a, a.Fault)
	}
	if n.dialed("tcp", here) != 1 {
		t.Error("not asked over TCP")
	}
}

// TestWithoutEDNS: old servers answer FORMERR, some with the header alone.
func TestWithoutEDNS(t *testing.T) {
	n := newInternet(t)
	answer := records(`example.com. 60 TXT "x"`)
	old := func(deny func(w dns.ResponseWriter, q *dns.Msg)) dns.HandlerFunc {
		return func(w dns.ResponseWriter, q *dns.Msg) {
			if q.IsEdns0() != nil {
				deny(w, q)
				return
			}
			answer(w, q)
		}
	}
	check := func(what string, deny func(w dns.ResponseWriter, q *dns.Msg)) {
		t.Helper()
		n.dns(here, old(deny))
		if a := n.resolver(patient, "192.0.2.53").Lookup(context.Background(), "example.com", "TXT"); !a.Found() {
			t.Errorf("%s: %+v, fault %+v", what, a, a.Fault)
		}
	}
	check("FORMERR", code(dns.RcodeFormatError))
	check("NOTIMP", code(dns.RcodeNotImplemented))
	check("BADVERS", code(dns.RcodeBadVers))
	check("header", func(w dns.ResponseWriter, q *dns.Msg) {
		_, _ = w.Write([]byte{byte(q.Id >> 8), byte(q.Id), 0x80, dns.RcodeFormatError, 0, 0, 0, 0, 0, 0, 0, 0})
	})
}

// TestNextServer: what one server cannot say another may, and is asked first from then on if the
// first was silent, about the root too.
func TestNextServer(t *testing.T) {
	n := newInternet(t)
	n.dns(there, records(`a.example. 60 TXT "x"`, `b.example. 60 TXT "x"`))
	check := func(what string, h dns.HandlerFunc, second string) {
		t.Helper()
		var asked atomic.Int32
		n.dns(here, counted(&asked, h))
		r := n.resolver(impatient, "192.0.2.53", "192.0.2.54")
		for _, name := range []string{"a.example", "b.example"} {
			if a := r.Lookup(context.Background(), name, "TXT"); !a.Found() || a.Server != "192.0.2.54" {
				t.Errorf("%s: %+v, fault %+v", what, a, a.Fault)
			}
			unsuspected(r)
		}
		if got := fmt.Sprint(asked.Load()); got != second {
			t.Errorf("%s: the first server was asked %s times", what, got)
		}
	}
	check("SERVFAIL", code(dns.RcodeServerFailure), "2")
	check("REFUSED", code(dns.RcodeRefused), "2")
	check("silent", silent, "3")
	check("malformed", func(w dns.ResponseWriter, q *dns.Msg) {
		m := answerWith(q, "x")
		_, _ = w.Write(m[:len(m)-1])
	}, "3")
}

// TestSilentName: that a server says nothing of one name is its owner's doing, perhaps, and all other names
// are asked of the server that was named first, as before.
func TestSilentName(t *testing.T) {
	n := newInternet(t)
	all := records(`evil.example. 60 TXT "x"`, `good.example. 60 TXT "x"`)
	n.dns(there, all)
	n.dns(here, func(w dns.ResponseWriter, q *dns.Msg) {
		if q.Question[0].Name != "evil.example." {
			all(w, q)
		}
	})
	r := n.resolver(time.Second, "192.0.2.53", "192.0.2.54")
	for _, c := range [][2]string{{"evil.example", "192.0.2.54"}, {"good.example", "192.0.2.53"}} {
		if a := r.Lookup(t.Context(), c[0], "TXT"); !a.Found() || a.Server != c[1] {
			t.Errorf("%s: %+v, fault %+v", c[0], a, a.Fault)
		}
		unsuspected(r)
	}
}

// unsuspected waits until no server is asked whether it lives.
func unsuspected(r *Resolver) {
	for r.suspect.Load() {
		runtime.Gosched()
	}
}

func TestNoServerAnswers(t *testing.T) {
	n := newInternet(t)
	n.dns(there, silent)
	check := func(kind fact.Kind, text string, servers ...string) {
		t.Helper()
		a := n.resolver(impatient, servers...).Lookup(context.Background(), "example.com", "TXT")
		if a.Fault == nil || a.Fault.Kind != kind || a.Fault.Text != text || a.Fault.Timeout != (kind == fact.TimedOut) || a.RCode != "" || !a.Unknown() {
			t.Errorf("%v: %+v, fault %+v", servers, a, a.Fault)
		}
	}
	check(fact.TimedOut, "TXT example.com: 192.0.2.54: no answer in time", "192.0.2.54")
	check(fact.TimedOut, "TXT example.com: tcp://192.0.2.54: no answer in time", "tcp://192.0.2.54")
	check(fact.Refused, "TXT example.com: 192.0.2.54: no answer in time; 192.0.2.1: connection refused", "192.0.2.54", "192.0.2.1")
	n.dns(here, code(dns.RcodeServerFailure))
	for _, servers := range [][]string{{"192.0.2.53", "192.0.2.54"}, {"192.0.2.54", "192.0.2.53"}} {
		a := n.resolver(impatient, servers...).Lookup(context.Background(), "example.com", "TXT")
		if a.RCode != "SERVFAIL" || a.Fault != nil || a.Server != "192.0.2.53" {
			t.Errorf("%+v", a)
		}
	}
}

// TestPortUnreachable: the ICMP message of a closed port ends the wait at once.
func TestPortUnreachable(t *testing.T) {
	needsICMP(t)
	n := newInternet(t)
	n.packets(here).Close()
	a := n.resolver(patient, "192.0.2.53").Lookup(context.Background(), "example.com", "TXT")
	if a.Fault == nil || a.Fault.Kind != fact.Refused {
		t.Errorf("%+v", a.Fault)
	}
}

// needsICMP is for what begins with the message of a closed port: Go does not ask Windows for those, and
// the wait for an answer ends by its limit there.
func needsICMP(t *testing.T) {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("nobody hears of a closed UDP port here")
	}
}

const askers = 150 // whose questions all fit into one socket's buffer

// askAll has many ask at once, and looks whether every answer reaches who asked.
func askAll(t *testing.T, r *Resolver) {
	t.Helper()
	var all sync.WaitGroup
	for i := range askers {
		all.Go(func() {
			name := fmt.Sprintf("n%d.example", i)
			if a := r.Lookup(context.Background(), name, "TXT"); !a.Found() || a.Texts()[0] != name+"." {
				t.Errorf("%s: %+v, fault %+v", name, a, a.Fault)
			}
		})
	}
	all.Wait()
}

// TestServerMoves: a socket that breaks under a question is replaced within the same try.
func TestServerMoves(t *testing.T) {
	needsICMP(t)
	n := newInternet(t)
	conn := n.packets(here)
	go raw(conn, func(q *dns.Msg) [][]byte { return [][]byte{answerWith(q, "x")} })
	r := n.open(Config{Servers: []string{"192.0.2.53"}, Try: patient, Tries: 1})
	for i := range 40 {
		if i == 30 {
			n.dns(here, code(dns.RcodeNameError))
			conn.Close()
		}
		if a := r.Lookup(context.Background(), fmt.Sprintf("n%d.example", i), "TXT"); a.Found() != (i < 30) || a.Fault != nil {
			t.Fatalf("%d: %+v, fault %+v", i, a, a.Fault)
		}
	}
}

// TestManyInFlight: few sockets for many questions, and no more of them at once than a burst has room for.
func TestManyInFlight(t *testing.T) {
	n := newInternet(t)
	var asked, waiting atomic.Int32
	most := make(chan struct{})
	n.dns(here, func(w dns.ResponseWriter, q *dns.Msg) {
		if waiting.Add(1) > inFlight {
			t.Error("more in flight than", inFlight)
		}
		if asked.Add(1) == inFlight {
			close(most)
		}
		<-most // nobody is answered before as many as may have asked
		waiting.Add(-1)
		_, _ = w.Write(answerWith(q, q.Question[0].Name))
	})
	askAll(t, n.resolver(patient, "192.0.2.53"))
	if got := n.dialed("udp", here); got > udpSockets {
		t.Error(got, "sockets")
	}
}

// readFrame reads one question from a stream.
func readFrame(conn io.Reader) (*dns.Msg, error) {
	var size [2]byte
	if _, err := io.ReadFull(conn, size[:]); err != nil {
		return nil, err
	}
	buf := make([]byte, binary.BigEndian.Uint16(size[:]))
	if _, err := io.ReadFull(conn, buf); err != nil {
		return nil, err
	}
	q := new(dns.Msg)
	return q, q.Unpack(buf)
}

func frameOf(m []byte) []byte {
	return append(binary.BigEndian.AppendUint16(nil, uint16(len(m))), m...)
}

// TestPipelining: a server that answers on one connection when all have asked, the last first
// (RFC 7766 §6.2.1.1).
func TestPipelining(t *testing.T) {
	n := newInternet(t)
	l := n.listen(here)
	go func() {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		defer conn.Close()
		var answers []byte
		for range askers {
			q, err := readFrame(conn)
			if err != nil {
				return
			}
			answers = append(frameOf(answerWith(q, q.Question[0].Name)), answers...)
		}
		_, _ = conn.Write(answers)
		_, _ = readFrame(conn) // the end
	}()
	askAll(t, n.resolver(patient, "tcp://192.0.2.53"))
	if got := n.dialed("tcp", here); got != 1 {
		t.Error(got, "connections")
	}
}

// TestPortsVary: a socket does not live for ever.
func TestPortsVary(t *testing.T) {
	n := newInternet(t)
	n.dns(here, code(dns.RcodeSuccess))
	r := n.resolver(patient, "192.0.2.53")
	for i := range 2 * udpSockets * perSocket {
		if a := r.Lookup(context.Background(), fmt.Sprintf("n%d.example", i), "TXT"); !a.Absent() {
			t.Fatalf("%+v", a)
		}
	}
	if got := n.dialed("udp", here); got < udpSockets+1 || got > 3*udpSockets {
		t.Errorf("%d sockets", got)
	}
}

// stubborn is a TCP server that answers one question on each connection and closes it.
func stubborn(l net.Listener) {
	for {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		if q, err := readFrame(conn); err == nil {
			_, _ = conn.Write(frameOf(answerWith(q, "x")))
		}
		conn.Close()
	}
}

func TestBrokenStream(t *testing.T) {
	n := newInternet(t)
	l := n.listen(here)
	go stubborn(l)
	r := n.open(Config{Servers: []string{"tcp://192.0.2.53"}, Try: patient, Tries: 1})
	for i := range 20 {
		if a := r.Lookup(context.Background(), fmt.Sprintf("n%d.example", i), "TXT"); !a.Found() {
			t.Fatalf("%d: %+v", i, a.Fault)
		}
	}
	l.Close()
	if a := r.Lookup(context.Background(), "closed.example", "TXT"); a.Fault == nil || (a.Fault.Kind != fact.Refused && a.Fault.Kind != fact.Reset) {
		t.Errorf("%+v", a.Fault)
	}
}

func TestStreamRests(t *testing.T) {
	n := newInternet(t)
	n.dns(here, records(`example.com. 60 TXT "x"`))
	r := n.resolver(patient, "tcp://192.0.2.53")
	r.Lookup(context.Background(), "a.example", "TXT")
	r.servers[0].main.(*streams).current.rest() // as its timer does
	r.Lookup(context.Background(), "b.example", "TXT")
	if n.dialed("tcp", here) != 2 {
		t.Error(n.dialed("tcp", here), "connections")
	}
}

func TestTLS(t *testing.T) {
	n := newInternet(t)
	zone := records(`example.com. 60 TXT "x"`)
	n.dns(here, records(`dns.example.net. 60 A 192.0.2.99`, `dns.example.net. 60 A 192.0.2.100`, `six.example.net. 60 AAAA 2001:db8::53`))
	n.dot("192.0.2.100:853", n.certificate("dns.example.net", "192.0.2.100"), zone)
	n.dot("[2001:db8::53]:853", n.certificate("six.example.net"), zone)
	conf := n.conf("nameserver 192.0.2.53")
	check := func(server, fault string) {
		t.Helper()
		r := n.open(Config{Servers: []string{server}, ResolvConf: conf, Try: patient, Tries: 1})
		a := r.Lookup(context.Background(), "example.com", "TXT")
		if fault == "" && !a.Found() || fault != "" && (a.Fault == nil || !strings.Contains(a.Fault.Text, fault)) {
			t.Errorf("%s: %+v, fault %+v", server, a, a.Fault)
		}
	}
	check("tls://dns.example.net", "") // and its first address refuses
	check("tls://192.0.2.100", "")
	check("tls://six.example.net", "")
	check("tls://[2001:db8::53]", "IP SANs")
	check("tls://nowhere.example.net", "no address of nowhere.example.net is known (NXDOMAIN)")
	check("tls://192.0.2.1", "connection refused")
	l := n.listen("192.0.2.100:853")
	go func() {
		if conn, err := l.Accept(); err == nil {
			_, _ = conn.Write([]byte("220 mail.example.net ESMTP\r\n"))
			_, _ = io.Copy(io.Discard, conn)
			conn.Close()
		}
	}()
	check("tls://192.0.2.100", "does not speak TLS")
	n.dot("192.0.2.100:853", &tls.Config{GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return nil, io.EOF }}, zone)
	check("tls://192.0.2.100", "internal error")
}

// TestSilentAddress: one of a server's addresses takes connections and says nothing.
func TestSilentAddress(t *testing.T) {
	n := newInternet(t)
	n.dns(here, records(`dns.example.net. 60 A 192.0.2.99`, `dns.example.net. 60 A 192.0.2.100`))
	n.listen("192.0.2.99:853")
	n.dot("192.0.2.100:853", n.certificate("dns.example.net"), records(`example.com. 60 TXT "x"`))
	r := n.open(Config{Servers: []string{"tls://dns.example.net"}, ResolvConf: n.conf("nameserver 192.0.2.53"), Try: 10 * impatient, Tries: 3})
	if a := r.Lookup(context.Background(), "example.com", "TXT"); !a.Found() {
		t.Errorf("%+v, fault %+v", a, a.Fault)
	}
}

// TestNamesAreNotFound: why the name of a server cannot be resolved is told.
func TestNamesAreNotFound(t *testing.T) {
	n := newInternet(t)
	n.dns(here, silent)
	r := n.open(Config{Servers: []string{"tls://dns.example.net"}, ResolvConf: n.conf("nameserver 192.0.2.53"), Try: impatient, Tries: 6})
	a := r.Lookup(context.Background(), "example.com", "TXT")
	if a.Fault == nil || a.Fault.Kind != fact.TimedOut || !strings.Contains(a.Fault.Text, "tls://dns.example.net: ") {
		t.Errorf("%+v", a.Fault)
	}
}

func TestDiagnose(t *testing.T) {
	check := func(err error, kind fact.Kind, text string) {
		t.Helper()
		f := newFault("A x.example", []setback{{"192.0.2.53", &net.OpError{Op: "dial", Net: "tcp", Err: err}}})
		if f.Kind != kind || f.Text != "A x.example: 192.0.2.53: "+text || f.Timeout != (kind == fact.TimedOut) {
			t.Errorf("%v: %+v", err, f)
		}
	}
	check(os.NewSyscallError("connect", syscall.ECONNREFUSED), fact.Refused, "connection refused")
	check(os.NewSyscallError("connect", syscall.EHOSTUNREACH), fact.Unreachable, "no route to the host")
	check(os.NewSyscallError("connect", syscall.ENETUNREACH), fact.NoRoute, "this machine has no route to that network")
	check(os.NewSyscallError("connect", syscall.ETIMEDOUT), fact.TimedOut, "no answer in time")
	check(os.NewSyscallError("connect", syscall.EACCES), fact.Internal, "not permitted on this machine")
	check(&net.DNSError{IsTimeout: true}, fact.TimedOut, "no answer in time")
	check(tls.RecordHeaderError{}, fact.NotTLS, "the server does not speak TLS there")
	check(io.EOF, fact.Reset, "the server closed the connection")
	check(faultError{*fault(fact.Alert, "words")}, fact.Alert, "words")
}

func TestHTTPS(t *testing.T) {
	n := newInternet(t)
	n.dns(here, records(`dns.example.net. 60 A 192.0.2.100`))
	var proto atomic.Value
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		proto.Store(r.Proto)
		body, err := io.ReadAll(r.Body)
		q := new(dns.Msg)
		if err != nil || q.Unpack(body) != nil || q.Id != 0 || r.Method != http.MethodPost || r.Header.Get("Content-Type") != mediaType {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		w.Header().Set("Content-Type", mediaType)
		switch r.URL.Path {
		case "/dns-query":
			_, _ = w.Write(answerWith(q, "x"))
		case "/redirect":
			http.Redirect(w, r, "/dns-query", http.StatusTemporaryRedirect)
		case "/html":
			w.Header().Set("Content-Type", "text/html")
		case "/large":
			_, _ = w.Write(make([]byte, 1<<20))
		case "/other":
			_, _ = w.Write(answerWith(q, "x", func(m *dns.Msg) { m.Question[0].Name = "example.net." }))
		case "/empty":
		case "/hang":
			<-r.Context().Done()
		default:
			w.WriteHeader(http.StatusNotFound)
		}
	})
	n.web("192.0.2.100:443", n.certificate("dns.example.net", "192.0.2.100"), handler)
	n.web("192.0.2.101:443", n.certificate("dns.example.org"), handler)
	conf := n.conf("nameserver 192.0.2.53")
	check := func(server string, try time.Duration, kind fact.Kind, fault string) {
		t.Helper()
		r := n.open(Config{Servers: []string{server}, ResolvConf: conf, Try: try, Tries: 1})
		a := r.Lookup(context.Background(), "example.com", "TXT")
		if fault == "" && !a.Found() || fault != "" && (a.Fault == nil || a.Fault.Kind != kind || !strings.Contains(a.Fault.Text, fault)) {
			t.Errorf("%s: %+v, fault %+v", server, a, a.Fault)
		}
	}
	check("https://dns.example.net", patient, "", "")
	if proto.Load() != "HTTP/2.0" {
		t.Error(proto.Load())
	}
	check("https://192.0.2.100/dns-query", patient, "", "")
	check("https://192.0.2.101", patient, fact.Other, "certificate")
	check("https://192.0.2.1", patient, fact.Refused, "connection refused")
	check("https://192.0.2.100/nowhere", patient, fact.Other, "HTTP status 404")
	check("https://192.0.2.100/redirect", patient, fact.Other, "HTTP status 307")
	check("https://192.0.2.100/html", patient, fact.Malformed, "not of type")
	check("https://192.0.2.100/large", patient, fact.Malformed, "longer")
	check("https://192.0.2.100/other", patient, fact.Malformed, "another question")
	check("https://192.0.2.100/empty", patient, fact.Malformed, "another question")
	check("https://192.0.2.100/hang", 20*impatient, fact.TimedOut, "no answer in time")
	check("https://none.example.net", patient, fact.Other, "no address of none.example.net is known (NXDOMAIN)")
}
