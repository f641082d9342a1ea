package main

import (
	"bufio"
	"crypto/tls"
	"fmt"
	"io"
	"maps"
	"net"
	"os"
	"slices"
	"strings"
	"sync"
	"time"
)

// mail is all MX hosts. They answer at once and in the best manner: what is counted is connections.
type mail struct {
	authority   *authority
	mu          sync.Mutex
	connections map[string]int // by address
}

// serveMail listens at every address of 127.0.0.0/8: each domain that has its own MX hosts has its
// own addresses too.
func serveMail(a *authority) (*mail, error) {
	l, err := net.Listen("tcp4", "0.0.0.0:25")
	if err != nil {
		return nil, err
	}
	m := &mail{authority: a, connections: map[string]int{}}
	go m.accept(l)
	return m, nil
}

func (m *mail) accept(l net.Listener) {
	for {
		c, err := l.Accept()
		if err != nil {
			return
		}
		m.count(c.LocalAddr().(*net.TCPAddr).IP.String())
		go m.talk(c)
	}
}

func (m *mail) count(address string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.connections[address]++
}

// write tells of each address how often it was connected to.
func (m *mail) write(file string) error {
	time.Sleep(100 * time.Millisecond) // who is being accepted is counted too
	m.mu.Lock()
	defer m.mu.Unlock()
	var b strings.Builder
	for _, address := range slices.Sorted(maps.Keys(m.connections)) {
		fmt.Fprintf(&b, "%s %d\n", address, m.connections[address])
	}
	return os.WriteFile(file, []byte(b.String()), 0o644)
}

// talk is one conversation, up to QUIT.
func (m *mail) talk(c net.Conn) {
	defer c.Close()
	_ = c.SetDeadline(time.Now().Add(time.Minute))
	const name = "mx.fleet"
	lines, secure := bufio.NewReader(c), false
	say := func(s string) { _, _ = io.WriteString(c, s+"\r\n") }
	say("220 " + name + " ESMTP")
	for {
		line, err := lines.ReadString('\n')
		if err != nil {
			return
		}
		switch verb, _, _ := strings.Cut(strings.ToUpper(strings.TrimSpace(line)), " "); {
		case verb == "EHLO" && secure:
			say("250-" + name + "\r\n250 8BITMIME")
		case verb == "EHLO":
			say("250-" + name + "\r\n250-8BITMIME\r\n250 STARTTLS")
		case verb == "STARTTLS" && !secure:
			say("220 go on")
			c, secure = tls.Server(c, &tls.Config{GetCertificate: m.certificate}), true
			lines = bufio.NewReader(c)
		case verb == "QUIT":
			say("221 bye")
			return
		default:
			say("502 no")
		}
	}
}

// certificate is one for all names of a provider, and a certificate of its own for each other host.
func (m *mail) certificate(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
	name := hello.ServerName
	for _, p := range providers() {
		zone := p.name
		if p.perCustomer {
			zone = "mail." + zone
		}
		if strings.HasSuffix(name, "."+zone) {
			return m.authority.certificate("*."+zone, false)
		}
	}
	if name == "" {
		name = "mx.fleet"
	}
	return m.authority.certificate(name, false)
}
