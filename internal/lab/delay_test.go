package lab_test

import (
	"errors"
	"io"
	"net"
	"os"
	"testing"
	"time"

	"github.com/miekg/dns"

	"mtasts/internal/lab"
)

const rtt = 60 * time.Millisecond

// far is generous: what takes one or two round trips is well below it on a busy machine.
const far = 10 * time.Second

func between(t *testing.T, what string, took, least, most time.Duration) {
	t.Helper()
	if took < least || took > most {
		t.Errorf("%s took %s, not %s to %s", what, took, least, most)
	}
}

func TestRoundTripsOfAFetch(t *testing.T) {
	l := start(t, "sound example.com\nrtt 60ms\n")
	began := time.Now()
	ask(t, l, "udp", "example.com", "MX")
	between(t, "DNS over UDP", time.Since(began), rtt, far)

	began = time.Now()
	ask(t, l, "tcp", "example.com", "MX")
	between(t, "DNS over TCP", time.Since(began), 2*rtt, far)

	began = time.Now()
	text, err := raw(t, l, "192.0.2.10:443", policyPath)
	if err != nil || text == "" {
		t.Fatal(err)
	}
	between(t, "TCP, TLS 1.3, HTTP", time.Since(began), 3*rtt, far)
}

// A greeting, a reply and a flight of TLS cost one round trip each.
func TestRoundTripsOfAConversation(t *testing.T) {
	l := start(t, "sound example.com\nrtt 60ms\nsmtp 192.0.2.12\n    tls 1.2\n")
	for address, handshake := range map[string]time.Duration{"192.0.2.11": rtt, "192.0.2.12": 2 * rtt} {
		var c *client
		for _, step := range []struct {
			what  string
			least time.Duration
			do    func()
		}{
			{"connecting", rtt, func() { c = call(t, l, address) }},
			{"the greeting", 0, func() { c.reply() }}, // may have come while the test was slow
			{"EHLO", rtt, func() { c.says("EHLO a") }},
			{"STARTTLS", rtt, func() { c.says("STARTTLS") }},
			{"TLS", handshake, func() { _, _ = c.secure() }},
			{"EHLO over TLS", rtt, func() { c.goesOn("NOOP", "250 OK") }},
		} {
			began := time.Now()
			step.do()
			between(t, address+": "+step.what, time.Since(began), step.least, far)
		}
	}
	began := time.Now()
	call(t, l, "192.0.2.11").expect(greeting1)
	between(t, "connecting and the greeting", time.Since(began), 2*rtt, far)
}

// Twenty questions on one socket take about one round trip, not twenty.
func TestQuestionsDoNotWaitForEachOther(t *testing.T) {
	const slow = 300 * time.Millisecond
	l := start(t, "sound example.com\nrtt 300ms\n")
	c := &dns.Conn{Conn: dial(t, l, "udp", "192.0.2.53:53")}
	began := time.Now()
	for range 20 {
		if err := c.WriteMsg(new(dns.Msg).SetQuestion("example.com.", dns.TypeMX)); err != nil {
			t.Fatal(err)
		}
	}
	for range 20 {
		if _, err := c.ReadMsg(); err != nil {
			t.Fatal(err)
		}
	}
	between(t, "20 questions", time.Since(began), slow, 10*slow)
}

// echo is a loopback server that says hello and then sends back what it gets.
func echo(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	go func() {
		for {
			c, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				_, _ = io.WriteString(c, "hello")
				_, _ = io.Copy(c, c)
			}()
		}
	}()
	return listener.Addr().String()
}

func slowEcho(t *testing.T, rtt time.Duration) net.Conn {
	t.Helper()
	began := time.Now()
	c, err := lab.Delay((&net.Dialer{}).DialContext, rtt)(t.Context(), "tcp", echo(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	between(t, "connecting", time.Since(began), rtt, far)
	return c
}

func readAll(t *testing.T, c net.Conn, n int) string {
	t.Helper()
	text := make([]byte, n)
	if _, err := io.ReadFull(c, text); err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestDelayOfAStream(t *testing.T) {
	c := slowEcho(t, rtt)
	readAll(t, c, 5)
	began := time.Now()
	for _, word := range []string{"one", "two", "three"} {
		if _, err := io.WriteString(c, word); err != nil {
			t.Fatal(err)
		}
	}
	if got := readAll(t, c, 3) + readAll(t, c, 8); got != "onetwothree" {
		t.Errorf("%q", got)
	}
	between(t, "three words behind each other", time.Since(began), rtt, far)
}

// A deadline that comes before the answer is a time-out and loses nothing of the answer.
func TestDeadlineLosesNothing(t *testing.T) {
	c := slowEcho(t, 5*rtt)
	_ = c.SetReadDeadline(time.Now().Add(rtt / 10))
	n, err := c.Read(make([]byte, 9))
	var timeout net.Error
	if n != 0 || !errors.Is(err, os.ErrDeadlineExceeded) || !errors.As(err, &timeout) || !timeout.Timeout() {
		t.Errorf("%d %v", n, err)
	}
	_ = c.SetReadDeadline(time.Time{})
	if got := readAll(t, c, 5); got != "hello" {
		t.Errorf("%q", got)
	}
}

// A reader that waits feels a deadline set meanwhile, and the close.
func TestWaitingReaders(t *testing.T) {
	for want, end := range map[error]func(net.Conn){
		os.ErrDeadlineExceeded: func(c net.Conn) { _ = c.SetDeadline(time.Unix(1, 0)) },
		net.ErrClosed:          func(c net.Conn) { _ = c.Close() },
	} {
		c := slowEcho(t, time.Millisecond)
		readAll(t, c, 5)
		got := make(chan error)
		go func() {
			_, err := c.Read(make([]byte, 1))
			got <- err
		}()
		end(c)
		if err := <-got; !errors.Is(err, want) {
			t.Errorf("got %v, want %v", err, want)
		}
	}
}

func TestEndOfASlowStream(t *testing.T) {
	c := slowEcho(t, time.Millisecond)
	readAll(t, c, 5)
	l := start(t, "sound example.com\nrtt 1ms\nhttps 192.0.2.10\n    fault reset\n")
	r := dial(t, l, "tcp", "192.0.2.10:443")
	if _, err := io.WriteString(r, "x"); err != nil {
		t.Fatal(err)
	}
	for range 2 { // the error stays
		if _, err := r.Read(make([]byte, 1)); err == nil {
			t.Error("no error")
		}
	}
}
