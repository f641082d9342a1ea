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
	inside, most := 0, 0
	pair := make(chan bool)
	count := func(n int) {
		mu.Lock()
		defer mu.Unlock()
		inside += n
		most = max(most, inside)
	}
	s := w.mail(at11, "m00.example.com", map[string]step{
		"greeting": func(c net.Conn) bool {
			count(1)
			select { // the first two wait for each other
			case pair <- true:
			case <-pair:
			case <-time.After(100 * time.Millisecond): // the seventh is alone
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

// TestTheImplicitHostIsProbed (RFC 5321 §5.1).
func TestTheImplicitHostIsProbed(t *testing.T) {
	w := newWorld(t, "example.com. A 192.0.2.80\nexample.com. AAAA 2001:db8::80\n")
	w.mail("192.0.2.80", "example.com", nil)
	o := w.observe()
	want := map[string]string{"example.com 192.0.2.80": "sound", "example.com 2001:db8::80": "dial: refused: connection refused"}
	if diff := cmp.Diff(want, probes(o)); diff != "" || !o.Hosts[0].Implicit || len(o.Hosts[0].TLSA) != 1 || w.questions("example.com. A") != 1 {
		t.Errorf("%+v (-want +got):\n%s", o.Hosts, diff)
	}
	w = newWorld(t, "example.com. TXT x\n")
	if o := w.observe(); o.Hosts != nil || w.questions("_25._tcp.example.com. TLSA") > 0 {
		t.Errorf("hosts of a domain without an address: %+v", o.Hosts)
	}
}

func TestSMTPOff(t *testing.T) {
	w := soundWorld(t)
	o := w.observe(func(n *Network) { n.SMTP = fact.SMTPOff })
	for _, h := range o.Hosts {
		if h.Probes != nil || h.TLSA != nil || !h.A.Found() || !h.AAAA.Found() {
			t.Errorf("host = %+v", h)
		}
	}
	if v := o.Vantage; v.SMTP != fact.SMTPOff || v.SMTPTimeoutMS != 0 || v.Port25 != "" || w.questions("_25._tcp.mx1.example.com. TLSA") > 0 || w.connections("192.0.2.11:25") > 0 {
		t.Errorf("vantage = %+v", v)
	}
}

// TestMailHostsThatAreLeftAlone: nothing is sent to addresses that are not public, are of a family
// that the user does not want, or stand in the place of a name.
func TestMailHostsThatAreLeftAlone(t *testing.T) {
	w := newWorld(t, oneHost+`
mx1.example.com. A 10.0.0.1
mx1.example.com. A 127.0.0.1
mx1.example.com. AAAA ::1
mx1.example.com. AAAA 2001:db8::11
example.com. MX 20 192.0.2.99.
`)
	w.mail(at11, mx1, nil)
	w.mail("2001:db8::11", mx1, nil)
	for family, want := range map[string]map[string]string{
		"":  {"192.0.2.11": "sound", "2001:db8::11": "sound", "::1": "skipped: not-public"},
		"4": {"192.0.2.11": "sound", "2001:db8::11": "skipped: family", "::1": "skipped: family"},
		"6": {"192.0.2.11": "skipped: family", "2001:db8::11": "sound", "::1": "skipped: not-public"},
	} {
		o := w.observe(func(n *Network) { n.Family = family })
		for _, private := range []string{"10.0.0.1", "127.0.0.1"} {
			want[private] = "skipped: not-public"
			if family == "6" {
				want[private] = "skipped: family"
			}
		}
		got := map[string]string{}
		var order []string
		for host, p := range probes(o) {
			got[strings.TrimPrefix(host, mx1+" ")] = p
		}
		for _, p := range o.Hosts[0].Probes {
			order = append(order, p.Address)
		}
		if diff := cmp.Diff(want, got) + cmp.Diff([]string{"10.0.0.1", "127.0.0.1", "192.0.2.11", "::1", "2001:db8::11"}, order); diff != "" {
			t.Errorf("family %q (-want +got):\n%s", family, diff)
		}
	}
	for _, never := range []string{"10.0.0.1:25", "127.0.0.1:25", "[::1]:25", "192.0.2.99:25"} {
		if w.connections(never) > 0 {
			t.Errorf("connected to %s", never)
		}
	}
}

// manyAddresses is so many MX hosts of so many addresses each, which refuse all.
func manyAddresses(hosts, four, six int) (mx fact.Answer, zone string) {
	var b strings.Builder
	for h := range hosts {
		mx.Records = append(mx.Records, fact.Record{Host: fmt.Sprintf("m%03d.example.com", h)})
		for i := range four {
			fmt.Fprintf(&b, "m%03d.example.com. A 192.0.2.%d\n", h, i+1)
		}
		for i := range six {
			fmt.Fprintf(&b, "m%03d.example.com. AAAA 2001:db8::%x:%d\n", h, h, i+1)
		}
	}
	return mx, b.String()
}

// TestLimitsOfAddresses: half of a host's limit is open to each family, and what one leaves goes to
// the other; the domain's limit is shared out among the hosts, and what some leave goes to the first.
func TestLimitsOfAddresses(t *testing.T) {
	for _, c := range []struct {
		hosts, four, six int
		want             string // tried addresses of each family of the first and of the last host, and of all
	}{
		{1, 10, 10, "8+8 8+8 16"},
		{1, 20, 0, "16+0 16+0 16"},
		{1, 2, 20, "2+14 2+14 16"},
		{1, 20, 3, "13+3 13+3 16"},
		{12, 9, 8, "8+8 8+8 192"},
		{13, 9, 8, "9+7 8+7 200"},
		{60, 1, 3, "1+3 1+2 200"},
		{150, 1, 1, "1+1 1+0 200"},
		{150, 0, 2, "0+2 0+1 200"},
	} {
		mx, zone := manyAddresses(c.hosts, c.four, c.six)
		l := newWorld(t, zone).watch().look("example.com")
		hosts := hostsOf(mx)
		for _, h := range hosts { // one by one: so many questions at once would be lost on the way
			l.askAll(t.Context(), question{h.Name, "A"}, question{h.Name, "AAAA"}, question{"_25._tcp." + h.Name, "TLSA"})
		}
		l.mailHosts(t.Context(), hosts)
		total := 0
		tried := func(h fact.MailHost) string {
			four, six := 0, 0
			for _, p := range h.Probes {
				switch {
				case p.Skipped == fact.SkipLimit:
				case inShort(p) != "dial: refused: connection refused":
					t.Errorf("%s: %s", p.Address, inShort(p))
				case netip.MustParseAddr(p.Address).Is4():
					four++
				default:
					six++
				}
			}
			total += four + six
			return fmt.Sprintf("%d+%d", four, six)
		}
		var all []string
		for _, h := range hosts {
			all = append(all, tried(h))
		}
		if got := fmt.Sprintf("%s %s %d", all[0], all[len(all)-1], total); got != c.want {
			t.Errorf("%+v: tried %s", c, got)
		}
	}
}

// TestInterruptedConversations: an interrupt ends a look at once, wherever it is, with what is known.
func TestInterruptedConversations(t *testing.T) {
	for at, want := range map[string]string{
		"greeting": "greet: canceled: canceled", "EHLO": "ehlo: canceled: canceled", "STARTTLS": "starttls: canceled: canceled",
		"TLS": "handshake: canceled: canceled", "EHLO/TLS": "ehlo-tls: canceled: canceled", "dial": "dial: canceled: canceled", "turn": "dial: canceled: canceled",
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
		switch at {
		case "dial":
			w.at["tcp 192.0.2.11:25"] = func(ctx context.Context) (net.Conn, error) {
				cancel()
				<-ctx.Done()
				return nil, opError(ctx.Err())
			}
		case "turn":
			w.mail(at11, mx1, map[string]step{"QUIT/TLS": stop})
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
			case "dial: canceled: canceled", "sound": // waiting for its turn, or done before
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
