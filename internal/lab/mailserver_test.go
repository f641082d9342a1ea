package lab_test

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net"
	"net/netip"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"mtasts/internal/lab"
	"mtasts/internal/platform"
)

// client is one raw SMTP conversation.
type client struct {
	testing.TB
	conn net.Conn
	in   *bufio.Reader
}

// call connects to port 25 of an address. What takes longer than a minute has gone wrong.
func call(t testing.TB, l *lab.Lab, address string) *client {
	t.Helper()
	conn := dial(t, l, "tcp", net.JoinHostPort(address, "25"))
	_ = conn.SetDeadline(time.Now().Add(time.Minute))
	return &client{t, conn, bufio.NewReader(conn)}
}

// reply is the next reply, its lines joined by " / ", or the error of reading in brackets.
func (c *client) reply() string {
	c.Helper()
	var lines []string
	for {
		line, err := c.in.ReadString('\n')
		if err != nil {
			return strings.Join(append(lines, fmt.Sprintf("%q[%v]", line, err)), " / ")
		}
		lines = append(lines, strings.TrimSuffix(line, "\r\n"))
		if len(line) < 4 || line[3] != '-' || line[0] > '9' {
			return strings.Join(lines, " / ")
		}
	}
}

// says sends a command and returns the reply.
func (c *client) says(command string) string {
	c.Helper()
	if _, err := io.WriteString(c.conn, command+"\r\n"); err != nil {
		return fmt.Sprintf("[%v]", err)
	}
	return c.reply()
}

// expect holds a conversation: the greeting, then replies to commands in turn.
func (c *client) expect(script ...string) {
	c.Helper()
	if got := c.reply(); got != script[0] {
		c.Fatalf("greeting:\n got %s\nwant %s", got, script[0])
	}
	c.goesOn(script[1:]...)
}

func (c *client) goesOn(script ...string) {
	c.Helper()
	for i := 0; i+1 < len(script); i += 2 {
		if got := c.says(script[i]); got != script[i+1] {
			c.Fatalf("%s:\n got %s\nwant %s", script[i], got, script[i+1])
		}
	}
}

// secure does the handshake and goes on over TLS.
func (c *client) secure() (*tls.Conn, error) {
	secured := tls.Client(c.conn, clientTLS())
	err := secured.HandshakeContext(c.Context())
	c.conn, c.in = secured, bufio.NewReader(secured)
	return secured, err
}

const (
	greeting1 = "220 mx1.example.com ESMTP"
	hello1    = "250-mx1.example.com / 250-PIPELINING / 250-8BITMIME / 250 STARTTLS"
	secured1  = "250-mx1.example.com / 250-PIPELINING / 250 8BITMIME"
	ready     = "220 ready for TLS"
)

func TestSoundMailServers(t *testing.T) {
	l := start(t, "sound example.org\nsound example.com\n")
	for address, name := range map[string]string{
		"192.0.2.11": "mx1.example.org", "2001:db8::12": "mx2.example.org", "192.0.2.31": "mx1.example.com", "2001:db8::32": "mx2.example.com",
	} {
		c := call(t, l, address)
		c.expect("220 "+name+" ESMTP", "EHLO client.test", "250-"+name+" / 250-PIPELINING / 250-8BITMIME / 250 STARTTLS", "STARTTLS", ready)
		conn, err := c.secure()
		if err != nil {
			t.Fatal(err)
		}
		leaf := conn.ConnectionState().PeerCertificates[0]
		if len(leaf.DNSNames) != 1 || leaf.DNSNames[0] != name || conn.ConnectionState().Version != tls.VersionTLS13 {
			t.Errorf("%s: %v", address, leaf.DNSNames)
		}
		c.goesOn("ehlo client.test", "250-"+name+" / 250-PIPELINING / 250 8BITMIME", "quit", "221 "+name+" bye")
		if _, err := c.in.ReadByte(); err != io.EOF {
			t.Errorf("%s: after the end: %v", address, err)
		}
		want := "[[EHLO client.test STARTTLS (TLS) ehlo client.test quit]]"
		if got := fmt.Sprint(l.Conversations(netip.MustParseAddr(address))); got != want {
			t.Errorf("%s: heard %s", address, got)
		}
	}
}

// What the words of a block make of a conversation in clear.
func TestMailWords(t *testing.T) {
	for block, conversation := range map[string][]string{
		"":                                     {greeting1, "HELO a", "250 mx1.example.com", "EHLO", "501 who is there?", "NOOP", "250 OK", "RSET x", "250 OK"},
		"greeting 220":                         {"220 ", "QUIT", "221 mx1.example.com bye"},
		"greeting 220 a  b":                    {"220 a  b", "EHLO a", hello1},
		"greeting 554 go away":                 {"554 go away", "EHLO a", "503 no service here", "STARTTLS", "503 no service here", "QUIT", "221 mx1.example.com bye"},
		"greeting 421 later":                   {"421 later", "EHLO a", `""[EOF]`},
		`greeting 220 "\x1b[2J"`:               {"220 \x1b[2J", "NOOP", "250 OK"},
		"greeting 220 `a\"b`":                  {`220 a"b`, "NOOP", "250 OK"},
		"greeting-line a\n    greeting-line b": {"220-mx1.example.com ESMTP / 220-a / 220 b", "NOOP", "250 OK"},
		"greeting-line a\n    greeting 220 c":  {"220 c", "NOOP", "250 OK"},
		"ehlo 502 what?":                       {greeting1, "EHLO a", "502 what?", "HELO a", "250 mx1.example.com", "STARTTLS", ready},
		"ehlo 250 hi":                          {greeting1, "EHLO a", "250-hi / 250-PIPELINING / 250-8BITMIME / 250 STARTTLS"},
		"ehlo 421 no":                          {greeting1, "EHLO a", "421 no", "HELO a", `""[EOF]`},
		"helo 250 hi":                          {greeting1, "HELO a", "250 hi", "EHLO a", hello1},
		"helo 550 no":                          {greeting1, "HELO a", "550 no"},
		"extension -STARTTLS":                  {greeting1, "EHLO a", "250-mx1.example.com / 250-PIPELINING / 250 8BITMIME", "STARTTLS", "502 not implemented"},
		"extension -8bitmime DSN -starttls -PIPELINING": {greeting1, "EHLO a", "250-mx1.example.com / 250 DSN"},
		"extension -STARTTLS -8BITMIME -PIPELINING":     {greeting1, "EHLO a", "250 mx1.example.com"},
		"starttls 454 TLS not available":                {greeting1, "STARTTLS", "454 TLS not available", "EHLO a", hello1, "QUIT", "221 mx1.example.com bye"},
		"starttls 250 what?":                            {greeting1, "STARTTLS", "250 what?", "NOOP", "250 OK"},
		"starttls 220 go\n    extension -STARTTLS":      {greeting1, "STARTTLS", "220 go"},
		"hangup-at ehlo":                                {greeting1, "HELO a", "250 mx1.example.com", "EHLO a", `""[EOF]`},
		"hangup-at starttls":                            {greeting1, "EHLO a", hello1, "STARTTLS", `""[EOF]`},
		"fault babble":                                  {"SSH-2.0-OpenSSH_9.2p1"},
		"fault hangup":                                  {`""[EOF]`},
		"fault silent\n    fault none":                  {greeting1},
		"certificate a.test":                            {greeting1},
	} {
		l := start(t, "smtp 192.0.2.11\n    "+block+"\nsound example.com\n")
		call(t, l, "192.0.2.11").expect(conversation...)
		call(t, l, "2001:db8::11").expect(greeting1, "EHLO a", hello1)
	}
}

// What a client has no business to say, or says too much of.
func TestMailServersAnswerAnything(t *testing.T) {
	l := start(t, "sound example.com")
	call(t, l, "192.0.2.11").expect(greeting1, "MAIL FROM:<>", "250 OK", "RCPT TO:<a@example.com>", "502 not implemented",
		"DATA", "502 not implemented", "", "502 not implemented", "\x00\xff", "502 not implemented",
		strings.Repeat("x", 4000), "500 line too long")
	call(t, l, "192.0.2.12").expect("220 mx2.example.com ESMTP")
	got := l.Conversations(netip.MustParseAddr("192.0.2.11"))
	want := [][]string{{"MAIL FROM:<>", "RCPT TO:<a@example.com>", "DATA", "", "\x00\xff"}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if got := l.Conversations(netip.MustParseAddr("192.0.2.12")); len(got) != 1 || got[0] != nil {
		t.Errorf("a silent client: %q", got)
	}
	for _, address := range []string{"2001:db8::11", "192.0.2.13"} {
		if got := l.Conversations(netip.MustParseAddr(address)); got != nil {
			t.Errorf("%s: %q", address, got)
		}
	}
}

// Commands sent ahead are answered in turn; those ahead of TLS are forgotten (RFC 3207 §4.2).
func TestPipelining(t *testing.T) {
	l := start(t, "sound example.com")
	c := call(t, l, "192.0.2.11")
	c.expect(greeting1, "EHLO a\r\nNOOP\r\nSTARTTLS\r\nMAIL FROM:<injected@example.com>", hello1)
	if got := c.reply() + c.reply(); got != "250 OK"+ready {
		t.Error(got)
	}
	if _, err := c.secure(); err != nil {
		t.Fatal(err)
	}
	c.goesOn("NOOP", "250 OK")
	if got := fmt.Sprint(l.Conversations(netip.MustParseAddr("192.0.2.11"))); got != "[[EHLO a NOOP STARTTLS (TLS) NOOP]]" {
		t.Error(got)
	}
}

func TestTalkativeClientsAreHungUpOn(t *testing.T) {
	l := start(t, "sound example.com")
	c := call(t, l, "192.0.2.11")
	c.expect(greeting1)
	go func() { _, _ = io.WriteString(c.conn, strings.Repeat("NOOP\r\n", 20_000)) }()
	replies := 0
	for c.reply() == "250 OK" {
		replies++
	}
	if want := 64 << 10 / 6; replies != want {
		t.Errorf("%d answers, want %d", replies, want)
	}
}

func TestFaultsOfTheGreeting(t *testing.T) {
	l := start(t, `
sound example.com
smtp 192.0.2.11
    fault flood
smtp 192.0.2.12
    fault drip
smtp 2001:db8::11
    fault silent
smtp 2001:db8::12
    greeting-delay 80ms
`)
	flood := call(t, l, "192.0.2.11")
	for range 10_000 {
		line, err := flood.in.ReadString('\n')
		if err != nil || line != "220-mx1.example.com and so on\r\n" {
			t.Fatalf("%q %v", line, err)
		}
	}
	drip := call(t, l, "192.0.2.12")
	b := make([]byte, 100)
	if n, err := drip.conn.Read(b); n != 1 || b[0] != '2' || err != nil {
		t.Errorf("%d bytes: %q, %v", n, b[:n], err)
	}
	silent := call(t, l, "2001:db8::11")
	_ = silent.conn.SetReadDeadline(time.Now().Add(50 * time.Millisecond))
	if got := silent.reply(); !strings.Contains(got, "i/o timeout") {
		t.Error(got)
	}
	began := time.Now()
	call(t, l, "2001:db8::12").expect("220 mx2.example.com ESMTP")
	if took := time.Since(began); took < 80*time.Millisecond {
		t.Errorf("greeted after %s", took)
	}
}

// reset stands for what an operating system says of a connection that the peer broke off.
const reset = "connection reset"

func words(err error) string {
	if platform.Is(err, syscall.ECONNRESET) {
		return reset
	}
	return err.Error()
}

func TestFaultsBehindSTARTTLS(t *testing.T) {
	for fault, want := range map[string]string{
		"garbage":             `tls: first record does not look like a TLS handshake`,
		"inject":              `tls: first record does not look like a TLS handshake`,
		"handshake-plaintext": `tls: first record does not look like a TLS handshake`,
		"handshake-reset":     reset,
		"handshake-alert":     "remote error: tls: handshake failure",
		"handshake-silent":    "read tcp 192.0.2.11:25: i/o timeout",
	} {
		l := start(t, "sound example.com\nsmtp 192.0.2.11\n    fault "+fault+"\n")
		c := call(t, l, "192.0.2.11")
		c.expect(greeting1, "EHLO a", hello1, "STARTTLS", ready)
		if fault == "handshake-silent" {
			_ = c.conn.SetReadDeadline(time.Now().Add(50 * time.Millisecond))
		}
		c.conn = &ahead{c.conn, c.in}
		if _, err := c.secure(); err == nil || words(err) != want {
			t.Errorf("%s: %v", fault, err)
		}
	}
}

// ahead is a connection of which a reader has read ahead.
type ahead struct {
	net.Conn
	in *bufio.Reader
}

func (a *ahead) Read(p []byte) (int, error) { return a.in.Read(p) }

// What comes together with the 220 is there at once, before a handshake is begun.
func TestBehindThe220(t *testing.T) {
	for fault, want := range map[string]string{"inject": "250 injected\r\n", "garbage": "\x00\xff\x9d\xe2\x01\x7f\x80\x0b\xfe\x90\x05\xc3"} {
		l := start(t, "sound example.com\nsmtp 192.0.2.11\n    fault "+fault+"\n")
		c := call(t, l, "192.0.2.11")
		c.expect(greeting1, "STARTTLS", ready)
		got := make([]byte, c.in.Buffered())
		if _, err := io.ReadFull(c.in, got); err != nil || string(got) != want {
			t.Errorf("%s: %q, %v", fault, got, err)
		}
		if fault == "inject" { // and one who does not care goes on
			if _, err := c.secure(); err != nil {
				t.Error(err)
			}
			c.goesOn("EHLO a", secured1)
		}
	}
}

func TestOverTLS(t *testing.T) {
	for block, conversation := range map[string][]string{
		"":                                      {"STARTTLS", "503 this is TLS already", "EHLO a", secured1, "HELO a", "250 mx1.example.com"},
		"ehlo 250 hi":                           {"EHLO a", secured1},
		"ehlo-tls 250 hi":                       {"EHLO a", "250-hi / 250-PIPELINING / 250 8BITMIME"},
		"ehlo-tls 451 no":                       {"EHLO a", "451 no", "QUIT", "221 mx1.example.com bye", "NOOP", `""[EOF]`},
		"ehlo-tls 421 no":                       {"EHLO a", "421 no", "NOOP", `""[EOF]`},
		"hangup-at ehlo-tls":                    {"NOOP", "250 OK", "EHLO a", `""[EOF]`},
		"extension -STARTTLS\n    starttls 220": {"EHLO a", secured1},
	} {
		l := start(t, "sound example.com\nsmtp 192.0.2.11\n    "+block+"\n")
		c := call(t, l, "192.0.2.11")
		c.reply()
		c.says("STARTTLS")
		if _, err := c.secure(); err != nil {
			t.Fatal(err)
		}
		c.goesOn(conversation...)
	}
}

// mailChain is what a mail server shows in the handshake, and what the standard verifier says of it.
func mailChain(t *testing.T, l *lab.Lab, address, name string) (string, tls.ConnectionState) {
	t.Helper()
	c := call(t, l, address)
	c.reply()
	c.says("STARTTLS")
	conn, err := c.secure()
	if err != nil {
		t.Fatal(err)
	}
	state := conn.ConnectionState()
	return judge(l, state.PeerCertificates, name), state
}

func TestCertificatesOfMailServers(t *testing.T) {
	for _, c := range []struct {
		script, address, name, want string
		sent                        int
	}{
		{"sound example.com", "192.0.2.11", "mx1.example.com", "good", 2},
		{"sound example.com\nsmtp 192.0.2.11\n    certificate incomplete", "192.0.2.11", "mx1.example.com", "unknown authority", 1},
		{"sound example.com\nsmtp 192.0.2.11\n    certificate incomplete", "2001:db8::11", "mx1.example.com", "good", 2},
		{"sound example.com\nsmtp 192.0.2.11\n    certificate with-root", "192.0.2.11", "mx1.example.com", "good", 3},
		{"sound example.com\nsmtp 192.0.2.11\n    certificate untrusted", "192.0.2.11", "mx1.example.com", "unknown authority", 3},
		{"sound example.com\nsmtp 192.0.2.11\n    certificate self-signed", "192.0.2.11", "mx1.example.com", "unknown authority", 1},
		{"sound example.com\nsmtp 192.0.2.11\n    certificate expired", "192.0.2.11", "mx1.example.com", "expired", 2},
		{"sound example.com\nsmtp 192.0.2.11\n    certificate a.test", "192.0.2.11", "mx1.example.com", "valid for a.test, not mx1", 2},
		{"smtp 192.0.2.11\nsound example.com\n", "192.0.2.11", "mx1.example.com", "good", 2},
		{"sound example.com\nzone\n    b.test A 192.0.2.11\n", "192.0.2.11", "mx1.example.com", "good", 2},
		{"smtp 10.0.0.1\nzone\n    b.test A 10.0.0.1\n    *.a.test A 10.0.0.1\n    c.test A 10.0.0.2\n", "10.0.0.1", "b.test", "good", 2},
		{"smtp 2001:db8:1::1\nsound example.com\nzone\n    B.test AAAA 2001:db8:1::1\n    c.test CNAME b.test\n", "2001:db8:1::1", "b.test", "good", 2},
		{"smtp 10.0.0.1\n    certificate a.test\nzone\n    b.test A 10.0.0.1\n    c.test A 10.0.0.1\n", "10.0.0.1", "a.test", "good", 2},
	} {
		got, state := mailChain(t, start(t, c.script), c.address, c.name)
		if !strings.Contains(got, c.want) || len(state.PeerCertificates) != c.sent {
			t.Errorf("%q: %s, %d certificates", c.script, got, len(state.PeerCertificates))
		}
	}
}

func TestVersionsOfMailServers(t *testing.T) {
	for word, want := range map[string]uint16{"1.0": tls.VersionTLS10, "1.2": tls.VersionTLS12} {
		l := start(t, "sound example.com\nsmtp 192.0.2.11\n    tls "+word+"\n")
		if _, state := mailChain(t, l, "192.0.2.11", "mx1.example.com"); state.Version != want {
			t.Errorf("tls %s: %#x", word, state.Version)
		}
	}
}

// A server without a name of its own greets with its address.
func TestNamelessMailServers(t *testing.T) {
	l := start(t, "smtp 10.0.0.1 2001:db8::1\n    certificate *.a.test\n")
	call(t, l, "10.0.0.1").expect("220 [10.0.0.1] ESMTP", "HELO a", "250 [10.0.0.1]")
	call(t, l, "2001:db8::1").expect("220 [IPv6:2001:db8::1] ESMTP")
}

// One scene at one time shows the same certificates; a day later, the same keys.
func TestCertificatesAreTheSameInEachRun(t *testing.T) {
	scene, err := lab.Parse("sound example.com\nsmtp 192.0.2.12\n    certificate untrusted")
	if err != nil {
		t.Fatal(err)
	}
	chains := func(at time.Time) (list []*x509.Certificate) {
		l, err := lab.Start(scene, func() time.Time { return at })
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		for _, address := range []string{"192.0.2.11", "192.0.2.12", "2001:db8::12"} {
			_, state := mailChain(t, l, address, "")
			list = append(list, state.PeerCertificates...)
		}
		return list
	}
	today, again, later := chains(now), chains(now), chains(now.AddDate(0, 0, 1))
	keys := map[string]bool{}
	for i, c := range today {
		if !c.Equal(again[i]) || c.Equal(later[i]) || !bytes.Equal(c.RawSubjectPublicKeyInfo, later[i].RawSubjectPublicKeyInfo) {
			t.Errorf("certificate %d: %s", i, c.Subject)
		}
		keys[string(c.RawSubjectPublicKeyInfo)] = true
	}
	if len(today) != 7 || len(keys) != 6 { // the intermediate of the lab is sent twice
		t.Errorf("%d certificates, %d keys", len(today), len(keys))
	}
}

func TestCloseEndsMailServers(t *testing.T) {
	l := start(t, `
sound example.com
smtp 192.0.2.11
    fault silent
smtp 192.0.2.12
    fault drip
smtp 2001:db8::11
    fault handshake-silent
smtp 192.0.2.1
    certificate a.test
    fault flood
smtp 192.0.2.2
    certificate a.test
    greeting-delay 10m
`)
	clients := map[string]*client{}
	for _, address := range []string{"192.0.2.11", "192.0.2.12", "2001:db8::11", "2001:db8::12", "192.0.2.1", "192.0.2.2"} {
		clients[address] = call(t, l, address)
	}
	clients["2001:db8::11"].expect(greeting1, "STARTTLS", ready)
	clients["2001:db8::12"].expect("220 mx2.example.com ESMTP")
	began := time.Now()
	l.Close()
	between(t, "closing", time.Since(began), 0, far)
	for address, c := range clients {
		if _, err := io.Copy(io.Discard, c.conn); err != nil && !platform.Is(err, syscall.ECONNRESET) {
			t.Errorf("%s: %v", address, err)
		}
	}
}
