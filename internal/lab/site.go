package lab

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
	"time"
)

// Faults of servers, as in the script. The first three are seen by whoever dials; behind the
// others there is a server.
const (
	faultBlackhole = "blackhole"
	faultNoRoute   = "no-route"
	faultTarpit    = "tarpit"
	faultPlaintext = "plaintext"
	faultReset     = "reset"
	faultAlert     = "alert"
)

func serverFaults() []string {
	return []string{
		faultRefused, faultBlackhole, faultNoRoute,
		faultTarpit, faultPlaintext, faultReset, faultAlert,
	}
}

const (
	// maxRequest bounds what is read of a request.
	maxRequest = 64 << 10
	// maxDrain bounds what is read of a client to whom nothing more is said.
	maxDrain = 1 << 20
)

// webServer is a running site.
type webServer struct {
	config *tls.Config
	mu     sync.Mutex // guards the pages
	site   *site
}

func newWebServer(st *site, issue func(certificate) (tls.Certificate, error)) (*webServer, error) {
	w := &webServer{site: st}
	if !st.speaksTLS() {
		return w, nil
	}
	c := st.cert
	if len(c.names) == 0 {
		c.names = []string{st.home}
	}
	made, err := issue(c)
	lowest, highest := st.versions()
	w.config = &tls.Config{
		Certificates:           []tls.Certificate{made},
		MinVersion:             lowest,
		MaxVersion:             highest,
		SessionTicketsDisabled: true, // every check sees a whole handshake
	}
	return w, err
}

// versions of TLS that the site speaks. One that speaks no 1.2 is old all through.
func (st *site) versions() (lowest, highest uint16) {
	switch {
	case st.tls == 0:
		return tls.VersionTLS12, tls.VersionTLS13
	case st.tls < tls.VersionTLS12:
		return tls.VersionTLS10, st.tls
	}
	return tls.VersionTLS12, st.tls
}

// serve deals with one connection until it is over.
func (w *webServer) serve(ctx context.Context, conn net.Conn) {
	switch w.site.fault {
	case faultTarpit:
		drain(conn)
	case faultReset:
		firstBytes(conn)
		if c, ok := conn.(*net.TCPConn); ok {
			_ = c.SetLinger(0) // makes the close a reset
		}
	case faultPlaintext:
		firstBytes(conn)
		hangUp(conn, "HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain\r\nConnection: close\r\n\r\n"+
			"400 The plain HTTP request was sent to HTTPS port\n")
	case faultAlert:
		firstBytes(conn)
		// A TLS record: alert (21), version 3.3, two bytes: fatal (2), handshake_failure (40).
		hangUp(conn, "\x15\x03\x03\x00\x02\x02\x28")
	default:
		w.serveTLS(ctx, conn)
	}
}

func (w *webServer) serveTLS(ctx context.Context, conn net.Conn) {
	c := tls.Server(conn, w.config)
	if c.HandshakeContext(ctx) != nil {
		hangUp(conn, "")
		return
	}
	request, err := http.ReadRequest(bufio.NewReader(io.LimitReader(c, maxRequest)))
	if err != nil {
		return
	}
	p := w.find(request.URL.Path)
	if !pause(ctx, p.delay) {
		return
	}
	text := p.bytes()
	if p.cut {
		// Without close_notify, so that TLS tells of it too.
		_, _ = c.Write(text[:len(text)-(len(p.body)+1)/2])
		return
	}
	if _, err := c.Write(text); err == nil {
		_ = c.Close()
	}
}

// find is the answer to a path.
func (w *webServer) find(path string) page {
	w.mu.Lock()
	defer w.mu.Unlock()
	if p := w.site.pages[path]; p != nil {
		return *p.clone()
	}
	p := newPage()
	p.status, p.body = "404 Not Found", []byte("404 page not found\n")
	return *p
}

// publish puts a body under a path, as an administrator does who uploads a file: the page
// answers 200 with it and points nowhere else; its other headers stay.
func (w *webServer) publish(path, body string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	p := w.site.page(path)
	p.status, p.body, p.cut = "200 OK", []byte(body), false
	p.removeHeader("Location")
}

// bytes is the answer as it is sent.
func (p page) bytes() []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "HTTP/1.1 %s\r\n", p.status)
	for _, f := range p.header {
		if f.length {
			f.value = fmt.Sprint(len(p.body))
		}
		fmt.Fprintf(&b, "%s: %s\r\n", f.name, f.value)
	}
	b.WriteString("\r\n")
	b.Write(p.body)
	return b.Bytes()
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
