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
)

// Faults of web servers beside those of the dialler, as in the script.
const (
	faultTarpit    = "tarpit"
	faultPlaintext = "plaintext"
	faultReset     = "reset"
	faultAlert     = "alert"
)

func siteFaults() []string {
	return append(dialFaults(), faultTarpit, faultPlaintext, faultReset, faultAlert)
}

// webServer is a running site.
type webServer struct {
	config *tls.Config
	mu     sync.Mutex // guards the pages
	site   *site
}

func newWebServer(st *site, ca *authorities) (*webServer, error) {
	w := &webServer{site: st}
	if !st.speaksTLS() {
		return w, nil
	}
	var err error
	w.config, err = st.config(ca)
	return w, err
}

// serve deals with one connection until it is over.
func (w *webServer) serve(ctx context.Context, conn net.Conn) {
	switch w.site.fault {
	case faultTarpit:
		drain(conn)
	case faultReset:
		breakOff(conn)
	case faultPlaintext:
		firstBytes(conn)
		hangUp(conn, "HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain\r\nConnection: close\r\n\r\n"+
			"400 The plain HTTP request was sent to HTTPS port\n")
	case faultAlert:
		refuseTLS(conn)
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
