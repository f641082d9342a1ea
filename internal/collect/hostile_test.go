package collect

import (
	"bufio"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"mtasts/internal/fact"
)

// kilo is as many octets.
var kilo = strings.Repeat("x", 1<<10)

// forever writes the same until the peer is gone.
func forever(c io.Writer, text string) {
	for {
		if _, err := io.WriteString(c, text); err != nil {
			return
		}
	}
}

// drip writes an octet at a time until the peer is gone: it never falls silent.
func drip(c io.Writer, text string) {
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for i := 0; ; i++ {
		if _, err := io.WriteString(c, text[i%len(text):][:1]); err != nil {
			return
		}
		<-tick.C
	}
}

// An attack is a web server that means ill: from the first octet on, or behind a handshake.
type attack struct {
	name   string
	open   func(net.Conn)               // in the clear
	secure func(*tls.Conn)              // where open is nil: after the handshake
	config func(*authority) *tls.Config // of that; nil: a sound one
	forge  *forgery                     // instead of both
}

// stand puts the attack at the web port of an address.
func (a attack) stand(w *world, address string, sound *tls.Config) {
	switch {
	case a.forge != nil:
		w.accepts(address, forging(sound, a.forge.version, a.forge.do))
	case a.open != nil:
		w.accepts(address, a.open)
	case a.config != nil:
		w.secure(address, a.config(w.ca), a.secure)
	default:
		w.secure(address, sound, a.secure)
	}
}

// answers reads a request, and answers with a head and what makes up the rest.
func answers(head string, rest func(io.Writer)) func(*tls.Conn) {
	return func(c *tls.Conn) {
		if _, err := http.ReadRequest(bufio.NewReader(c)); err == nil {
			_, _ = io.WriteString(c, head)
			rest(c)
		}
	}
}

func endless(text string) func(io.Writer)  { return func(c io.Writer) { forever(c, text) } }
func dripping(text string) func(io.Writer) { return func(c io.Writer) { drip(c, text) } }

// hostile are all of them.
func hostile() []attack { return slices.Concat(hostileTLS(), hostileHTTP(), hostileForgers()) }

// hostileTLS are those that come no further than the handshake.
func hostileTLS() []attack {
	open := func(do func(io.Writer)) func(net.Conn) { return func(c net.Conn) { do(c) } }
	return []attack{
		{name: "silence", open: silent},
		{name: "reset", open: rst},
		{name: "endless noise", open: open(endless(kilo))},
		{name: "endless certificates", open: open(endless("\x16\x03\x03\x40\x00" + strings.Repeat("\x0b\x00\x3f\xff", 1<<12)))},
		{name: "endless warnings", open: open(endless("\x15\x03\x03\x00\x02\x01\x5a"))},
		{name: "endless change_cipher_spec", open: open(endless("\x14\x03\x03\x00\x01\x01"))},
		{name: "endless empty records", open: open(endless("\x16\x03\x03\x00\x00"))},
		{name: "dripping handshake", open: open(dripping("\x16\x03\x03\x40\x00\x02\x00\x3f\xff"))},
	}
}

// hostileHTTP are those that answer a request over TLS, or do not wait for one.
func hostileHTTP() []attack {
	chunked := "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n"
	list := map[string]func(*tls.Conn){
		"endless answer to nothing": func(c *tls.Conn) { forever(c, kilo) },
		"endless headers":           answers("HTTP/1.1 200 OK\r\n", endless("X: y\r\n")),
		"endless header":            answers("HTTP/1.1 200 OK\r\nX: ", endless(kilo)),
		"endless 103":               answers("", endless("HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n")),
		"endless 100":               answers("", endless("HTTP/1.1 100 Continue\r\n\r\n")),
		"dripping 100":              answers("", dripping("HTTP/1.1 100 Continue\r\n\r\n")),
		"endless body":              answers("HTTP/1.1 200 OK\r\n\r\n", endless(kilo)),
		"dripping body":             answers("HTTP/1.1 200 OK\r\n\r\n", dripping("x")),
		"endless chunks":            answers(chunked+"\r\n", endless("1\r\nx\r\n")),
		"endless chunk extension":   answers(chunked+"\r\n1;", endless(kilo)),
		"endless trailers":          answers(chunked+"Trailer: X\r\n\r\n0\r\n", endless("X: y\r\n")),
		"dripping long body":        answers("HTTP/1.1 200 OK\r\nContent-Length: 9223372036854775807\r\n\r\n", dripping("x")),
		"endless after 101":         answers("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n", endless(kilo)),
	}
	var attacks []attack
	for _, name := range slices.Sorted(maps.Keys(list)) {
		attacks = append(attacks, attack{name: name, secure: list[name]})
	}
	return attacks
}

// serversEnd is when hostile servers close connections, whatever they do: one that reads nothing may not hear
// of it that the client is gone.
const serversEnd = 5 * time.Second

func hostileWorld(t *testing.T, attacks []attack) *world {
	w := newWorld(t, "example.com. MX 0 .\n")
	w.until = serversEnd
	config := w.ca.config(policyHost)
	for i, a := range attacks {
		address := fmt.Sprintf("2001:db8::%x", i+1)
		if i%2 == 0 {
			address = fmt.Sprintf("192.0.2.%d", i+1)
			w.publish(policyHost + ". A " + address + "\n")
		} else {
			w.publish(policyHost + ". AAAA " + address + "\n")
		}
		a.stand(w, address, config)
	}
	return w
}

// TestHostileServers: whatever they do, a look ends in its time, each fetch with a bounded fact,
// and nothing is left running or open.
func TestHostileServers(t *testing.T) {
	for attacks := range slices.Chunk(hostile(), maxFetches) {
		survive(t, hostileWorld(t, attacks), checkHostile)
	}
}

// survive takes some looks at a world and holds what this process has at the end against the start.
func survive(t *testing.T, w *world, check func(t *testing.T, o *Observer, hasty bool)) {
	t.Helper()
	before := resources()
	n := w.network()
	n.Timeout, n.SMTPTimeout = 500*time.Millisecond, 500*time.Millisecond
	o, err := n.Open()
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	for i := range 4 {
		all.Go(func() { check(t, o, i == 3) })
	}
	all.Wait()
	o.Close()
	for end := time.Now().Add(30 * time.Second); resources().over(before) && time.Now().Before(end); {
		<-time.After(time.Millisecond)
	}
	if after := resources(); after.over(before) {
		t.Errorf("before: %+v, after: %+v", before, after)
	}
}

// timely is one look, which ends in its time; a hasty one is broken off.
func timely(t *testing.T, o *Observer, hasty bool) *fact.Observation {
	t.Helper()
	ctx := t.Context()
	if hasty {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, 50*time.Millisecond)
		defer cancel()
	}
	begun := time.Now()
	seen := o.Observe(ctx, "example.com")
	if took := time.Since(begun); took > 10*time.Second { // without the limit it is for ever
		t.Errorf("a look took %s: %s", took, timings(seen))
	}
	return seen
}

// checkHostile takes one look; a hasty one is broken off.
func checkHostile(t *testing.T, o *Observer, hasty bool) {
	seen := timely(t, o, hasty)
	for _, f := range seen.Host.Fetches {
		size := len(f.Body)
		for _, h := range f.Header {
			size += len(h.Name) + len(h.Value)
		}
		if size > fact.BodyLimit+maxHeaderBytes || f.Fault == nil && f.Status == 0 && f.Skipped == "" {
			t.Errorf("%s: %d octets, status %d, fault %s", f.Address, size, f.Status, faultText(f.Fault))
		}
	}
}

// timings is where the time went.
func timings(o *fact.Observation) string {
	var b strings.Builder
	for _, a := range []fact.Answer{o.STS, o.TLSRPT, o.MX, o.Host.A, o.Host.AAAA} {
		fmt.Fprintf(&b, "%s %s %v, fault %s; ", a.Name, a.Type, time.Duration(a.TookMS), faultText(a.Fault))
	}
	for _, f := range o.Host.Fetches {
		fmt.Fprintf(&b, "%s %v, fault %s; ", f.Address, time.Duration(f.Timing.Total), faultText(f.Fault))
	}
	return b.String()
}

// used is what this process holds; files are counted where the system tells.
type used struct{ goroutines, files int }

// over tells that more is held than at another time; a peer may well have let go of something.
func (u used) over(other used) bool {
	return u.goroutines > other.goroutines || u.files > other.files
}

func resources() used {
	list, _ := os.ReadDir("/proc/self/fd")
	return used{runtime.NumGoroutine(), len(list)}
}
