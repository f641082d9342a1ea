package resolve

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/miekg/dns"

	"mtasts/internal/fact"
)

// txtRecord is a TXT record of the name asked for, of so many strings of so many octets.
func txtRecord(count, size int) []byte {
	data := bytes.Repeat(append([]byte{byte(size)}, strings.Repeat("x", size)...), count)
	return append([]byte{0xc0, 12, 0, 16, 0, 1, 0, 0, 0, 60, byte(len(data) >> 8), byte(len(data))}, data...)
}

// mxRecord is an MX record of the name asked for; its host is a label before a pointer.
func mxRecord(label string, to int) []byte {
	data := append(append([]byte{0, 10, byte(len(label))}, label...), 0xc0|byte(to>>8), byte(to))
	return append([]byte{0xc0, 12, 0, 15, 0, 1, 0, 0, 0, 60, 0, byte(len(data))}, data...)
}

// longLabels are labels without an end, of octets that take four each as text.
func longLabels() []byte {
	return bytes.Repeat(append([]byte{60}, make([]byte, 60)...), 3)
}

// TestWeightOfAnAnswer: what a message may hold is bounded by what it becomes in memory. All that has a
// use is let through.
func TestWeightOfAnAnswer(t *testing.T) {
	check := func(what string, kind uint16, flood bool, count int, rest ...byte) {
		t.Helper()
		a, err := readAnswer(message("a.example", kind, [3]uint16{uint16(count)}, rest...), kind, "a.example", nil)
		if errors.Is(err, errFlood) != flood || !flood && (err != nil || len(a.records) == 0) {
			t.Errorf("%s: %d records, %v", what, len(a.records), err)
		}
	}
	check("as much text as fits", dns.TypeTXT, false, 1, txtRecord(254, 255)...)
	check("1,000 strings", dns.TypeTXT, false, 1, txtRecord(1000, 60)...)
	check("1,000 records", dns.TypeTXT, false, 1000, bytes.Repeat(txtRecord(1, 40), 1000)...)
	check("empty strings", dns.TypeTXT, true, 1, txtRecord(60_000, 0)...)
	check("empty strings of many", dns.TypeTXT, true, 60, bytes.Repeat(txtRecord(1000, 0), 60)...)
	at := len(message("a.example", dns.TypeMX, [3]uint16{})) + 14
	bomb := append(append([]byte{0xc0, 12, 0, 15, 0, 1, 0, 0, 0, 60, 0, byte(len(longLabels()) + 3), 0, 10}, longLabels()...), 0)
	for i := range 999 {
		bomb = append(bomb, mxRecord(fmt.Sprintf("%03d", i), at)...)
	}
	check("names that expand", dns.TypeMX, true, 1000, bomb...)
	check("names that expand, a few", dns.TypeMX, false, 200, bomb...)
}

// TestHeavyAnswer: whoever sends one has not answered.
func TestHeavyAnswer(t *testing.T) {
	n := newInternet(t)
	n.dns(here, func(w dns.ResponseWriter, q *dns.Msg) {
		m := message("a.example", dns.TypeTXT, [3]uint16{1}, txtRecord(60_000, 0)...)
		m[0], m[1] = byte(q.Id>>8), byte(q.Id)
		_, _ = w.Write(m)
	})
	a := n.resolver(patient, "tcp://192.0.2.53").Lookup(t.Context(), "a.example", "TXT")
	if !a.Unknown() || a.Fault == nil || a.Fault.Kind != fact.Flood || a.Records != nil {
		t.Errorf("%d records, fault %+v", len(a.Records), a.Fault)
	}
}

// TestEmptyStringsWeigh: strings take room in memory that they do not take on the wire.
func TestEmptyStringsWeigh(t *testing.T) {
	a, err := readAnswer(message("a.example", dns.TypeTXT, [3]uint16{1}, txtRecord(5000, 0)...), dns.TypeTXT, "a.example", nil)
	if got := Weight(fact.Answer{Records: a.records}); err != nil || got < 5000*16 || got <= maxWeight {
		t.Errorf("5,000 strings weigh %d; %v", got, err)
	}
}

// TestNames: whatever octets a name is made of, it is of printable ASCII and no longer than four times
// what the wire lets through, and what was within a label is told from what was between two.
func TestNames(t *testing.T) {
	for wire, want := range map[string]string{
		"\x02mx\x07EXAMPLE\x00":       "mx.example",
		"\x0bmx.example1\x00":         `mx\.example1`,
		"\x04\x1b[2J\x00":             `\027[2j`,
		"\x03\x00\r\n\x00":            `\000\013\010`,
		"\x04\xff\xfe\xe2\x80\x00":    `\255\254\226\128`,
		"\x05\"\\(;@\x00":             `\"\\\(\;\@`,
		"\x01 \x00":                   `\ `,
		"\x00":                        ".",
		string(longLabels()) + "\x00": strings.TrimSuffix(strings.Repeat(strings.Repeat(`\000`, 60)+".", 3), "."),
		"\x3f" + strings.Repeat("\xff", 63) + "\x00": strings.Repeat(`\255`, 63),
	} {
		r := reader{message: []byte(wire)}
		got, err := r.name()
		if got != want || err != nil {
			t.Errorf("%q: %q, want %q; %v", wire, got, want, err)
		}
	}
}

// TestPointers: those that lead nowhere, and those that lead far.
func TestPointers(t *testing.T) {
	at := len(message("a.example", dns.TypeTXT, [3]uint16{}))
	owned := func(owner ...byte) []byte {
		return append(owner, 0, 16, 0, 1, 0, 0, 0, 60, 0, 2, 1, 'x')
	}
	hop := func(to int) []byte { return []byte{0xc0 | byte(to>>8), byte(to)} }
	var chain []byte
	for i := range 2000 {
		chain = append(chain, hop(max(12, at+12+2*(i-1)))...)
	}
	carrier := append([]byte{0, 0, 10, 0, 1, 0, 0, 0, 60, byte(len(chain) >> 8), byte(len(chain))}, chain...)
	for what, rest := range map[string][]byte{
		"to itself":          owned(hop(at)...),
		"forward":            owned(hop(at + 3)...),
		"in a circle":        owned(append([]byte{1, 'a'}, hop(at)...)...),
		"out of the message": owned(hop(9000)...),
		"half":               {0xc0},
		"a label of no kind": owned(0x40, 0x80, 0),
		"a chain":            append(carrier, owned(hop(at+11+2*1990)...)...),
	} {
		count := uint16(1)
		if what == "a chain" {
			count = 2
		}
		if _, err := readAnswer(message("a.example", dns.TypeTXT, [3]uint16{count}, rest...), dns.TypeTXT, "a.example", nil); !errors.Is(err, errMalformed) {
			t.Errorf("%s: %v", what, err)
		}
	}
}

// TestTruncatedWhereThereIsRoom: what is left out over TCP is not to be had anywhere, and a part of the
// records is not the answer; least of all none of them.
func TestTruncatedWhereThereIsRoom(t *testing.T) {
	for _, server := range []string{"192.0.2.53", "tcp://192.0.2.53"} {
		for _, change := range []func(*dns.Msg){func(m *dns.Msg) { m.Answer = nil }, func(*dns.Msg) {}} {
			n := newInternet(t)
			var asked atomic.Int32
			n.dns(here, counted(&asked, func(w dns.ResponseWriter, q *dns.Msg) {
				_, _ = w.Write(answerWith(q, "part", change, func(m *dns.Msg) { m.Truncated = true }))
			}))
			a := n.resolver(patient, server).Lookup(t.Context(), "example.com", "TXT")
			if a.Fault == nil || a.Fault.Kind != fact.Malformed || a.Absent() || asked.Load() > 4 {
				t.Errorf("%s: asked %d times, %+v, fault %+v", server, asked.Load(), a, a.Fault)
			}
		}
	}
}

// TestStrays: whoever shoots at a question, over UDP or on the connection, is noticed before the time of the
// try is over.
func TestStrays(t *testing.T) {
	n := newInternet(t)
	stray := make([]byte, headerSize)
	conn := n.packets(here)
	go raw(conn, func(*dns.Msg) [][]byte { return slices.Repeat([][]byte{stray}, 20*maxStrays) })
	l := n.listen(here)
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				for {
					if _, err := conn.Write(frameOf(stray)); err != nil {
						return
					}
				}
			}()
		}
	}()
	for _, server := range []string{"192.0.2.53", "tcp://192.0.2.53"} {
		a := n.open(Config{Servers: []string{server}, Try: patient, Tries: 1}).Lookup(t.Context(), "example.com", "TXT")
		if a.Fault == nil || a.Fault.Kind != fact.Malformed {
			t.Errorf("%s: %+v, fault %+v", server, a, a.Fault)
		}
	}
}

// uneven is a server without a network that answers questions about some names at once, and lets the
// answers about others trickle, or never come to their end. Over UDP it says that there is no room.
type uneven struct {
	slow    func(conn net.Conn, answer []byte)
	serving sync.WaitGroup
}

func (u *uneven) dial(_ context.Context, network, _ string) (net.Conn, error) {
	here, there := net.Pipe()
	if network == "udp" {
		u.serving.Go(func() { u.packets(there) })
	} else {
		u.serving.Go(func() { u.stream(there) })
	}
	return here, nil
}

func (u *uneven) packets(conn net.Conn) {
	defer conn.Close()
	b := make([]byte, 4096)
	for {
		n, err := conn.Read(b)
		q := new(dns.Msg)
		if err != nil || q.Unpack(b[:n]) != nil {
			return
		}
		_, _ = conn.Write(answerWith(q, "", func(m *dns.Msg) { m.Answer, m.Truncated = nil, true }))
	}
}

func (u *uneven) stream(conn net.Conn) {
	defer conn.Close()
	for {
		q, err := readFrame(conn)
		if err != nil {
			return
		}
		answer := frameOf(answerWith(q, "x"))
		if strings.HasPrefix(q.Question[0].Name, "slow") {
			u.slow(conn, answer)
		} else if _, err := conn.Write(answer); err != nil {
			return
		}
	}
}

// trickle writes an octet at a time until the peer is gone, and never as many as it said.
func trickle(conn net.Conn, _ []byte) {
	for range 60_000 {
		if _, err := conn.Write([]byte{0xff}); err != nil {
			return
		}
		time.Sleep(time.Millisecond) // of a bubble
	}
}

// TestTrickle: an answer that comes an octet at a time, or never whole, is waited for as long as a try
// takes; and what comes behind it on the same connection is there at the next try at the latest.
func TestTrickle(t *testing.T) {
	for way, slow := range map[string]func(net.Conn, []byte){
		"trickles":    trickle,
		"half":        func(conn net.Conn, answer []byte) { _, _ = conn.Write(answer[:len(answer)/2]) },
		"half a size": func(conn net.Conn, _ []byte) { _, _ = conn.Write([]byte{0x10}) },
		"nothing":     func(net.Conn, []byte) {},
	} {
		for server, most := range map[string]time.Duration{"192.0.2.53": 0, "tcp://192.0.2.53": time.Second} {
			synctest.Test(t, func(t *testing.T) {
				u := &uneven{slow: slow}
				r, err := New(Config{Servers: []string{server}, Dial: u.dial, Now: time.Now, Try: time.Second, Tries: 3})
				if err != nil {
					t.Fatal(err)
				}
				var all sync.WaitGroup
				for i := range 40 {
					all.Go(func() {
						name := fmt.Sprintf("%s%d.example", []string{"fine", "slow"}[i%2], i)
						begun := time.Now()
						a := r.Lookup(t.Context(), name, "TXT")
						took := time.Since(begun)
						if i%2 == 0 && (!a.Found() || took > most) || i%2 == 1 && (a.Fault == nil || !a.Fault.Timeout || took > 3*time.Second) {
							t.Errorf("%s, %s, %s: after %s, %+v", way, server, name, took, a.Fault)
						}
					})
				}
				all.Wait()
				r.Close()
				u.serving.Wait()
			})
		}
	}
}

// TestConnectionsAtOnce: where a question takes a connection, there are no more of them at once than
// questions in flight.
func TestConnectionsAtOnce(t *testing.T) {
	n := newInternet(t)
	var open, most atomic.Int32
	full := make(chan struct{})
	hold := func() func() {
		if now := open.Add(1); now > inFlight {
			t.Error("more at once than", inFlight)
		}
		if most.Add(1) == inFlight {
			close(full)
		}
		<-full
		return func() { open.Add(-1) }
	}
	n.plainWeb("192.0.2.100:443", func(w http.ResponseWriter, r *http.Request) {
		defer hold()()
		body, _ := io.ReadAll(r.Body)
		q := new(dns.Msg)
		if q.Unpack(body) == nil {
			w.Header().Set("Content-Type", mediaType)
			_, _ = w.Write(answerWith(q, q.Question[0].Name))
		}
	})
	askAll(t, n.resolver(patient, "https://192.0.2.100"))
	open.Store(0)
	most.Store(0)
	full = make(chan struct{})
	go raw(n.packets(here), func(q *dns.Msg) [][]byte {
		return [][]byte{answerWith(q, "", func(m *dns.Msg) { m.Answer, m.Truncated = nil, true })}
	})
	n.serve(&dns.Server{Listener: n.listen(here)}, func(w dns.ResponseWriter, q *dns.Msg) {
		defer hold()()
		_, _ = w.Write(answerWith(q, q.Question[0].Name))
	})
	askAll(t, n.resolver(patient, "192.0.2.53"))
}

// TestEndlessWeb: what a server of https:// does without end, it does for one try; and what it adds to an
// answer makes it none.
func TestEndlessWeb(t *testing.T) {
	n := newInternet(t)
	chunk := bytes.Repeat([]byte("x"), 1<<10)
	endless := func(w http.ResponseWriter, _ *http.Request, _ []byte) {
		for {
			if _, err := w.Write(chunk); err != nil {
				return
			}
		}
	}
	trickle := func(w http.ResponseWriter, r *http.Request, _ []byte) {
		tick := time.NewTicker(5 * time.Millisecond)
		defer tick.Stop()
		for r.Context().Err() == nil {
			_, _ = w.Write(chunk[:1])
			w.(http.Flusher).Flush()
			<-tick.C
		}
	}
	headers := func(w http.ResponseWriter, _ *http.Request, answer []byte) {
		for i := range 2000 {
			w.Header().Set(fmt.Sprintf("X-%d", i), "0123456789")
		}
		_, _ = w.Write(answer)
	}
	early := func(w http.ResponseWriter, r *http.Request, answer []byte) {
		for i := 0; i < 10_000 && r.Context().Err() == nil; i++ {
			w.WriteHeader(http.StatusEarlyHints)
		}
		_, _ = w.Write(answer)
	}
	compressed := func(w http.ResponseWriter, _ *http.Request, answer []byte) {
		w.Header().Set("Content-Encoding", "gzip")
		z := gzip.NewWriter(w)
		_, _ = z.Write(answer)
		_ = z.Close()
	}
	otherID := func(w http.ResponseWriter, _ *http.Request, answer []byte) {
		answer[1]++
		_, _ = w.Write(answer)
	}
	check := func(what string, try time.Duration, kind fact.Kind, way func(w http.ResponseWriter, r *http.Request, answer []byte)) {
		t.Helper()
		handler := func(w http.ResponseWriter, r *http.Request) {
			body, _ := io.ReadAll(r.Body)
			q := new(dns.Msg)
			if q.Unpack(body) == nil {
				w.Header().Set("Content-Type", mediaType)
				way(w, r, answerWith(q, "x"))
			}
		}
		n.web("192.0.2.100:443", n.certificate("192.0.2.100"), http.HandlerFunc(handler))
		n.plainWeb("192.0.2.101:443", handler)
		for _, server := range []string{"https://192.0.2.100", "https://192.0.2.101"} {
			a := n.open(Config{Servers: []string{server}, Try: try, Tries: 1}).Lookup(context.Background(), "example.com", "TXT")
			if a.Fault == nil || a.Fault.Kind != kind {
				t.Errorf("%s, %s: %+v, fault %+v", what, server, a, a.Fault)
			}
		}
	}
	check("endless body", patient, fact.Malformed, endless)
	check("trickling body", 2*impatient, fact.TimedOut, trickle)
	check("endless headers", patient, fact.Other, headers)
	check("endless 103", patient, fact.Other, early)
	check("compressed", patient, fact.Malformed, compressed)
	check("another id", patient, fact.Malformed, otherID)
}

// TestSilentTLS: a server of tls:// or https:// that takes connections and says nothing, neither in the
// handshake nor after it.
func TestSilentTLS(t *testing.T) {
	n := newInternet(t)
	n.listen("192.0.2.99:853")
	n.listen("192.0.2.99:443")
	n.dot("192.0.2.100:853", n.certificate("192.0.2.100"), silent)
	n.web("192.0.2.100:443", n.certificate("192.0.2.100"), http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }))
	for _, server := range []string{"tls://192.0.2.99", "https://192.0.2.99", "tls://192.0.2.100", "https://192.0.2.100"} {
		a := n.open(Config{Servers: []string{server}, Try: impatient, Tries: 2}).Lookup(t.Context(), "example.com", "TXT")
		if a.Fault == nil || a.Fault.Kind != fact.TimedOut {
			t.Errorf("%s: %+v, fault %+v", server, a, a.Fault)
		}
	}
}

// frozen is a connection from which nothing comes any more when it is told so.
type frozen struct {
	net.Conn
	cold *atomic.Bool
}

func (f frozen) Write(p []byte) (int, error) {
	if f.cold.Load() {
		return len(p), nil
	}
	return f.Conn.Write(p)
}

// TestDeadWebConnection: one that has died without a word is not used for ever.
func TestDeadWebConnection(t *testing.T) {
	n := newInternet(t)
	n.web("192.0.2.100:443", n.certificate("192.0.2.100"), http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		q := new(dns.Msg)
		if q.Unpack(body) == nil {
			w.Header().Set("Content-Type", mediaType)
			_, _ = w.Write(answerWith(q, "x"))
		}
	}))
	var mu sync.Mutex
	var cold []*atomic.Bool
	r, err := New(Config{
		Servers: []string{"https://192.0.2.100"}, Now: n.now, Roots: n.roots, Try: 400 * time.Millisecond, Tries: 5,
		Dial: func(ctx context.Context, network, address string) (net.Conn, error) {
			conn, err := n.Dial(ctx, network, address)
			mu.Lock()
			defer mu.Unlock()
			cold = append(cold, new(atomic.Bool))
			return frozen{conn, cold[len(cold)-1]}, err
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	for _, name := range []string{"a.example", "b.example"} {
		if a := r.Lookup(t.Context(), name, "TXT"); !a.Found() {
			t.Errorf("%s: %+v", name, a.Fault)
		}
		mu.Lock()
		cold[len(cold)-1].Store(true)
		mu.Unlock()
	}
}

// TestBogusIsRemembered: for a while, so that the next domain with the same host need not find it out.
func TestBogusIsRemembered(t *testing.T) {
	n, c := newInternet(t), &clock{at: time.Now()}
	s := &script{steps: []dns.HandlerFunc{validating(records(`mx.example.net. 60 A 192.0.2.1`))}}
	n.dns(here, s.ServeDNS)
	r := n.open(Config{Servers: []string{"192.0.2.53"}, Try: patient, Now: c.now})
	for _, want := range []int{4, 4, 8} {
		a := r.Lookup(t.Context(), "mx.example.net", "A")
		if !a.Bogus || a.RCode != "SERVFAIL" || len(s.asked()) != want {
			t.Errorf("asked %d times, want %d; %+v", len(s.asked()), want, a)
		}
		if len(s.asked()) == 4 {
			c.pass(keepBogus * 2 / 3)
		}
	}
	if slices.Contains(s.asked()[:2], true) {
		t.Error("it begins with the CD bit")
	}
}
