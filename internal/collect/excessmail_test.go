package collect

import (
	"bufio"
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"slices"
	"strings"
	"testing"
	"time"
)

// line waits for what the client says next.
func (f *forger) line() bool {
	_, err := bufio.NewReader(f.conn).ReadString('\n')
	return err == nil
}

// afterHello does it when EHLO has come over TLS.
func afterHello(do func(*forger)) func(*forger) {
	return func(f *forger) {
		if f.line() {
			do(f)
		}
	}
}

// thenReply sends something first, and then a sound reply.
func thenReply(records func(*forger) []byte) func(*forger) {
	return afterHello(func(f *forger) {
		f.send(records(f), f.record(dataRecord, "250 mx1\r\n"))
		f.line()
	})
}

// mailForgeries are those at the EHLO over TLS: what is done to a fetch, is done to a conversation.
func mailForgeries() []forgery {
	const malformed = "ehlo-tls: malformed: "
	nothing := func(*forger) []byte { return nil }
	return []forgery{
		{"sound in 1.2", tls.VersionTLS12, thenReply(nothing), "sound"},
		{"sound in 1.3", tls.VersionTLS13, thenReply(nothing), "sound"},
		{"one key update", tls.VersionTLS13, thenReply(func(f *forger) []byte { return f.update(true) }), "sound"},
		{"one ticket", tls.VersionTLS13, thenReply(func(f *forger) []byte { return f.record(handshakeRecord, newTicket) }), "sound"},
		{"renegotiations", tls.VersionTLS12, afterHello(flood(handshakeRecord, helloRequest)), malformed + "the server wants to negotiate TLS anew, for a client certificate as a rule"},
		{"warnings", tls.VersionTLS12, afterHello(flood(alertRecord, warning)), malformed + "too many ignored records"},
		{"empty records", tls.VersionTLS13, afterHello(flood(dataRecord, "")), malformed + "too many ignored records"},
		{"tickets", tls.VersionTLS13, afterHello(flood(handshakeRecord, newTicket)), malformed + "too many non-advancing records"},
		{"key updates", tls.VersionTLS13, afterHello(func(f *forger) {
			for f.send(f.update(false)) {
			}
		}), malformed + "too many non-advancing records"},
		{"gag", tls.VersionTLS13, gagMail, "ehlo-tls: timeout: no answer to EHLO over TLS within 0.5 s"},
	}
}

// gagMail has a client answer key updates that nobody reads.
func gagMail(f *forger) {
	if !f.line() {
		return
	}
	if tcp, ok := f.raw.(*net.TCPConn); ok {
		_ = tcp.SetReadBuffer(4 << 10)
	}
	for ok := f.send(f.record(dataRecord, "250-")); ok; {
		var burst [][]byte
		for range 12 {
			burst = append(burst, f.update(true))
		}
		ok = f.send(append(burst, f.record(dataRecord, "x"))...)
	}
}

// TestMailForgeries: what no TLS library sends ends a conversation, and the time is kept.
func TestMailForgeries(t *testing.T) {
	t.Parallel()
	for _, c := range mailForgeries() {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t, oneHost)
			w.forgeMail(at11, mx1, &c)
			narrow(w, net.JoinHostPort(at11, "25"))
			limit := func(*Network) {}
			if strings.Contains(c.want, "timeout") {
				limit = hasty
			}
			if got := inShort(w.probeOne(limit)); got != c.want {
				t.Errorf("probe = %s\n     want %s", got, c.want)
			}
		})
	}
}

// forgeMail puts a mail server there that does forgery after the handshake.
func (w *world) forgeMail(address, name string, f *forgery) {
	w.mail(address, name, map[string]step{"TLS": last(forging(w.ca.config(name), f.version, f.do))})
}

// TestExcessiveMailCertificates are kept in part, or refused, as at port 443.
func TestExcessiveMailCertificates(t *testing.T) {
	a := newAuthority(t)
	other := a.issue(a.root, "Other", asCA).cert.Raw
	for _, c := range []struct {
		name   string
		config *tls.Config
		kept   int
		want   string
	}{
		{"a hundred", a.chained(slices.Repeat([][]byte{other}, 100)...), maxChain, "sound"},
		{"16 MB", sends(a.issue(a.intermediate, "leaf", named(mx1), ofSize(16_000_000))), 0, "handshake: malformed: the handshake failed: handshake message of length 16000"},
	} {
		w := newWorld(t, oneHost)
		w.mail(at11, mx1, nil).config = c.config
		p := w.probeOne()
		if got := inShort(p); !strings.HasPrefix(got, c.want) || len(got) > 2*longest {
			t.Errorf("%s: %s", c.name, got)
		}
		if p.TLS != nil && len(p.TLS.Chain) != c.kept || (p.TLS != nil) != (c.kept > 0) {
			t.Errorf("%s: TLS = %+v", c.name, p.TLS)
		}
	}
}

// TestSlowOctets: a server that never falls silent has no more time than one that does, wherever it drips.
func TestSlowOctets(t *testing.T) {
	const within = " within 0.5 s"
	for at, want := range map[string]string{
		"greeting": "greet: timeout: no greeting" + within,
		"EHLO":     "ehlo: timeout: no answer to EHLO" + within,
		"STARTTLS": "starttls: timeout: no answer to STARTTLS" + within,
		"TLS":      "handshake: timeout: no TLS handshake" + within,
		"EHLO/TLS": "ehlo-tls: timeout: no answer to EHLO over TLS" + within,
	} {
		t.Run(at, func(t *testing.T) {
			t.Parallel()
			text := "250-mx1\r\n"
			switch at {
			case "greeting", "STARTTLS":
				text = "220-mx1\r\n"
			case "TLS":
				text = "\x16\x03\x03\x40\x00\x02\x00\x3f\xff"
			}
			w := newWorld(t, oneHost)
			w.mail(at11, mx1, map[string]step{at: last(func(c net.Conn) { drip(c, text) })})
			if got := inShort(w.probeOne(hasty)); got != want {
				t.Errorf("probe = %s\n     want %s", got, want)
			}
		})
	}
}

// TestAServerThatReadsNothing: where nothing that is said can be got rid of, the time is kept too, and at
// the end nobody waits to say goodbye.
func TestAServerThatReadsNothing(t *testing.T) {
	for reads, want := range []string{
		"ehlo: timeout: no answer to EHLO within 0.2 s",
		"starttls: timeout: no answer to STARTTLS within 0.2 s",
		"handshake: timeout: no TLS handshake within 0.2 s",
		"plain",
	} {
		w := newWorld(t, oneHost)
		w.at["tcp "+net.JoinHostPort(at11, "25")] = func(context.Context) (net.Conn, error) {
			here, there := net.Pipe()
			w.closed.Go(func() { readSome(there, reads) })
			w.t.Cleanup(func() { _ = there.Close() })
			return here, nil
		}
		done := make(chan string, 1)
		go func() { done <- inShort(w.probeOne(func(n *Network) { n.SMTPTimeout = 200 * time.Millisecond })) }()
		select {
		case got := <-done:
			if got != want {
				t.Errorf("%d lines are read: %s, want %s", reads, got, want)
			}
		case <-time.After(20 * time.Second):
			t.Fatalf("%d lines are read: the look does not end", reads)
		}
	}
}

// readSome is a server that reads so many lines, and nothing more; of the third, it has not offered any.
func readSome(c net.Conn, lines int) {
	in := bufio.NewReaderSize(c, 16)
	offer := "250 STARTTLS\r\n"
	if lines == 3 {
		lines, offer = 1, "250 SIZE\r\n"
	}
	answers := []string{"220 mx1\r\n", "250-mx1\r\n" + offer, "220 go\r\n"}
	for i := range lines + 1 {
		if _, err := fmt.Fprint(c, answers[i]); err != nil || i == lines {
			return
		}
		if _, err := in.ReadString('\n'); err != nil {
			return
		}
	}
}
