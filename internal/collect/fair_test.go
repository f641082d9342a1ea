package collect

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"mtasts/internal/fact"
	"mtasts/internal/memo"
)

const goodDomain = "good.example. MX 10 mx.good.example.\nmx.good.example. A 192.0.2.11\n"

// until waits for something that happens in its own time.
func until(t *testing.T, what string, happened func() bool) {
	t.Helper()
	for end := time.Now().Add(30 * time.Second); !happened(); <-time.After(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal(what)
		}
	}
}

// atDoor is how many look for a conversation with an address.
func (o *Observer) atDoor(address string) int {
	return o.probes.doors.usersOf(netip.MustParseAddr(address))
}

// usersOf is how many are inside a door and before it.
func (ds *doors[K]) usersOf(to K) int {
	ds.mu.Lock()
	defer ds.mu.Unlock()
	if d := ds.at[to]; d != nil {
		return d.users
	}
	return 0
}

// TestManyNamesWaitAmongThemselves: who has an address under many names does not stand before others
// with all of them.
func TestManyNamesWaitAmongThemselves(t *testing.T) {
	w := newWorld(t, names(30, at11)+goodDomain)
	var came atomic.Int32
	turns := make(chan struct{})
	defer close(turns)
	s := w.mail(at11, mx1, map[string]step{"greeting": func(c net.Conn) bool { came.Add(1); <-turns; return say("220 mx\r\n")(c) }})
	var mu sync.Mutex
	var order []string
	s.config.GetConfigForClient = func(hello *tls.ClientHelloInfo) (*tls.Config, error) {
		mu.Lock()
		defer mu.Unlock()
		order = append(order, hello.ServerName)
		return nil, nil
	}
	o := w.watch()
	var all sync.WaitGroup
	all.Go(func() { o.see("example.com") })
	until(t, "nobody comes", func() bool { return o.atDoor(at11) >= maxAtDoor && w.questions("m29.example.com. A") > 0 })
	before := o.atDoor(at11)
	all.Go(func() { o.see("good.example") })
	until(t, "the second domain does not come", func() bool { return o.atDoor(at11) > before })
	for n := range int32(maxNames + 1) { // one is greeted at a time, when those have come that may
		until(t, "no other comes", func() bool { return came.Load() >= min(n+maxAtDoor, maxNames+1) })
		turns <- struct{}{}
	}
	all.Wait()
	// Two stood at the door when it came; behind all of them it would be the last. And nobody has so many names.
	if n := slices.Index(order, "mx.good.example"); n < 0 || n > 2*maxAtDoor || len(order) != maxNames+1 {
		t.Errorf("%d conversations, that of the other domain is number %d: %v", len(order), n+1, order)
	}
}

// TestManyAddressesLeaveRoom: a domain of ever so many addresses that take their time holds no other up.
func TestManyAddressesLeaveRoom(t *testing.T) {
	zone := strings.Builder{}
	for i := range maxOfOne + 10 {
		fmt.Fprintf(&zone, "example.com. MX 10 m%d.example.com.\nm%d.example.com. A 198.51.100.%d\n", i%20, i%20, i+1)
	}
	w := newWorld(t, zone.String()+goodDomain)
	w.mail(at11, "mx.good.example", nil)
	open := make(chan struct{})
	for i := range maxOfOne + 10 {
		w.mail(fmt.Sprintf("198.51.100.%d", i+1), mx1, map[string]step{"greeting": func(c net.Conn) bool { <-open; return say("220 mx\r\n")(c) }})
	}
	o := w.watch(func(n *Network) { n.SMTPTimeout = 20 * time.Second })
	o.probes.room = make(chan struct{}, maxOfOne+1)
	var all sync.WaitGroup
	all.Go(func() { o.see("example.com") })
	until(t, "nobody comes", func() bool { return len(o.probes.room) >= maxOfOne })
	done := make(chan *fact.Observation)
	go func() { done <- o.see("good.example") }()
	select {
	case seen := <-done:
		if got := inShort(onlyProbe(t, seen)); got != "sound" {
			t.Errorf("probe = %s", got)
		}
		close(open)
	case <-time.After(10 * time.Second):
		t.Error("it is held up")
		close(open)
		<-done
	}
	all.Wait()
}

// TestAllHostsAtOnce: a dozen of them cost the time of the slowest, and not the sum.
func TestAllHostsAtOnce(t *testing.T) {
	const hosts = 12
	var zone strings.Builder
	for i := range hosts {
		fmt.Fprintf(&zone, "example.com. MX %d mx%d.example.com.\nmx%d.example.com. A 192.0.2.%d\nmx%d.example.com. AAAA 2001:db8::%d\n", i, i, i, i+1, i, i+1)
	}
	w := newWorld(t, zone.String())
	var here sync.WaitGroup // each waits for all
	here.Add(2 * hosts)
	greeting := func(c net.Conn) bool { here.Done(); here.Wait(); return say("220 mx\r\n")(c) }
	for i := range hosts {
		name := fmt.Sprintf("mx%d.example.com", i)
		w.mail(fmt.Sprintf("192.0.2.%d", i+1), name, map[string]step{"greeting": greeting})
		w.mail(fmt.Sprintf("2001:db8::%d", i+1), name, map[string]step{"greeting": greeting})
	}
	got := probes(w.observe())
	for host, p := range got {
		if p != "sound" {
			t.Errorf("%s: %s", host, p)
		}
	}
	if len(got) != 2*hosts {
		t.Errorf("%d probes", len(got))
	}
}

// TestHeavyProbesAreNotKept: who shows a certificate or says things of a size that nobody needs does not
// fill the memory. They are recorded all the same.
func TestHeavyProbesAreNotKept(t *testing.T) {
	fat := func(c *x509.Certificate) {
		c.ExtraExtensions = []pkix.Extension{{Id: asn1.ObjectIdentifier{1, 2, 3, 4}, Value: make([]byte, maxWeight)}}
	}
	long := "250-" + strings.Repeat("x", 1000) + "\r\n"
	for name, put := range map[string]func(w *world){
		"certificate": func(w *world) {
			s := w.mail(at11, mx1, nil)
			s.config = sends(w.ca.issue(w.ca.intermediate, mx1, named(mx1), fat), w.ca.intermediate)
		},
		"words": func(w *world) {
			hello := strings.Repeat(long, 31)
			w.mail(at11, mx1, map[string]step{
				"greeting": say(strings.ReplaceAll(hello, "250-", "220-") + "220 mx1\r\n"),
				"EHLO":     say(hello + "250 STARTTLS\r\n"), "EHLO/TLS": say(hello + "250 mx1\r\n"),
			})
		},
	} {
		w := newWorld(t, twoDomains)
		put(w)
		o := w.watch()
		for _, domain := range []string{"one.example", "two.example"} {
			if p := onlyProbe(t, o.see(domain)); inShort(p) != "sound" || weight(p) <= maxWeight {
				t.Errorf("%s: %s, %d octets", name, inShort(p), weight(p))
			}
		}
		if n := w.connections("192.0.2.11:25"); n != 2 {
			t.Errorf("%s: %d connections", name, n)
		}
	}
}

// TestWhatIsKept of a probe, and what nobody else is told.
func TestWhatIsKept(t *testing.T) {
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	canceled := &fact.Fault{Stage: fact.Greet, Kind: fact.Canceled}
	for _, c := range []struct {
		what  string
		ctx   context.Context
		probe fact.Probe
		want  time.Duration
	}{
		{"a conversation", t.Context(), fact.Probe{Connected: true}, memo.Forever},
		{"one that was whole before the end", ended, fact.Probe{Connected: true}, memo.Forever},
		{"a fault of the server's", t.Context(), fact.Probe{Greeting: &fact.Reply{}, Fault: &fact.Fault{Kind: fact.Alert}}, memo.Forever},
		{"to be sent away", t.Context(), fact.Probe{Greeting: &fact.Reply{}, Fault: &fact.Fault{Kind: fact.Rejected}}, silentFor},
		{"to be hung up on", t.Context(), fact.Probe{Greeting: &fact.Reply{}, Fault: &fact.Fault{Kind: fact.Reset}}, silentFor},
		{"one before it greets", t.Context(), fact.Probe{Fault: &fact.Fault{Kind: fact.Reset}}, silentFor},
		{"the end of a look", ended, fact.Probe{Fault: canceled}, memo.Unshared},
		{"a turn that did not come for one look", t.Context(), fact.Probe{Skipped: fact.SkipLimit}, memo.Unshared},
		{"a port that seems blocked", t.Context(), fact.Probe{Skipped: fact.SkipBlocked}, 0},
		{"a fault of this machine's", t.Context(), fact.Probe{Fault: &fact.Fault{Kind: fact.Internal}}, 0},
	} {
		if got := lasts(c.ctx, c.probe); got != c.want {
			t.Errorf("%s lasts %d, want %d", c.what, got, c.want)
		}
	}
}
