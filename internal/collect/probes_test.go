package collect

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"mtasts/internal/fact"
)

const twoDomains = "one.example. MX 10 mx1.example.com.\ntwo.example. MX 10 MX1.example.com.\nmx1.example.com. A 192.0.2.11\n"

// TestAProbeServesAllDomains: those that have the same MX host, at the same time or later.
func TestAProbeServesAllDomains(t *testing.T) {
	w := newWorld(t, twoDomains)
	s := w.mail(at11, mx1, nil)
	o := w.watch()
	seen := make([]*fact.Observation, 4)
	var all sync.WaitGroup
	for i, domain := range []string{"one.example", "two.example"} {
		all.Go(func() { seen[i] = o.see(domain) })
		all.Go(func() { seen[2+i] = o.see(domain) })
	}
	all.Wait()
	first := onlyProbe(t, seen[0])
	for _, other := range append(seen[1:], o.see("two.example")) {
		if diff := cmp.Diff(first, onlyProbe(t, other)); diff != "" || inShort(first) != "sound" {
			t.Errorf("%s (-first +other):\n%s", inShort(first), diff)
		}
	}
	if n := w.connections("192.0.2.11:25"); n != 1 {
		t.Errorf("%d connections", n)
	}
	o.Close()
	s.wait()
}

// TestAnotherNameIsAnotherProbe: the certificate may depend on it.
func TestAnotherNameIsAnotherProbe(t *testing.T) {
	w := newWorld(t, "example.com. MX 10 mx1.example.com.\nexample.com. MX 10 mx2.example.com.\nmx1.example.com. A 192.0.2.11\nmx2.example.com. A 192.0.2.11\n")
	w.mail(at11, mx1, nil)
	got := probes(w.observe())
	want := map[string]string{"mx1.example.com 192.0.2.11": "sound", "mx2.example.com 192.0.2.11": "sound"}
	if diff := cmp.Diff(want, got); diff != "" || w.connections("192.0.2.11:25") != 2 {
		t.Errorf("%d connections (-want +got):\n%s", w.connections("192.0.2.11:25"), diff)
	}
}

// TestWhatWasBrokenOffIsNotShared: whoever waits for a conversation that another one's interrupt
// ends, holds it anew.
func TestWhatWasBrokenOffIsNotShared(t *testing.T) {
	w := newWorld(t, twoDomains)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	o := w.watch()
	second := make(chan *fact.Observation)
	var once sync.Once
	w.mail(at11, mx1, map[string]step{"greeting": func(c net.Conn) bool {
		broken := false
		once.Do(func() {
			go func() { second <- o.see("two.example") }()
			for w.questions("two.example. MX") == 0 { // the second one has begun
				<-time.After(time.Millisecond)
			}
			broken = true
			cancel()
		})
		return !broken && say("220 mx1\r\n")(c) || silence(c)
	}})
	first := o.Observe(ctx, "one.example")
	if got := inShort(onlyProbe(t, first)); !first.Interrupted || got != "greet: canceled: canceled" {
		t.Errorf("interrupted %v, probe %s", first.Interrupted, got)
	}
	if other := <-second; other.Interrupted || inShort(onlyProbe(t, other)) != "sound" {
		t.Errorf("interrupted %v, probe %s", other.Interrupted, inShort(onlyProbe(t, other)))
	}
}

// names is a domain with n MX hosts, all of them at one address.
func names(n int, address string) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "example.com. MX 10 m%02d.example.com.\nm%02d.example.com. A %s\n", i, i, address)
	}
	return b.String()
}

// TestTwoAtOnce: an address with many names is spoken to twice at once and not more often, and each
// name gets its turn.
func TestTwoAtOnce(t *testing.T) {
	w := newWorld(t, names(7, at11))
	var mu sync.Mutex
	inside, most, all := 0, 0, 0
	pair := make(chan bool)
	count := func(n int) (last bool) {
		mu.Lock()
		defer mu.Unlock()
		inside += n
		most = max(most, inside)
		all += max(0, n)
		return all == 7
	}
	s := w.mail(at11, "m00.example.com", map[string]step{
		"greeting": func(c net.Conn) bool {
			if !count(1) { // two wait for each other; the seventh is alone
				select {
				case pair <- true:
				case <-pair:
				}
			}
			return say("220 mx\r\n")(c)
		},
		"QUIT/TLS": func(c net.Conn) bool { count(-1); return say("221 bye\r\n")(c) },
	})
	o := w.observe()
	s.wait()
	if most != maxAtDoor || inside != 0 || w.connections("192.0.2.11:25") != 7 {
		t.Errorf("%d at once, %d left, %d in all", most, inside, w.connections("192.0.2.11:25"))
	}
	for host, got := range probes(o) {
		if got != "sound" {
			t.Errorf("%s: %s", host, got)
		}
	}
}

// TestRoom: no more conversations are held at once than there is room for, shared and one's own, wherever
// they go.
func TestRoom(t *testing.T) {
	const addresses, room = 9, 1
	w := newWorld(t, "example.com. MX 10 mx1.example.com.\n")
	var mu sync.Mutex
	inside, most, all := 0, 0, 0
	count := func(n int) (last bool) {
		mu.Lock()
		defer mu.Unlock()
		inside += n
		most = max(most, inside)
		all += max(0, n)
		return all == addresses
	}
	together := make(chan bool)
	for i := range addresses {
		address := fmt.Sprintf("192.0.2.%d", i+1)
		w.publish(mx1 + ". A " + address + "\n")
		w.mail(address, mx1, map[string]step{
			"greeting": func(c net.Conn) bool {
				if !count(1) { // two at a time at least; the ninth is alone
					select {
					case together <- true:
					case <-together:
					}
				}
				return say("220 mx\r\n")(c)
			},
			"QUIT/TLS": func(c net.Conn) bool { count(-1); return say("221 bye\r\n")(c) },
		})
	}
	o := w.watch()
	o.probes.room = make(chan struct{}, room)
	for host, got := range probes(o.see("example.com")) {
		if got != "sound" {
			t.Errorf("%s: %s", host, got)
		}
	}
	mu.Lock()
	defer mu.Unlock()
	if most < 2 || most > room+ownRoom {
		t.Errorf("%d at once", most)
	}
}

// TestWaitingEnds with the context, whether it is for a turn, for room or for what another one asks.
func TestWaitingEnds(t *testing.T) {
	w := newWorld(t, oneHost)
	held, release := make(chan struct{}), make(chan struct{})
	w.mail(at11, mx1, map[string]step{"greeting": func(c net.Conn) bool { close(held); <-release; return say("220 mx1\r\n")(c) }})
	o := w.watch()
	o.probes.room = make(chan struct{}, 1)
	first := make(chan *fact.Observation)
	go func() { first <- o.see("example.com") }()
	<-held
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	l, a := o.look("other.example"), netip.MustParseAddr(at11)
	for _, c := range []struct {
		what, name string
		address    netip.Addr
	}{
		{"what another one asks", mx1, a},
		{"room", "mx2.example.com", a.Next()},
		{"a turn", "mx2.example.com", a},
	} {
		d, err := l.probes.doors.enter(t.Context(), a)
		if err != nil {
			t.Fatal(err)
		}
		p := l.probe(ctx, c.name, c.address)
		if got := inShort(p); got != "dial: canceled: canceled" || p.Address != c.address.String() || !l.cut.Load() {
			t.Errorf("waiting for %s: %s", c.what, got)
		}
		l.probes.doors.leave(d)
	}
	close(release)
	if got := inShort(onlyProbe(t, <-first)); got != "sound" {
		t.Errorf("the first one: %s", got)
	}
}

// TestDoorsAreForgotten: what is remembered of addresses is bounded, and those that live leave nothing.
func TestDoorsAreForgotten(t *testing.T) {
	ds, gs := newDoors[netip.Addr](maxAtDoor), newGraves[fact.Probe](now, time.Minute)
	a := netip.MustParseAddr("2001:db8::1")
	visit := func(dead bool) {
		d, err := ds.enter(t.Context(), a)
		if err != nil {
			t.Fatal(err)
		}
		if dead {
			gs.bury(a, fact.Probe{Address: a.String()})
		} else {
			gs.alive(a)
		}
		ds.leave(d)
		a = a.Next()
	}
	visit(false)
	if len(ds.at) != 0 {
		t.Errorf("%d addresses are remembered", len(ds.at))
	}
	for range maxDead + 10 {
		visit(true)
		visit(false)
	}
	if len(ds.at) != 0 || gs.of.Len() != maxDead || gs.seen.Len() != maxDead {
		t.Errorf("%d addresses are remembered, %d dead, %d alive", len(ds.at), gs.of.Len(), gs.seen.Len())
	}
}

// TestADeadAddressIsTriedOnce: or twice, since two may come at once. The others are told what the
// first one met.
func TestADeadAddressIsTriedOnce(t *testing.T) {
	for _, c := range []struct {
		name  string
		serve func(w *world)
		want  string
	}{
		{"refused", func(w *world) { w.failsAt("192.0.2.11:25", syscall.ECONNREFUSED) }, "dial: refused: connection refused"},
		{"black hole", func(w *world) { w.failsAt("192.0.2.11:25", nil) }, "dial: timeout: no connection within 0.5 s"},
		{"never greets", func(w *world) { w.mail(at11, mx1, map[string]step{"greeting": silence}) }, "greet: timeout: no greeting within 0.5 s"},
	} {
		w := newWorld(t, names(9, at11))
		c.serve(w)
		begun := time.Now()
		got := probes(w.observe(hasty))
		if took := time.Since(begun); took > 1500*time.Millisecond || len(got) != 9 || w.connections("192.0.2.11:25") > maxAtDoor {
			t.Errorf("%s: %v, %d probes, %d connections", c.name, took, len(got), w.connections("192.0.2.11:25"))
		}
		for host, got := range got {
			if got != c.want {
				t.Errorf("%s: %s: %s", c.name, host, got)
			}
		}
	}
	// One that only hangs up may greet another name.
	w := newWorld(t, names(3, at11))
	w.mail(at11, mx1, map[string]step{"greeting": hangup})
	if w.observe(); w.connections("192.0.2.11:25") != 3 {
		t.Errorf("%d connections to a server that hangs up", w.connections("192.0.2.11:25"))
	}
}

// TestOneFailureIsNotDeath: an address that has greeted anybody is asked again under each other name, and
// under the one that it let down after a minute; so is one that has greeted nobody yet.
func TestOneFailureIsNotDeath(t *testing.T) {
	const refused = "dial: refused: connection refused"
	for _, greeted := range []bool{true, false} {
		var zone strings.Builder
		for _, name := range []string{"before", "during", "after"} {
			fmt.Fprintf(&zone, "%[1]s.example. MX 10 mx.%[1]s.example.\nmx.%[1]s.example. A 192.0.2.11\n", name)
		}
		w, at := newWorld(t, zone.String()), now()
		o := w.watch(func(n *Network) { n.Now = func() time.Time { return at } })
		expect := func(when, name, want string) {
			if got := inShort(onlyProbe(t, o.see(name+".example"))); got != want {
				t.Errorf("greeted %v, %s: %s, want %s", greeted, when, got, want)
			}
		}
		if greeted {
			w.mail(at11, "mx.before.example", nil)
			expect("at first", "before", "sound")
		}
		w.failsAt("192.0.2.11:25", syscall.ECONNREFUSED)
		expect("turned away", "during", refused)
		w.mail(at11, "mx.after.example", nil)
		expect("at once, under the same name", "during", refused)
		if greeted {
			expect("at once, under another name", "after", "sound")
		} else {
			expect("at once, under another name", "after", refused)
		}
		at = at.Add(silentFor)
		expect("after a minute", "during", "sound")
		expect("after a minute", "after", "sound")
	}
}

// TestOneFailureLeavesTheCertificate: names that are told what the address said under others are told so
// after it has turned somebody away.
func TestOneFailureLeavesTheCertificate(t *testing.T) {
	w := newWorld(t, names(8, at11)+"two.example. MX 10 mx.two.example.\nmx.two.example. A 192.0.2.11\n"+
		"three.example. MX 10 other.example.com.\nother.example.com. A 192.0.2.11\n")
	w.mail(at11, "*.example.com", nil)
	o := w.watch()
	o.see("example.com")
	w.failsAt("192.0.2.11:25", syscall.ECONNREFUSED)
	if got := inShort(onlyProbe(t, o.see("two.example"))); got != "dial: refused: connection refused" {
		t.Errorf("a name that the certificate is not for: %s", got)
	}
	if p := onlyProbe(t, o.see("three.example")); inShort(p) != "sound" || p.Under == "" {
		t.Errorf("a name that it is for: %s, under %q", inShort(p), p.Under)
	}
}

// TestMyOwnFaultsAreNotShared: what this machine is the cause of tells nothing about an address.
func TestMyOwnFaultsAreNotShared(t *testing.T) {
	w := newWorld(t, oneHost)
	w.failsAt("192.0.2.11:25", syscall.EMFILE)
	o := w.watch()
	if got := inShort(onlyProbe(t, o.see("example.com"))); !strings.HasPrefix(got, "dial: internal") {
		t.Errorf("probe = %s", got)
	}
	w.mail(at11, mx1, nil)
	if got := inShort(onlyProbe(t, o.see("example.com"))); got != "sound" {
		t.Errorf("probe = %s", got)
	}
}

// TestATurnIsNotWaitedForForever: many names at an address that takes its time are malice.
func TestATurnIsNotWaitedForForever(t *testing.T) {
	const limit = 100 * time.Millisecond
	w := newWorld(t, names(60, at11))
	w.mail(at11, mx1, map[string]step{"EHLO": silence}) // it greets, so it is not dead
	begun := time.Now()
	got := probes(w.observe(func(n *Network) { n.SMTPTimeout = limit }))
	if took := time.Since(begun); took > 20*limit { // all of them would take 30
		t.Errorf("60 names took %v", took)
	}
	count := map[string]int{}
	for _, p := range got {
		count[p]++
	}
	tried, skipped := count["ehlo: timeout: no answer to EHLO within 0.1 s"], count["skipped: limit"]
	if tried+skipped != 60 || tried == 0 || skipped == 0 {
		t.Errorf("probes: %v", count)
	}
}

// TestADelayHoldsNobodyUp: a server that lets strangers wait is waited for, and the others are not.
func TestADelayHoldsNobodyUp(t *testing.T) {
	w := newWorld(t, oneHost+"example.com. MX 20 mx2.example.com.\nmx2.example.com. A 192.0.2.12\n")
	done := make(chan struct{})
	w.mail("192.0.2.12", "mx2.example.com", map[string]step{"QUIT/TLS": func(c net.Conn) bool { close(done); return say("221 bye\r\n")(c) }})
	w.mail(at11, mx1, map[string]step{"greeting": func(c net.Conn) bool { <-done; return say("220-wait\r\n220 mx1\r\n")(c) }})
	want := map[string]string{"mx1.example.com 192.0.2.11": "sound", "mx2.example.com 192.0.2.12": "sound"}
	if diff := cmp.Diff(want, probes(w.observe())); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestNoFamilyWaitsForTheOther: an address is spoken to while the DNS still thinks about the others,
// and about the keys.
func TestNoFamilyWaitsForTheOther(t *testing.T) {
	for _, held := range []string{"mx1.example.com. AAAA", "_25._tcp.mx1.example.com. TLSA", "mx2.example.com. A"} {
		w := newWorld(t, oneHost+"mx1.example.com. AAAA 2001:db8::11\nexample.com. MX 20 mx2.example.com.\nmx2.example.com. A 192.0.2.12\n")
		spoken := make(chan struct{})
		w.held[held] = func() { <-spoken }
		w.mail(at11, mx1, map[string]step{"QUIT/TLS": func(c net.Conn) bool { close(spoken); return say("221 bye\r\n")(c) }})
		w.mail("2001:db8::11", mx1, nil)
		w.mail("192.0.2.12", "mx2.example.com", nil)
		want := map[string]string{"mx1.example.com 192.0.2.11": "sound", "mx1.example.com 2001:db8::11": "sound", "mx2.example.com 192.0.2.12": "sound"}
		if diff := cmp.Diff(want, probes(w.observe())); diff != "" {
			t.Errorf("%s held (-want +got):\n%s", held, diff)
		}
	}
}

// TestInterruptedConversations: an interrupt ends a look at once, wherever it is, with what is known.
func TestInterruptedConversations(t *testing.T) {
	for at, want := range map[string]string{
		"greeting": "greet: canceled: canceled", "EHLO": "ehlo: canceled: canceled", "STARTTLS": "starttls: canceled: canceled",
		"TLS": "handshake: canceled: canceled", "EHLO/TLS": "ehlo-tls: canceled: canceled", "dial": "dial: canceled: canceled",
	} {
		w := newWorld(t, names(4, at11))
		ctx, cancel := context.WithCancel(t.Context())
		stop := func(c net.Conn) bool {
			if at == "TLS" {
				_, _ = c.Read(make([]byte, 1)) // the client has begun
			}
			cancel()
			return silence(c)
		}
		w.mail(at11, mx1, map[string]step{at: stop})
		if at == "dial" {
			w.at["tcp 192.0.2.11:25"] = func(ctx context.Context) (net.Conn, error) {
				cancel()
				<-ctx.Done()
				return nil, opError(ctx.Err())
			}
		}
		begun := time.Now()
		o := w.observeUntil(ctx)
		if took := time.Since(begun); took > 2*time.Second {
			t.Errorf("%s: an interrupt took %v", at, took)
		}
		met := 0
		for host, got := range probes(o) {
			switch got {
			case want:
				met++
			case "dial: canceled: canceled": // waiting for its turn
			default:
				if !strings.HasSuffix(got, "canceled: canceled") {
					t.Errorf("%s: %s: %s", at, host, got)
				}
			}
		}
		// A client that was accepted need not know it yet.
		if met == 0 && at != "greeting" || !o.Interrupted {
			t.Errorf("%s: interrupted %v, probes %v", at, o.Interrupted, probes(o))
		}
		cancel()
	}
}

// TestInterruptedTurn: who waits for a turn at an address waits no longer than the user does.
func TestInterruptedTurn(t *testing.T) {
	w := newWorld(t, oneHost)
	l := w.watch().look("example.com")
	for range maxAtDoor {
		back, err := l.take(t.Context(), netip.MustParseAddr(at11))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(back)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if got := inShort(l.probe(ctx, "mx1.example.com", netip.MustParseAddr(at11))); got != "dial: canceled: canceled" || !l.cut.Load() {
		t.Errorf("probe = %s, cut %v", got, l.cut.Load())
	}
}

// TestGoodbyesAreNotWaitedFor by a look, and not for long at the end.
func TestGoodbyesAreNotWaitedFor(t *testing.T) {
	w := newWorld(t, oneHost)
	quit := make(chan struct{})
	s := w.mail(at11, mx1, map[string]step{"QUIT/TLS": func(c net.Conn) bool { <-quit; return silence(c) }})
	o := w.watch()
	if got := inShort(onlyProbe(t, o.see("example.com"))); got != "sound" { // while the server holds its 221 back
		t.Errorf("probe = %s", got)
	}
	close(quit)
	begun := time.Now()
	o.Close()
	if took := time.Since(begun); took > goodbyeLimit+time.Second {
		t.Errorf("closing took %v", took)
	}
	if got := s.lines(); got != "EHLO, STARTTLS, EHLO/TLS, QUIT/TLS" {
		t.Errorf("heard %s", got)
	}
}
