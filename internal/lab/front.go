package lab

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"time"
)

// Faults that keep a client from any server; those who dial see them.
const (
	faultBlackhole = "blackhole"
	faultNoRoute   = "no-route"
)

func dialFaults() []string { return []string{faultRefused, faultBlackhole, faultNoRoute} }

const (
	// maxRequest bounds what is read of a client that is listened to.
	maxRequest = 64 << 10
	// maxDrain bounds what is read of a client to whom nothing more is said.
	maxDrain = 1 << 20
)

// front is what the servers of web and mail have in common.
type front struct {
	fault string
	tls   uint16 // the highest version; 0 stands for 1.3
	home  string // the name of a certificate that names none
	cert  certificate
}

func newFront() front { return front{cert: certificate{days: defaultDays}} }

// frontWord reads a word that all servers share; nil where it is none of them.
func frontWord(word, rest string, faults []string) (func(*front), error) {
	switch word {
	case "fault":
		fault, err := parseFault(rest, faults)
		return func(f *front) { f.fault = fault }, err
	case "tls":
		version, err := parseVersion(rest)
		return func(f *front) { f.tls = version }, err
	case "certificate":
		c, err := parseCertificate(strings.Fields(rest))
		return func(f *front) { f.cert = c }, err
	}
	return nil, nil
}

// parseFault is a fault of a server; none is the empty word.
func parseFault(word string, faults []string) (string, error) {
	if word == "none" {
		return "", nil
	}
	if !slices.Contains(faults, word) {
		return "", fmt.Errorf("unknown fault %q", word)
	}
	return word, nil
}

func parseVersion(word string) (uint16, error) {
	versions := map[string]uint16{
		"1.0": tls.VersionTLS10, "1.1": tls.VersionTLS11, "1.2": tls.VersionTLS12, "1.3": tls.VersionTLS13,
	}
	v, ok := versions[word]
	if !ok {
		return 0, fmt.Errorf("unknown version %q of TLS", word)
	}
	return v, nil
}

// named tells that there is a name for the certificate.
func (f *front) named() bool { return f.home != "" || len(f.cert.names) > 0 }

// certificate is the one that is shown, with its names.
func (f *front) certificate() certificate {
	c := f.cert
	if len(c.names) == 0 {
		c.names = []string{f.home}
	}
	return c
}

// config is the server's side of TLS.
func (f *front) config(ca *authorities) (*tls.Config, error) {
	made, err := ca.issue(f.certificate())
	lowest, highest := f.versions()
	return &tls.Config{
		Certificates:           []tls.Certificate{made.sent},
		MinVersion:             lowest,
		MaxVersion:             highest,
		SessionTicketsDisabled: true, // every check sees a whole handshake
	}, err
}

// versions of TLS that the server speaks. One that speaks no 1.2 is old all through.
func (f *front) versions() (lowest, highest uint16) {
	switch {
	case f.tls == 0:
		return tls.VersionTLS12, tls.VersionTLS13
	case f.tls < tls.VersionTLS12:
		return tls.VersionTLS10, f.tls
	}
	return tls.VersionTLS12, f.tls
}

// breakOff waits for the client's first bytes, and makes the close that follows a reset.
func breakOff(conn net.Conn) {
	firstBytes(conn)
	if c, ok := conn.(*net.TCPConn); ok {
		_ = c.SetLinger(0)
	}
}

// refuseTLS answers a ClientHello with the alert handshake_failure.
func refuseTLS(conn net.Conn) {
	firstBytes(conn)
	// A TLS record: alert (21), version 3.3, two bytes: fatal (2), handshake_failure (40).
	hangUp(conn, "\x15\x03\x03\x00\x02\x02\x28")
}

// firstBytes waits for what the client says first, a ClientHello as a rule.
func firstBytes(conn net.Conn) {
	_, _ = conn.Read(make([]byte, maxRequest))
}

// hangUp says a last word and waits until the client has gone, so that no reset overtakes it.
func hangUp(conn net.Conn, text string) {
	_, _ = io.WriteString(conn, text)
	if c, ok := conn.(*net.TCPConn); ok {
		_ = c.CloseWrite()
	}
	drain(conn)
}

// drain reads in silence until the client or the lab ends the connection.
func drain(conn net.Conn) {
	_, _ = io.Copy(io.Discard, io.LimitReader(conn, maxDrain))
}

// pause waits; false where the context ended first.
func pause(ctx context.Context, d time.Duration) bool {
	if d <= 0 {
		return ctx.Err() == nil
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}
