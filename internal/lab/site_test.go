package lab_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"mtasts/internal/lab"
	"mtasts/internal/platform"
)

// clientTLS accepts any certificate and any version.
func clientTLS() *tls.Config {
	return &tls.Config{InsecureSkipVerify: true, ServerName: "mta-sts.example.com", MinVersion: tls.VersionTLS10}
}

func handshake(t testing.TB, l *lab.Lab, address string) *tls.Conn {
	t.Helper()
	c := tls.Client(dial(t, l, "tcp", address), clientTLS())
	if err := c.HandshakeContext(t.Context()); err != nil {
		t.Fatal(err)
	}
	return c
}

func send(t testing.TB, c net.Conn, path string) {
	t.Helper()
	if _, err := fmt.Fprintf(c, "GET %s HTTP/1.1\r\nHost: mta-sts.example.com\r\n\r\n", path); err != nil {
		t.Fatal(err)
	}
}

// raw is all that comes as answer, up to the end of the connection.
func raw(t testing.TB, l *lab.Lab, address, path string) (string, error) {
	t.Helper()
	c := handshake(t, l, address)
	send(t, c, path)
	text, err := io.ReadAll(c)
	return string(text), err
}

const policyPath = "/.well-known/mta-sts.txt"

func TestPolicyOverNetHTTP(t *testing.T) {
	l := start(t, "sound example.com")
	for _, address := range []string{"192.0.2.10:443", "[2001:db8::10]:443"} {
		transport := &http.Transport{
			DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
				return l.Dial(ctx, network, address)
			},
			TLSClientConfig: &tls.Config{RootCAs: l.Roots(), Time: clock},
		}
		t.Cleanup(transport.CloseIdleConnections)
		response, err := (&http.Client{Transport: transport}).Get("https://mta-sts.example.com" + policyPath)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(response.Body)
		response.Body.Close()
		want := "version: STSv1\nmode: enforce\nmx: mx1.example.com\nmx: mx2.example.com\nmax_age: 1209600\n"
		if err != nil || string(body) != want || response.StatusCode != 200 || response.Header.Get("Content-Type") != "text/plain" {
			t.Errorf("%v %v %q", err, response, body)
		}
		if response.TLS.Version != tls.VersionTLS13 {
			t.Errorf("TLS version %#x", response.TLS.Version)
		}
	}
}

func TestAnswersAreSentAsWritten(t *testing.T) {
	l := start(t, `
sound example.com
https 192.0.2.10 2001:db8::10
    status 301
    header location: https://example.com/
https 192.0.2.10
    status 299 Quite Odd
    header content-type: text/html
    header Set-Cookie: a=b
    header Set-Cookie: c=d
    header -Connection
    body
        <p>
          # text

        </p>

    at /other
    header -Content-Length
    body-quoted "\xef\xbb\xbf\r"
    append "!"
    append 2 "ab"
`)
	for _, c := range []struct{ address, path, want string }{
		{
			"192.0.2.10:443", policyPath,
			"HTTP/1.1 299 Quite Odd\r\nContent-Length: 19\r\nlocation: https://example.com/\r\ncontent-type: text/html\r\n" +
				"Set-Cookie: a=b\r\nSet-Cookie: c=d\r\n\r\n<p>\n  # text\n\n</p>\n",
		},
		{"192.0.2.10:443", "/other", "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nConnection: close\r\n\r\n\xef\xbb\xbf\r!abab"},
		{
			"[2001:db8::10]:443", "/other",
			"HTTP/1.1 404 Not Found\r\nContent-Type: text/plain\r\nContent-Length: 19\r\nConnection: close\r\n\r\n404 page not found\n",
		},
		{
			"[2001:db8::10]:443", policyPath,
			"HTTP/1.1 301 Moved Permanently\r\nContent-Type: text/plain\r\nContent-Length: 86\r\nConnection: close\r\n" +
				"location: https://example.com/\r\n\r\n" +
				"version: STSv1\nmode: enforce\nmx: mx1.example.com\nmx: mx2.example.com\nmax_age: 1209600\n",
		},
	} {
		got, err := raw(t, l, c.address, c.path)
		if err != nil {
			t.Error(err)
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s %s: %s", c.address, c.path, diff)
		}
	}
}

func TestCut(t *testing.T) {
	l := start(t, "sound example.com\nhttps 192.0.2.10\n    cut\n")
	c := handshake(t, l, "192.0.2.10:443")
	send(t, c, policyPath)
	response, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if !errors.Is(err, io.ErrUnexpectedEOF) || len(body) == 0 || int64(len(body)) >= response.ContentLength {
		t.Errorf("%v %q", err, body)
	}
}

func TestDelay(t *testing.T) {
	l := start(t, "sound example.com\nhttps 192.0.2.10\n    delay 80ms\n")
	c := handshake(t, l, "192.0.2.10:443")
	began := time.Now()
	send(t, c, policyPath)
	if _, err := io.ReadAll(c); err != nil {
		t.Fatal(err)
	}
	if took := time.Since(began); took < 80*time.Millisecond {
		t.Errorf("an answer after %s", took)
	}
}

// verdict is what the standard verifier says of the chain as sent, against the lab's root.
func verdict(t *testing.T, l *lab.Lab, address string) (string, []*x509.Certificate) {
	t.Helper()
	chain := handshake(t, l, address).ConnectionState().PeerCertificates
	return judge(l, chain, "mta-sts.example.com"), chain
}

func judge(l *lab.Lab, chain []*x509.Certificate, name string) string {
	options := x509.VerifyOptions{
		Roots: l.Roots(), Intermediates: x509.NewCertPool(), CurrentTime: now, DNSName: name,
	}
	for _, c := range chain[1:] {
		options.Intermediates.AddCert(c)
	}
	if _, err := chain[0].Verify(options); err != nil {
		return err.Error()
	}
	return "good"
}

func TestCertificates(t *testing.T) {
	for _, c := range []struct {
		words, want string
		sent        int
	}{
		{"", "good", 2},
		{"*.example.com a.test", "good", 2},
		{"days 5", "good", 2},
		{"days 0", "good", 2},
		{"expired", "certificate has expired", 2},
		{"not-yet-valid", "is before 2026-02-03", 2},
		{"www.example.com", "valid for www.example.com, not mta-sts.example.com", 2},
		{"no-san", "legacy Common Name field", 2},
		{"self-signed", "unknown authority", 1},
		{"untrusted", "unknown authority", 3},
		{"incomplete", "unknown authority", 1},
		{"www.example.com expired incomplete", "expired", 1},
	} {
		l := start(t, "sound example.com\nhttps 192.0.2.10\n    certificate "+c.words+"\n")
		got, chain := verdict(t, l, "192.0.2.10:443")
		if !strings.Contains(got, c.want) || len(chain) != c.sent {
			t.Errorf("%q: %d certificates, %s", c.words, len(chain), got)
		}
	}
}

func TestCertificateDates(t *testing.T) {
	l := start(t, "sound example.com\nhttps 192.0.2.10\n    certificate days 5\nhttps 2001:db8::10\n    certificate expired self-signed a.test\n")
	_, chain := verdict(t, l, "192.0.2.10:443")
	if left := chain[0].NotAfter.Sub(now); left < 5*24*time.Hour || left > 5*24*time.Hour+2*time.Hour {
		t.Errorf("%s left", left)
	}
	_, chain = verdict(t, l, "[2001:db8::10]:443")
	if since := now.Sub(chain[0].NotAfter); since != 3*24*time.Hour {
		t.Errorf("expired %s ago", since)
	}
	if chain[0].Subject.String() != chain[0].Issuer.String() || chain[0].Subject.CommonName != "a.test" {
		t.Errorf("subject %s, issuer %s", chain[0].Subject, chain[0].Issuer)
	}
}

func TestTLSVersions(t *testing.T) {
	for word, want := range map[string]uint16{
		"1.0": tls.VersionTLS10, "1.1": tls.VersionTLS11, "1.2": tls.VersionTLS12, "1.3": tls.VersionTLS13,
	} {
		l := start(t, "sound example.com\nhttps 192.0.2.10\n    tls "+word+"\n")
		if got := handshake(t, l, "192.0.2.10:443").ConnectionState().Version; got != want {
			t.Errorf("tls %s: %#x", word, got)
		}
		if text, err := raw(t, l, "192.0.2.10:443", policyPath); err != nil || !strings.Contains(text, "STSv1") {
			t.Errorf("tls %s: %v %q", word, err, text)
		}
	}
}

// A client that insists on more than the server speaks gets the alert of RFC 8446 §6.2.
func TestProtocolVersionAlert(t *testing.T) {
	l := start(t, "sound example.com\nhttps 192.0.2.10\n    tls 1.1\n")
	config := clientTLS()
	config.MinVersion = tls.VersionTLS12
	err := tls.Client(dial(t, l, "tcp", "192.0.2.10:443"), config).HandshakeContext(t.Context())
	if err == nil || err.Error() != "remote error: tls: protocol version not supported" {
		t.Errorf("%v", err)
	}
}

func TestFaultsInTheHandshake(t *testing.T) {
	for fault, isIt := range map[string]func(error) bool{
		"plaintext": func(err error) bool {
			var r tls.RecordHeaderError
			return errors.As(err, &r) && string(r.RecordHeader[:]) == "HTTP/"
		},
		"reset":  func(err error) bool { return platform.Is(err, syscall.ECONNRESET) },
		"alert":  func(err error) bool { return err != nil && err.Error() == "remote error: tls: handshake failure" },
		"tarpit": func(err error) bool { return errors.Is(err, context.DeadlineExceeded) },
	} {
		l := start(t, "sound example.com\nhttps 192.0.2.10\n    fault "+fault+"\n")
		limit := 30 * time.Second
		if fault == "tarpit" {
			limit = 50 * time.Millisecond
		}
		ctx, cancel := context.WithTimeout(t.Context(), limit)
		t.Cleanup(cancel)
		err := tls.Client(dial(t, l, "tcp", "192.0.2.10:443"), clientTLS()).HandshakeContext(ctx)
		if !isIt(err) {
			t.Errorf("%s: %v", fault, err)
		}
		if err != nil && strings.Contains(err.Error(), "127.0.0.1") {
			t.Errorf("%s: loopback shows: %v", fault, err)
		}
		if _, err := raw(t, l, "[2001:db8::10]:443", policyPath); err != nil {
			t.Errorf("%s: the other address: %v", fault, err)
		}
	}
}

func TestANewHostTakesTheLastSoundName(t *testing.T) {
	l := start(t, "sound example.com\nhttps 198.51.100.7\n    body-quoted \"hi\"\nhttps 198.51.100.8 10.0.0.1\n")
	if got, _ := verdict(t, l, "198.51.100.7:443"); got != "good" {
		t.Error(got)
	}
	if text, err := raw(t, l, "198.51.100.7:443", policyPath); err != nil || !strings.HasSuffix(text, "\r\n\r\nhi") {
		t.Errorf("%v %q", err, text)
	}
	if text, err := raw(t, l, "10.0.0.1:443", policyPath); err != nil || !strings.HasPrefix(text, "HTTP/1.1 404 ") {
		t.Errorf("%v %q", err, text)
	}
}
