package lab_test

import (
	"bufio"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/netip"
	"strings"
	"testing"

	"mtasts/internal/lab"
)

// client is one raw SMTP conversation.
type client struct {
	testing.TB
	conn net.Conn
	in   *bufio.Reader
}

// call connects to port 25 of an address.
func call(t testing.TB, l *lab.Lab, address string) *client {
	t.Helper()
	conn := dial(t, l, "tcp", net.JoinHostPort(address, "25"))
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
		if len(line) < 4 || line[3] != '-' {
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
