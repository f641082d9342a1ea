package collect

import (
	"bufio"
	"bytes"
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/tls"
	"encoding/binary"
	"encoding/hex"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"mtasts/internal/fact"
)

// A forger is a server that after a handshake sends records that no TLS library would.
type forger struct {
	raw    net.Conn
	conn   *tls.Conn // to read from
	v13    bool
	secret []byte // of TLS 1.3
	aead   cipher.AEAD
	iv     []byte
	count  uint64 // of the next record
}

// The content types of records (RFC 8446 §5.1).
const (
	alertRecord     = 21
	handshakeRecord = 22
	dataRecord      = 23
)

// forging shakes hands in a version of TLS, and leaves the rest to do.
func forging(config *tls.Config, version uint16, do func(*forger)) func(net.Conn) {
	return func(raw net.Conn) {
		sent, keys := &tap{Conn: raw}, &bytes.Buffer{}
		own := config.Clone()
		own.MinVersion, own.MaxVersion, own.SessionTicketsDisabled, own.KeyLogWriter = version, version, true, keys
		own.CipherSuites = []uint16{tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256}
		c := tls.Server(sent, own)
		if c.Handshake() != nil || !slices.Contains([]uint16{own.CipherSuites[0], tls.TLS_AES_128_GCM_SHA256}, c.ConnectionState().CipherSuite) {
			return
		}
		f := &forger{raw: raw, conn: c, v13: version == tls.VersionTLS13}
		if f.v13 {
			f.key13(logged(keys.String(), "SERVER_TRAFFIC_SECRET_0", 1))
		} else {
			f.key12(logged(keys.String(), "CLIENT_RANDOM", 1), sent.head[11:43], logged(keys.String(), "CLIENT_RANDOM", 0))
		}
		do(f)
	}
}

// tap keeps the first octets that are written: the server's random number is among them.
type tap struct {
	net.Conn
	head []byte
}

func (t *tap) Write(p []byte) (int, error) {
	t.head = append(t.head, p[:min(len(p), 64-len(t.head))]...)
	return t.Conn.Write(p)
}

// logged is a field of the line of that label in a key log.
func logged(log, label string, field int) []byte {
	for line := range strings.Lines(log) {
		if words := strings.Fields(line); words[0] == label {
			b, _ := hex.DecodeString(words[1+field])
			return b
		}
	}
	return nil
}

// key12 derives the server's keys from the master secret (RFC 5246 §6.3).
func (f *forger) key12(master, server, client []byte) {
	sum := func(text []byte) []byte {
		h := hmac.New(sha256.New, master)
		h.Write(text)
		return h.Sum(nil)
	}
	seed := slices.Concat([]byte("key expansion"), server, client)
	var block []byte
	for a := sum(seed); len(block) < 40; a = sum(a) {
		block = append(block, sum(slices.Concat(a, seed))...)
	}
	f.set(block[16:32], block[36:40])
	f.count = 1 // Finished was the first
}

// key13 derives them from a traffic secret (RFC 8446 §7.3).
func (f *forger) key13(secret []byte) {
	f.secret = secret
	f.set(f.expand("key", 16), f.expand("iv", 12))
	f.count = 0
}

// expand is HKDF-Expand-Label without a context (RFC 8446 §7.1).
func (f *forger) expand(label string, n int) []byte {
	label = "tls13 " + label
	b, _ := hkdf.Expand(sha256.New, f.secret, string([]byte{0, byte(n), byte(len(label))})+label+"\x00", n)
	return b
}

func (f *forger) set(key, iv []byte) {
	block, _ := aes.NewCipher(key)
	f.aead, _ = cipher.NewGCM(block)
	f.iv = iv
}

// record is one with that content (RFC 5246 §6.2.3.3, RFC 8446 §5.2).
func (f *forger) record(kind byte, content string) []byte {
	count := binary.BigEndian.AppendUint64(nil, f.count)
	f.count++
	if !f.v13 {
		header := binary.BigEndian.AppendUint16([]byte{kind, 3, 3}, uint16(8+len(content)+f.aead.Overhead()))
		known := binary.BigEndian.AppendUint16(append(slices.Clone(count), kind, 3, 3), uint16(len(content)))
		return f.aead.Seal(append(header, count...), slices.Concat(f.iv, count), []byte(content), known)
	}
	nonce := slices.Clone(f.iv)
	for i, b := range count {
		nonce[4+i] ^= b
	}
	header := binary.BigEndian.AppendUint16([]byte{dataRecord, 3, 3}, uint16(len(content)+1+f.aead.Overhead()))
	return f.aead.Seal(slices.Clone(header), nonce, append([]byte(content), kind), header)
}

// update is a KeyUpdate, behind which the keys are others (RFC 8446 §4.6.3); with answer, the client has
// to send one too.
func (f *forger) update(answer bool) []byte {
	r := f.record(handshakeRecord, "\x18\x00\x00\x01"+map[bool]string{true: "\x01", false: "\x00"}[answer])
	f.key13(f.expand("traffic upd", 32))
	return r
}

func (f *forger) send(records ...[]byte) bool {
	_, err := f.raw.Write(slices.Concat(records...))
	return err == nil
}

func (f *forger) request() bool {
	_, err := http.ReadRequest(bufio.NewReader(f.conn))
	return err == nil
}

// What a forger may send.
const (
	helloRequest = "\x00\x00\x00\x00" // RFC 5246 §7.4.1.1: let us negotiate again
	warning      = "\x01\x5a"         // user_canceled
	okHead       = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n"
)

// newTicket is a NewSessionTicket that allows early data (RFC 8446 §4.6.1).
const newTicket = "\x04\x00\x00\x17" + "\x00\x00\x0e\x10" + "\x00\x00\x00\x00" + "\x01\x00" + "\x00\x01x" + "\x00\x08\x00\x2a\x00\x04\xff\xff\xff\xff"

// flood sends the same over and over.
func flood(kind byte, content string) func(*forger) {
	return func(f *forger) {
		for f.send(f.record(kind, content)) {
		}
	}
}

// afterAsking does it when the request has come.
func afterAsking(do func(*forger)) func(*forger) {
	return func(f *forger) {
		if f.request() {
			do(f)
		}
	}
}

// forgery is something that a forger does, and what comes of it.
type forgery struct {
	name    string
	version uint16
	do      func(*forger)
	want    string // the fault
}

// thenPolicy sends something first, and then a sound answer.
func thenPolicy(records func(*forger) []byte) func(*forger) {
	return afterAsking(func(f *forger) {
		f.send(records(f), f.record(dataRecord, okHead+goodPolicy), f.record(alertRecord, "\x01\x00"))
	})
}

func forgeries() []forgery {
	const (
		useless            = "too many ignored records"
		wantsRenegotiation = "the server wants to negotiate TLS anew, for a client certificate as a rule"
	)
	renegotiation := func(f *forger) []byte { return f.record(handshakeRecord, helloRequest) }
	return []forgery{
		{"sound in 1.2", tls.VersionTLS12, thenPolicy(func(*forger) []byte { return nil }), "none"},
		{"sound in 1.3", tls.VersionTLS13, thenPolicy(func(*forger) []byte { return nil }), "none"},
		{"one warning", tls.VersionTLS12, thenPolicy(func(f *forger) []byte { return f.record(alertRecord, warning) }), "none"},
		{"one ticket", tls.VersionTLS13, thenPolicy(func(f *forger) []byte { return f.record(handshakeRecord, newTicket) }), "none"},
		{"one key update", tls.VersionTLS13, thenPolicy(func(f *forger) []byte { return f.update(true) }), "none"},
		{"renegotiation", tls.VersionTLS12, thenPolicy(renegotiation), "request: malformed: " + wantsRenegotiation},
		{"renegotiation first", tls.VersionTLS12, func(f *forger) { f.send(renegotiation(f)); thenPolicy(renegotiation)(f) }, "request: malformed: " + wantsRenegotiation},
		{"renegotiations", tls.VersionTLS12, flood(handshakeRecord, helloRequest), "request: malformed: " + wantsRenegotiation},
		{"warnings", tls.VersionTLS12, afterAsking(flood(alertRecord, warning)), "request: malformed: " + useless},
		{"empty records in 1.2", tls.VersionTLS12, afterAsking(flood(dataRecord, "")), "request: malformed: " + useless},
		{"empty records in 1.3", tls.VersionTLS13, afterAsking(flood(dataRecord, "")), "request: malformed: " + useless},
		{"tickets", tls.VersionTLS13, afterAsking(flood(handshakeRecord, newTicket)), "request: malformed: too many non-advancing records"},
		{"key updates", tls.VersionTLS13, afterAsking(func(f *forger) {
			for f.send(f.update(false)) {
			}
		}), "request: malformed: too many non-advancing records"},
	}
}

// hostileForgers are the forgeries that come to nothing, and one more.
func hostileForgers() []attack {
	attacks := []attack{{name: "gag", forge: &forgery{version: tls.VersionTLS13, do: gag}}}
	for _, f := range forgeries() {
		if f.want != "none" {
			attacks = append(attacks, attack{name: f.name, forge: &f})
		}
	}
	return attacks
}

// TestForgeries: what no TLS library sends ends a fetch soon, and long before its time is up.
func TestForgeries(t *testing.T) {
	for _, c := range forgeries() {
		t.Run(c.name, func(t *testing.T) {
			begun := time.Now()
			f := fetchOne(t, func(w *world) { w.accepts(at10, forging(w.ca.config(policyHost), c.version, c.do)) })
			if got := faultText(f.Fault); got != c.want || (f.Body == goodPolicy) != (c.want == "none") {
				t.Errorf("fault = %s\n   want %s", got, c.want)
			}
			if f.TLS == nil || f.TLS.Version != tls.VersionName(c.version) || f.TLS.Anchor == "" {
				t.Errorf("TLS = %+v", f.TLS)
			}
			if took := time.Since(begun); took > 15*time.Second {
				t.Errorf("it took %s", took)
			}
		})
	}
}

// gag has a client answer key updates that nobody reads, until it can send no more; a letter of the body now
// and then makes that look like progress.
func gag(f *forger) {
	if !f.request() {
		return
	}
	if tcp, ok := f.raw.(*net.TCPConn); ok {
		_ = tcp.SetReadBuffer(4 << 10)
	}
	for ok := f.send(f.record(dataRecord, okHead)); ok; {
		var burst [][]byte
		for range 12 {
			burst = append(burst, f.update(true))
		}
		ok = f.send(append(burst, f.record(dataRecord, "x"))...)
	}
}

// TestGag: a client that cannot send any more keeps its time all the same. Without the end that a fetch sets
// to what it writes, it hangs for ever.
func TestGag(t *testing.T) {
	w := newWorld(t, "mta-sts.example.com. A 192.0.2.10\n")
	w.accepts(at10, forging(w.ca.config(policyHost), tls.VersionTLS13, gag))
	narrow(w, hostPort(at10))
	done := make(chan fact.Fetch, 1)
	go func() { done <- w.observe(short).Host.Fetches[0] }()
	select {
	case f := <-done:
		if got := faultText(f.Fault); got != "read: timeout: no whole answer within 0.5 s" || f.Status != 200 {
			t.Errorf("status %d, fault %s", f.Status, got)
		}
	case <-time.After(20 * time.Second):
		t.Fatal("the fetch does not end")
	}
}

// narrow has little room for what is on its way to an endpoint.
func narrow(w *world, endpoint string) {
	open := w.at["tcp "+endpoint]
	w.at["tcp "+endpoint] = func(ctx context.Context) (net.Conn, error) {
		c, err := open(ctx)
		if tcp, ok := c.(*net.TCPConn); ok {
			_ = tcp.SetWriteBuffer(4 << 10)
		}
		return c, err
	}
}
