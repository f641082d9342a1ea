package collect

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"io"
	"net"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"mtasts/internal/fact"
	"mtasts/internal/pkix"
	"mtasts/internal/smtp"
)

// hasty is the limit of a conversation that is to run into it.
func hasty(n *Network) { n.SMTPTimeout = 500 * time.Millisecond }

func TestSoundMailServer(t *testing.T) {
	w := newWorld(t, oneHost)
	s := w.mail(at11, mx1, nil)
	p := w.probeOne()
	want := fact.Probe{
		Address: at11, Connected: true,
		Greeting: &fact.Reply{Code: 220, Lines: []fact.Text{"mx1.example.com ESMTP ready"}},
		EHLO:     &fact.Reply{Code: 250, Lines: []fact.Text{"mx1.example.com", "SIZE 1000", "STARTTLS"}},
		StartTLS: &fact.Reply{Code: 220, Lines: []fact.Text{"go ahead"}},
		EHLOTLS:  &fact.Reply{Code: 250, Lines: []fact.Text{"mx1.example.com", "SIZE 1000"}},
		TLS:      p.TLS, Timing: p.Timing,
	}
	if diff := cmp.Diff(want, p); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if p.TLS.Version != "TLS 1.3" || len(p.TLS.Chain) != 2 || p.TLS.Anchor != "CN=Test Root" || len(p.TLS.Path) != 3 {
		t.Errorf("TLS = %+v", p.TLS)
	}
	if d := p.Timing; d.TLS == 0 || d.Total < d.Connect+d.Greeting+d.EHLO+d.StartTLS+d.TLS {
		t.Errorf("timing = %+v", d)
	}
	if got, want := s.lines(), "EHLO, STARTTLS, EHLO/TLS, QUIT/TLS"; got != want {
		t.Errorf("heard %s, want %s", got, want)
	}
}

// TestConversations: how far each comes, and what is sent until then. Nothing but QUIT follows a
// refusal, and nothing at all an answer that is none.
func TestConversations(t *testing.T) {
	t.Parallel()
	flood := strings.Repeat("220-more\r\n", 1000)
	for _, c := range []struct {
		name        string
		steps       map[string]step
		want, heard string
	}{
		{"no STARTTLS", map[string]step{"EHLO": say("250-mx1\r\n250 SIZE 1000\r\n")}, "plain", "EHLO, QUIT"},
		{"keyword in any case", map[string]step{"EHLO": say("250-mx1\r\n250 startTLS\r\n")}, "sound", "EHLO, STARTTLS, EHLO/TLS, QUIT/TLS"},
		{"HELO only", map[string]step{"EHLO": say("502 what?\r\n")}, "plain", "EHLO, HELO, QUIT"},
		{"other positive greeting", map[string]step{"greeting": say("250\r\n")}, "sound", "EHLO, STARTTLS, EHLO/TLS, QUIT/TLS"},
		{"LF", map[string]step{"greeting": say("220-a\n220 b\n"), "EHLO": say("250-mx1\n250 STARTTLS\n")}, "sound", "EHLO, STARTTLS, EHLO/TLS, QUIT/TLS"},

		{"554 greeting", map[string]step{"greeting": say("554-go away\r\n554 please\r\n")}, `greet: rejected: the server answered with "554 go away"`, "QUIT"},
		{"421 greeting", map[string]step{"greeting": say("421 later\r\n")}, `greet: rejected: the server answered with "421 later"`, "QUIT"},
		{"421 and closed", map[string]step{"greeting": func(c net.Conn) bool { return say("421 later\r\n")(c) && hangup(c) }}, `greet: rejected: the server answered with "421 later"`, ""},
		{"hang up", map[string]step{"greeting": hangup}, "greet: reset: the server closed the connection without a greeting", ""},
		{"half a greeting", map[string]step{"greeting": func(c net.Conn) bool { return say("220-mx1\r\n220 m")(c) && hangup(c) }}, "greet: reset: the server closed the connection without a greeting", ""},
		{"never greets", map[string]step{"greeting": silence}, "greet: timeout: no greeting within 0.5 s", ""},
		{"half a line for ever", map[string]step{"greeting": func(c net.Conn) bool { return say("220 mx1")(c) && silence(c) }}, "greet: timeout: no greeting within 0.5 s", ""},
		{"drips", map[string]step{"greeting": last(func(c net.Conn) { drip(c, "220-mx1.example.com\r\n") })}, "greet: timeout: no greeting within 0.5 s", ""},
		{"another protocol", map[string]step{"greeting": say("SSH-2.0-OpenSSH\r\n")}, `greet: malformed: no SMTP reply: "SSH-2.0-OpenSSH"`, ""},
		{"binary", map[string]step{"greeting": say("\x00\x01\x1b[2J\xff")}, `greet: malformed: no SMTP reply: "\x00\x01\x1b[2J\xff"`, ""},
		{"out of turn", map[string]step{"greeting": say("354 go on\r\n")}, `greet: malformed: the server answered out of turn with "354 go on"`, ""},
		{"zeros and 8 bits", map[string]step{"greeting": say("220-\x00\xff\r\n220 \x1b[2J\xc3\x28\r\r\n")}, "sound", "EHLO, STARTTLS, EHLO/TLS, QUIT/TLS"},
		{"CR for line ends", map[string]step{"greeting": func(c net.Conn) bool { return say("220-a\r220 b\r")(c) && silence(c) }}, "greet: timeout: no greeting within 0.5 s", ""},
		{"codes that contradict", map[string]step{"greeting": say("220-a\r\n554 b\r\n")}, `greet: malformed: no SMTP reply: "554 b"`, ""},
		{"flood of a greeting", map[string]step{"greeting": say(flood)}, "greet: flood: the reply does not end", ""},
		{"endless line", map[string]step{"greeting": last(func(c net.Conn) { say("220 ")(c); forever(c, "xxxxxxxxxxxxxxxx") })}, "greet: flood: the reply does not end", ""},

		{"EHLO and HELO refused", map[string]step{"EHLO": say("550 no\r\n"), "HELO": say("550 never\r\n")}, `ehlo: rejected: the server answered with "550 never"`, "EHLO, HELO, QUIT"},
		{"EHLO put off", map[string]step{"EHLO": say("451 later\r\n")}, `ehlo: rejected: the server answered with "451 later"`, "EHLO, QUIT"},
		{"hang up at EHLO", map[string]step{"EHLO": hangup}, "ehlo: reset: the server closed the connection at EHLO", "EHLO"},
		{"hang up at HELO", map[string]step{"EHLO": say("500 what?\r\n"), "HELO": hangup}, "ehlo: reset: the server closed the connection at EHLO", "EHLO, HELO"},
		{"flood of EHLO", map[string]step{"EHLO": say(strings.ReplaceAll(flood, "220", "250"))}, "ehlo: flood: the reply does not end", "EHLO"},
		{"no reply to EHLO", map[string]step{"EHLO": say("250-a\r\n251 b\r\n")}, `ehlo: malformed: no SMTP reply: "251 b"`, "EHLO"},
		{"silent at EHLO", map[string]step{"EHLO": silence}, "ehlo: timeout: no answer to EHLO within 0.5 s", "EHLO"},

		{"454", map[string]step{"STARTTLS": say("454 TLS not available\r\n")}, `starttls: rejected: the server answered with "454 TLS not available"`, "EHLO, STARTTLS, QUIT"},
		{"501", map[string]step{"STARTTLS": say("501 syntax\r\n")}, `starttls: rejected: the server answered with "501 syntax"`, "EHLO, STARTTLS, QUIT"},
		{"hang up at STARTTLS", map[string]step{"STARTTLS": hangup}, "starttls: reset: the server closed the connection at STARTTLS", "EHLO, STARTTLS"},
		{"silent at STARTTLS", map[string]step{"STARTTLS": silence}, "starttls: timeout: no answer to STARTTLS within 0.5 s", "EHLO, STARTTLS"},
		{"injected", map[string]step{"STARTTLS": say("220 go\r\n250 fake\r\n")}, `starttls: injected: plaintext where TLS has to begin: "250 fake"`, "EHLO, STARTTLS"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t, oneHost)
			s := w.mail(at11, mx1, c.steps)
			if c.steps["STARTTLS"] != nil {
				s.plain()
			}
			limit := hasty
			if !strings.Contains(c.want, "timeout") {
				limit = func(*Network) {}
			}
			p := w.probeOne(limit)
			if got := inShort(p); got != c.want {
				t.Errorf("probe = %s\n     want %s", got, c.want)
			}
			if got := s.lines(); got != c.heard {
				t.Errorf("heard %q, want %q", got, c.heard)
			}
			checkReached(t, p)
		})
	}
}

// checkReached holds what is known of a conversation against how far it came.
func checkReached(t *testing.T, p fact.Probe) {
	t.Helper()
	stages := []fact.Stage{fact.Dial, fact.Greet, fact.Hello, fact.StartTLS, fact.Handshake, fact.Secured}
	reached := len(stages)
	if p.Fault != nil {
		reached = slices.Index(stages, p.Fault.Stage)
		if p.Fault.Kind == fact.Rejected {
			reached++ // the reply is there
		}
		if p.Fault.Timeout != (p.Fault.Kind == fact.TimedOut) {
			t.Errorf("fault = %+v", p.Fault)
		}
	}
	if p.Connected != (reached > 0) || reached < 2 && p.EHLO != nil || reached > 2 && p.EHLO == nil ||
		reached < 4 && p.TLS != nil || reached < 5 && p.EHLOTLS != nil || (p.Injected != "") != (p.Fault != nil && p.Fault.Kind == fact.Injected) {
		t.Errorf("%s: %+v", faultText(p.Fault), p)
	}
	if p.TLS != nil && p.TLS.Anchor == "" {
		t.Error("the certificate was not looked at")
	}
}

// TestHandshakes: what stands behind the 220.
func TestHandshakes(t *testing.T) {
	t.Parallel()
	old := func(c *tls.Config) { c.MinVersion, c.MaxVersion = tls.VersionTLS10, tls.VersionTLS10 }
	for _, c := range []struct {
		name   string
		config func(*tls.Config)
		steps  map[string]step
		want   string
	}{
		{"TLS 1.0 only", old, nil, "sound"},
		{"alert", func(c *tls.Config) { c.Certificates = nil }, nil, "handshake: alert: alert: unrecognized name"},
		{
			"client certificate wanted, TLS 1.3", func(c *tls.Config) { c.ClientAuth = tls.RequireAnyClientCert }, nil,
			"ehlo-tls: alert: alert: certificate required",
		},
		{
			"client certificate wanted, TLS 1.2",
			func(c *tls.Config) { c.ClientAuth, c.MaxVersion = tls.RequireAnyClientCert, tls.VersionTLS12 }, nil,
			"handshake: alert: alert: handshake failure",
		},
		{"closed", nil, map[string]step{"TLS": hangup}, "handshake: reset: the server closed the connection during the TLS handshake"},
		{"reset", nil, map[string]step{"TLS": func(c net.Conn) bool { rst(c); return hangup(c) }}, "handshake: reset: the server closed the connection during the TLS handshake"},
		{"silent", nil, map[string]step{"TLS": silence}, "handshake: timeout: no TLS handshake within 0.5 s"},
		{"injected later", nil, map[string]step{"TLS": last(says("250 fake\r\n"))}, `starttls: injected: plaintext where TLS has to begin: "250 fake"`},
		{"no TLS after all", nil, map[string]step{"TLS": last(says("454 no\r\n"))}, `handshake: not-tls: no TLS: the server answered with "454 no"`},
		{"another protocol", nil, map[string]step{"TLS": last(says("HTTP/1.1 400 Bad Request\r\n"))}, `handshake: not-tls: no TLS: the server answered with "HTTP/1.1 400 Bad Request"`},
		{"garbage in the same write", nil, map[string]step{"STARTTLS": say("220 go\r\n\x00\x01garbage\xff")}, `handshake: not-tls: no TLS: the server answered with "\x00\x01garbage\xff"`},
		{"a record in the same write", nil, map[string]step{"STARTTLS": say("220 go\r\n\x15\x03\x01\x00\x02\x02\x50")}, "handshake: alert: alert: internal error"},
		{"malformed", nil, map[string]step{"TLS": last(says("\x16\x03\x03\x00\x04\x02\x00\x00\x00"))}, "handshake: malformed: the handshake failed: error decoding message"},
		{"hang up over TLS", nil, map[string]step{"EHLO/TLS": hangup}, "ehlo-tls: reset: the server closed the connection at EHLO over TLS"},
		{"silent over TLS", nil, map[string]step{"EHLO/TLS": silence}, "ehlo-tls: timeout: no answer to EHLO over TLS within 0.5 s"},
		{"refused over TLS", nil, map[string]step{"EHLO/TLS": say("550 no\r\n")}, `ehlo-tls: rejected: the server answered with "550 no"`},
		{"flood over TLS", nil, map[string]step{"EHLO/TLS": last(func(c net.Conn) { forever(c, "250-more\r\n") })}, "ehlo-tls: flood: the reply does not end"},
		{"garbage over TLS", nil, map[string]step{"EHLO/TLS": say("\x00\x01\x02\x03")}, `ehlo-tls: malformed: no SMTP reply: "\x00\x01\x02\x03"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t, oneHost)
			s := w.mail(at11, mx1, c.steps)
			if c.config != nil {
				c.config(s.config)
			}
			limit := hasty
			if !strings.Contains(c.want, "timeout") {
				limit = func(*Network) {}
			}
			p := w.probeOne(limit)
			if got := inShort(p); got != c.want {
				t.Errorf("probe = %s\n     want %s", got, c.want)
			}
			if heard := s.lines(); strings.Contains(heard, "QUIT") != (p.Fault == nil || p.Fault.Kind == fact.Rejected) {
				t.Errorf("heard %q", heard)
			}
			checkReached(t, p)
		})
	}
}

// TestOldSuites: what is sent is no secret, so whatever a server has to offer is taken and recorded.
func TestOldSuites(t *testing.T) {
	for _, id := range []uint16{tls.TLS_RSA_WITH_AES_128_CBC_SHA, tls.TLS_RSA_WITH_3DES_EDE_CBC_SHA, tls.TLS_ECDHE_RSA_WITH_3DES_EDE_CBC_SHA} {
		w := newWorld(t, oneHost)
		s := w.mail(at11, mx1, nil)
		s.config = rsaConfig(t, mx1)
		s.config.MaxVersion, s.config.CipherSuites = tls.VersionTLS12, []uint16{id}
		if p := w.probeOne(); p.TLS == nil || p.TLS.Cipher != tls.CipherSuiteName(id) {
			t.Errorf("%s: %s", tls.CipherSuiteName(id), inShort(p))
		}
	}
}

// TestMailCertificates are recorded whole, whatever is wrong with them.
func TestMailCertificates(t *testing.T) {
	for _, c := range []struct {
		name  string
		chain func(a *authority) []*issued
		want  []pkix.Word
	}{
		{"expired and of another name", func(a *authority) []*issued {
			return []*issued{a.issue(a.intermediate, "leaf", named("x.example"), valid(-90*day, -day)), a.intermediate}
		}, []pkix.Word{pkix.Expired, pkix.NameMismatch}},
		{"self-signed", func(a *authority) []*issued { return []*issued{a.issue(nil, "leaf", named(mx1))} }, []pkix.Word{pkix.SelfSigned}},
		{"incomplete", func(a *authority) []*issued { return []*issued{a.issue(a.intermediate, "leaf", named(mx1))} }, []pkix.Word{pkix.IncompleteChain}},
	} {
		w := newWorld(t, oneHost)
		chain := c.chain(w.ca)
		s := w.mail(at11, mx1, nil)
		s.config = sends(chain...)
		p := w.probeOne()
		if p.TLS == nil || p.Fault != nil || len(p.TLS.Chain) != len(chain) {
			t.Errorf("%s: %s", c.name, inShort(p))
			continue
		}
		var got []pkix.Word
		for _, problem := range pkix.Problems(p.TLS, mx1, now()) {
			got = append(got, problem.Word)
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}

func TestDialFaults(t *testing.T) {
	for want, err := range map[string]error{
		"dial: refused: connection refused":                         syscall.ECONNREFUSED,
		"dial: no-route: this machine has no route to that network": syscall.ENETUNREACH,
		"dial: unreachable: no route to the host":                   syscall.EHOSTUNREACH,
		"dial: timeout: no connection within 0.5 s":                 nil,
		"dial: internal: too many open files on this machine":       syscall.EMFILE,
	} {
		w := newWorld(t, oneHost)
		w.failsAt("192.0.2.11:25", err)
		p := w.probeOne(hasty)
		if got := inShort(p); got != want || p.Connected {
			t.Errorf("probe = %s, want %s", got, want)
		}
	}
}

// TestNames: what this end calls itself, and which name it asks TLS for.
func TestNames(t *testing.T) {
	for _, c := range []struct{ name, want string }{
		{"", "EHLO [127.0.0.1]"},
		{"probe.example.net", "EHLO probe.example.net"},
	} {
		w := newWorld(t, oneHost)
		s := w.mail(at11, mx1, nil)
		asked := ""
		s.config.GetConfigForClient = func(hello *tls.ClientHelloInfo) (*tls.Config, error) {
			asked = hello.ServerName
			if len(hello.SupportedProtos) > 0 {
				t.Errorf("offers %q over ALPN", hello.SupportedProtos)
			}
			return nil, nil
		}
		w.probeOne(func(n *Network) { n.EHLOName = c.name })
		s.wait()
		if s.heard[0] != c.want || s.heard[2] != c.want+"/TLS" || asked != mx1 {
			t.Errorf("heard %q, SNI %q; want %q", s.heard, asked, c.want)
		}
	}
}

func TestOwnAddress(t *testing.T) {
	for address, want := range map[string]string{
		"192.0.2.1": "[192.0.2.1]", "::ffff:192.0.2.1": "[192.0.2.1]", "2001:db8::1": "[IPv6:2001:db8::1]", "fe80::1%eth0": "[IPv6:fe80::1]",
	} {
		c := conversation{Observer: &Observer{}, raw: from{local: net.JoinHostPort(address, "4711")}}
		if got := c.ownName(); got != want {
			t.Errorf("ownName of %s = %s, want %s", address, got, want)
		}
	}
	c := conversation{Observer: &Observer{}, raw: from{local: "pipe"}}
	if got := c.ownName(); got != "[127.0.0.1]" {
		t.Errorf("ownName = %s", got)
	}
}

// from is a connection from some address.
type from struct {
	net.Conn
	local string
}

func (f from) LocalAddr() net.Addr { return f }
func (f from) Network() string     { return "tcp" }
func (f from) String() string      { return f.local }

// FuzzConversation says anything to a client: it ends, with a bounded fact, and sends what it should.
func FuzzConversation(f *testing.F) {
	for _, said := range []string{
		"220 mx1\r\n" + soundEHLO + "220 go\r\n\x15\x03\x01\x00\x02\x02\x28", "220 mx1\r\n" + soundEHLO + "220 go\r\n250 fake\r\n",
		"220 mx1\r\n500 what?\r\n250 mx1\r\n221 bye\r\n", "220 mx1\r\n" + soundEHLO + "454 no\r\n221 bye\r\n", "554-a\r\n554 b\r\n", "SSH-2.0-x\r\n", "220 a\r\n354 b\r\n",
	} {
		f.Add([]byte(said))
	}
	o := &Observer{net: Network{SMTPTimeout: time.Minute, Now: now}, roots: x509.NewCertPool}
	f.Fuzz(func(t *testing.T, said []byte) {
		client, server := net.Pipe()
		var heard bytes.Buffer
		var ended sync.WaitGroup
		ended.Go(func() { _, _ = io.Copy(&heard, server) })
		ended.Go(func() { defer server.Close(); _, _ = server.Write(said) })
		p := fact.Probe{Connected: true}
		c := o.newConversation(mx1, client, &p)
		c.hold(t.Context())
		if c.polite() {
			c.quit(t.Context())
		}
		_ = client.Close()
		ended.Wait()
		checkReached(t, p)
		checkHeard(t, p, heard.String())
		if textOf(p) > 4*smtp.MaxReply {
			t.Errorf("%d octets are kept", textOf(p))
		}
	})
}

// checkHeard holds what a server heard against how the conversation went.
func checkHeard(t *testing.T, p fact.Probe, heard string) {
	t.Helper()
	plain, _, hello := strings.Cut(heard, "\x16\x03\x01")
	for line := range strings.Lines(plain) {
		switch strings.TrimSuffix(line, "\r\n") {
		case "EHLO [127.0.0.1]", "HELO [127.0.0.1]", "STARTTLS":
		case "QUIT":
			if hello || p.Fault != nil && p.Fault.Kind != fact.Rejected {
				t.Errorf("QUIT after %s", faultText(p.Fault))
			}
		default:
			t.Errorf("heard %q", line)
		}
	}
	if hello && (!p.StartTLS.Positive() || p.Fault != nil && p.Fault.Stage == fact.StartTLS && p.Fault.Kind == fact.Rejected) {
		t.Errorf("a handshake was begun: %s", faultText(p.Fault))
	}
}
