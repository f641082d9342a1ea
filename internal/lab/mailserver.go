package lab

import (
	"bufio"
	"context"
	"crypto/tls"
	"io"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"
)

// Faults of mail servers beside those of the dialler, as in the script: instead of the greeting,
// and where TLS was to begin.
const (
	faultSilent = "silent"
	faultHangUp = "hangup"
	faultFlood  = "flood"
	faultBabble = "babble"
	faultDrip   = "drip"

	faultGarbage  = "garbage"
	faultInject   = "inject"
	faultNoTLS    = "handshake-plaintext"
	faultTLSReset = "handshake-reset"
	faultTLSAlert = "handshake-alert"
	faultTLSMute  = "handshake-silent"
)

func mailFaults() []string {
	return append(dialFaults(),
		faultSilent, faultHangUp, faultFlood, faultBabble, faultDrip,
		faultGarbage, faultInject, faultNoTLS, faultTLSReset, faultTLSAlert, faultTLSMute)
}

const (
	// maxCommand bounds a line of a client; RFC 5321 §4.5.3.1.4 wants 512 bytes at least.
	maxCommand = 2 << 10
	// maxFlood is an endless greeting for anybody who has a limit.
	maxFlood = 8 << 20
	// maxTalks is how many conversations are remembered.
	maxTalks = 10_000
)

// mailServer is a running exchanger.
type mailServer struct {
	*exchanger
	name   string // that it says it has
	config *tls.Config

	mu    sync.Mutex // guards heard
	heard [][]string // what was said in each conversation
}

func newMailServer(at netip.Addr, x *exchanger, ca *authorities) (*mailServer, error) {
	m := &mailServer{exchanger: x, name: x.home}
	if m.name == "" {
		m.name = literal(at)
	}
	if !x.speaksTLS() {
		return m, nil
	}
	var err error
	m.config, err = x.config(ca)
	return m, err
}

// literal is an address where a host name would stand (RFC 5321 §4.1.3).
func literal(a netip.Addr) string {
	if a.Is4() {
		return "[" + a.String() + "]"
	}
	return "[IPv6:" + a.String() + "]"
}

// serve deals with one connection until it is over.
func (m *mailServer) serve(ctx context.Context, conn net.Conn) {
	t := m.meet(conn)
	if !pause(ctx, m.delay) {
		return
	}
	switch m.fault {
	case faultSilent:
		drain(conn)
	case faultHangUp:
		hangUp(conn, "")
	case faultFlood:
		m.flood(conn)
	case faultBabble:
		_, _ = io.WriteString(conn, "SSH-2.0-OpenSSH_9.2p1\r\n")
		drain(conn)
	case faultDrip:
		m.drip(ctx, conn)
	default:
		t.run(ctx)
	}
}

// endless is a line of a greeting that has no last one.
func (m *mailServer) endless() string { return "220-" + m.name + " and so on\r\n" }

func (m *mailServer) flood(conn net.Conn) {
	lines := strings.Repeat(m.endless(), 100)
	for sent := 0; sent < maxFlood; sent += len(lines) {
		if _, err := io.WriteString(conn, lines); err != nil {
			return
		}
	}
	drain(conn)
}

// drip sends the endless greeting a byte at a time.
func (m *mailServer) drip(ctx context.Context, conn net.Conn) {
	for {
		for _, b := range []byte(m.endless()) {
			if _, err := conn.Write([]byte{b}); err != nil || !pause(ctx, time.Second) {
				return
			}
		}
	}
}

// meet begins a conversation.
func (m *mailServer) meet(conn net.Conn) *talk {
	m.mu.Lock()
	defer m.mu.Unlock()
	t := &talk{mailServer: m, raw: conn, number: len(m.heard)}
	t.over(conn)
	if t.number < maxTalks {
		m.heard = append(m.heard, nil)
	}
	return t
}

// note remembers what a client said.
func (t *talk) note(what string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.number < maxTalks {
		t.heard[t.number] = append(t.heard[t.number], what)
	}
}

// over makes the conversation go on over a connection; what was sent ahead is forgotten, as
// RFC 3207 §4.2 wants it.
func (t *talk) over(conn net.Conn) {
	t.conn, t.in = conn, bufio.NewReaderSize(io.LimitReader(conn, maxRequest), maxCommand)
}

// InTLS stands in [Lab.Conversations] where a handshake was completed.
const InTLS = "(TLS)"

// Conversations are what the mail server of an address has heard so far: one entry a connection,
// in the order of their beginnings, and in it the commands as they came, without line ends, and
// [InTLS]. None where the scene has no mail server.
func (l *Lab) Conversations(at netip.Addr) [][]string {
	m := l.mail[at]
	if m == nil {
		return nil
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	var list [][]string
	for _, commands := range m.heard {
		list = append(list, slices.Clone(commands))
	}
	return list
}
