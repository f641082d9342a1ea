package collect

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"mtasts/internal/fact"
)

// Here are the attacks of some domains of a run on the others: what they name is not theirs alone.

// strangers are h0.test and so on, each of which has so many names of its own for an address.
func strangers(n, names int, address string) string {
	var b strings.Builder
	for i := range n {
		for j := range names {
			fmt.Fprintf(&b, "h%d.test. MX 10 m%d.h%d.test.\nm%d.h%d.test. A %s\n", i, j, i, j, i, address)
		}
	}
	return b.String()
}

// bySNI notes under which names a server is spoken to, and has it show what choose says.
func (s *mailServer) bySNI(choose func(name string) (*tls.Config, error)) (names func() []string) {
	var mu sync.Mutex
	var list []string
	s.config.GetConfigForClient = func(hello *tls.ClientHelloInfo) (*tls.Config, error) {
		mu.Lock()
		list = append(list, hello.ServerName)
		mu.Unlock()
		return choose(hello.ServerName)
	}
	return func() []string {
		mu.Lock()
		defer mu.Unlock()
		return slices.Clone(list)
	}
}

func sameForAll(string) (*tls.Config, error) { return nil, nil }

// TestStrangersStandInLine: who names the address of somebody else does not make those wait whose it is,
// once it has shown whose: before they come, or while they stand in line.
func TestStrangersStandInLine(t *testing.T) {
	const crowd = 20
	for _, known := range []bool{true, false} {
		w := newWorld(t, strangers(crowd, 1, at11)+goodDomain+"first.example. MX 10 first.good.example.\nfirst.good.example. A 192.0.2.11\n")
		open := make(chan struct{})
		var held atomic.Bool
		s := w.mail(at11, "*.good.example", map[string]step{"greeting": func(c net.Conn) bool {
			if held.Load() {
				<-open
			}
			return say("220 mx\r\n")(c)
		}})
		names := s.bySNI(sameForAll)
		o := w.watch()
		if known {
			o.see("first.example")
			o.probes.byes.Wait()
		}
		held.Store(true)
		var all sync.WaitGroup
		for i := range crowd {
			all.Go(func() { o.see(fmt.Sprintf("h%d.test", i)) })
		}
		until(t, "the crowd does not come", func() bool { return o.atDoor(at11) == crowd })
		all.Go(func() { o.see("good.example") })
		until(t, "the domain does not come", func() bool { return o.atDoor(at11) == crowd+1 })
		close(open)
		all.Wait()
		// Two are inside and one is the first of the line; two more may slip in before it is known.
		order := slices.DeleteFunc(names(), func(name string) bool { return name == "first.good.example" })
		if n := slices.Index(order, "mx.good.example"); n < 0 || n > 7 || len(order) != crowd+1 {
			t.Errorf("known before %v: it is number %d of %d", known, n+1, len(order))
		}
	}
}

// TestAnOrganisationIsOneCaller: a thousand names below one domain are no crowd.
func TestAnOrganisationIsOneCaller(t *testing.T) {
	const domains, each = 10, 4
	zone := strings.ReplaceAll(strangers(domains, each, at11), ".test.", ".evil.test.")
	w := newWorld(t, zone)
	open := make(chan struct{})
	w.mail(at11, mx1, map[string]step{"greeting": func(c net.Conn) bool { <-open; return say("220 mx\r\n")(c) }})
	o := w.watch()
	var all sync.WaitGroup
	for i := range domains {
		all.Go(func() { o.see(fmt.Sprintf("h%d.evil.test", i)) })
	}
	defer all.Wait()
	defer close(open)
	waiting := func() int {
		o.probes.callers.mu.Lock()
		defer o.probes.callers.mu.Unlock()
		if d := o.probes.callers.at[caller{"evil.test", netip.MustParseAddr(at11)}]; d != nil {
			return d.users
		}
		return 0
	}
	until(t, "they do not come", func() bool { return waiting() == domains*each })
	if n := o.atDoor(at11); n > maxAtDoor {
		t.Errorf("%d of them stand before the address", n)
	}
}

// TestNamesHaveAnEnd: a domain talks to an address under so many names and no more.
func TestNamesHaveAnEnd(t *testing.T) {
	w := newWorld(t, names(maxNames+9, at11))
	w.mail(at11, mx1, nil)
	count := map[string]int{}
	for _, p := range probes(w.observe()) {
		count[p]++
	}
	want := map[string]int{"sound": maxNames, "skipped: limit": 9}
	if diff := cmp.Diff(want, count); diff != "" || w.connections("192.0.2.11:25") != maxNames {
		t.Errorf("%d connections (-want +got):\n%s", w.connections("192.0.2.11:25"), diff)
	}
}

// TestAFullRoomStarvesNobody: where others have taken all that is shared, a look has room of its own.
func TestAFullRoomStarvesNobody(t *testing.T) {
	o := soundWorld(t).watch()
	o.probes.room, o.web.room = make(chan struct{}), make(chan struct{})
	seen := o.see("example.com")
	for host, got := range probes(seen) {
		if got != "sound" {
			t.Errorf("%s: %s", host, got)
		}
	}
	for _, f := range seen.Host.Fetches {
		if f.Status != 200 {
			t.Errorf("%s: %s", f.Address, faultText(f.Fault))
		}
	}
}

// TestALookHasAnEnd: when its time is over, no conversation is begun, however many addresses take theirs.
func TestALookHasAnEnd(t *testing.T) {
	const addresses, limit = 200, 200 * time.Millisecond
	var zone strings.Builder
	for i := range addresses {
		if i < 20 {
			fmt.Fprintf(&zone, "example.com. MX 10 m%d.example.com.\n", i)
		}
		fmt.Fprintf(&zone, "m%d.example.com. AAAA 2001:db8::%x\n", i%20, i+1)
	}
	w := newWorld(t, zone.String())
	slow := func(c net.Conn) bool { <-time.After(limit * 9 / 10); return say("220 mx\r\n")(c) }
	for i := range addresses {
		address := fmt.Sprintf("2001:db8::%x", i+1)
		w.mail(address, mx1, map[string]step{"greeting": slow, "EHLO": silence})
	}
	count := map[string]int{}
	for _, p := range probes(w.observe(func(n *Network) { n.SMTPTimeout = limit })) {
		count[p]++
	}
	if n := w.total(w.dialed); n > 3*maxOfOne || count["skipped: limit"] == 0 {
		t.Errorf("%d connections: %v", n, count)
	}
}

// fat is a certificate of so many octets more than it needs.
func fat(n int) func(*x509.Certificate) {
	return func(c *x509.Certificate) {
		c.ExtraExtensions = []pkix.Extension{{Id: asn1.ObjectIdentifier{1, 2, 3, 4}, Value: make([]byte, n)}}
	}
}

// TestALookIsOfBoundedSize: hundreds of kilobytes at each of hundreds of addresses do not add up.
func TestALookIsOfBoundedSize(t *testing.T) {
	const each, addresses = 200 << 10, 30
	w := newWorld(t, "example.com. MX 10 mx1.example.com.\nexample.com. MX 10 mx2.example.com.\n")
	config := sends(w.ca.issue(w.ca.intermediate, mx1, named(mx1), fat(each)), w.ca.intermediate)
	for i := range addresses {
		address := fmt.Sprintf("192.0.2.%d", i+1)
		w.publish(fmt.Sprintf("mx%d.example.com. A %s\n", i%2+1, address))
		w.mail(address, mx1, nil).config = config
	}
	size, count := 0, map[string]int{}
	for _, h := range w.observe().Hosts {
		for _, p := range h.Probes {
			size += weight(p)
			count[inShort(p)]++
		}
	}
	if size > maxOfLook || count["sound"] < maxOfLook/(each*4/3)-2 || count["sound"]+count["skipped: limit"] != addresses {
		t.Errorf("%d octets: %v", size, count)
	}
}

// TestStrangersShowNoCertificate: what an address shows under names that are not its own is told of no
// name that is, and what is wrong with it is not either.
func TestStrangersShowNoCertificate(t *testing.T) {
	below := strings.ReplaceAll(strangers(2*enoughNames, 1, at11), "m0.", "m0-") // m0-h1.test, all below test
	expired := valid(-60*day, -30*day)
	for _, c := range []struct {
		what, zone, names string
		change            func(*x509.Certificate)
	}{
		{"strangers", strangers(2*enoughNames, 1, at11), "*.good.example", func(*x509.Certificate) {}},
		{"an expired one", below, "*.test", expired},
	} {
		name := "mx.good.example"
		if c.names == "*.test" {
			name = "mx-good.test"
		}
		w := newWorld(t, c.zone+"good.example. MX 10 "+name+".\n"+name+". A 192.0.2.11\n")
		s := w.mail(at11, name, nil)
		own := s.config.Clone()
		other := sends(w.ca.issue(w.ca.intermediate, c.names, named(c.names), c.change), w.ca.intermediate)
		s.bySNI(func(asked string) (*tls.Config, error) {
			if asked == name {
				return own, nil
			}
			return other, nil
		})
		o := w.watch()
		for i := range 2 * enoughNames {
			o.see(fmt.Sprintf("h%d.test", i))
		}
		p := onlyProbe(t, o.see("good.example"))
		if inShort(p) != "sound" || p.Under != "" || !slices.Equal(p.TLS.Chain[0], own.Certificates[0].Certificate[0]) {
			t.Errorf("%s: %s, under %q", c.what, inShort(p), p.Under)
		}
	}
}

// TestStrangersBreakNoRow: that an address has nothing to show to strangers takes nothing from those that
// it has a certificate for.
func TestStrangersBreakNoRow(t *testing.T) {
	w := newWorld(t, strangers(enoughNames, 1, at11)+names(enoughNames+1, at11))
	s := w.mail(at11, "*.example.com", nil)
	s.bySNI(func(name string) (*tls.Config, error) {
		if !strings.HasSuffix(name, ".example.com") {
			return nil, errors.New("unrecognized name")
		}
		return nil, nil
	})
	o := w.watch()
	for i := range enoughNames + 1 {
		w.publish(fmt.Sprintf("d%d.example. MX 10 m%02d.example.com.\n", i, i))
	}
	for i := range enoughNames {
		o.see(fmt.Sprintf("d%d.example", i))
		o.see(fmt.Sprintf("h%d.test", i))
	}
	if p := onlyProbe(t, o.see(fmt.Sprintf("d%d.example", enoughNames))); inShort(p) != "sound" || p.Under == "" {
		t.Errorf("%s, under %q", inShort(p), p.Under)
	}
}

// TestHasteIsNoDeath: an address that was not waited for long is tried again when port 25 is known to be
// open, and until then it need not be under each name.
func TestHasteIsNoDeath(t *testing.T) {
	a := netip.MustParseAddr(at11)
	p := newProber(now)
	p.learn(call{a, mx1}, fact.Probe{Skipped: fact.SkipBlocked, Fault: &fact.Fault{Stage: fact.Dial, Kind: fact.TimedOut, Timeout: true}})
	if _, found := p.heard(call{a, "mx2.example.com"}); !found {
		t.Error("it is tried under each name")
	}
	p.port25.note(p.port25.join(), a.Next(), &fact.Probe{Connected: true})
	if _, found := p.heard(call{a, mx1}); found {
		t.Error("it is taken for dead")
	}
}

// TestTheWebForgives: a policy host that was once connected to is not silent for others when one
// connection fails.
func TestTheWebForgives(t *testing.T) {
	w := newWorld(t, hosted(3, "192.0.2.10"))
	w.raw("192.0.2.10", "HTTP/1.1 404 Not Found\r\n\r\n")
	web := w.at["tcp 192.0.2.10:443"]
	o := w.watch(func(n *Network) { n.SMTP, n.Timeout = fact.SMTPOff, 500*time.Millisecond })
	for i, want := range []string{"none", "dial: timeout: no connection within 0.5 s", "none"} {
		if w.at["tcp 192.0.2.10:443"] = web; i == 1 {
			w.fails("192.0.2.10", nil)
		}
		if got := faultText(o.see(fmt.Sprintf("d%d.example", i)).Host.Fetches[0].Fault); got != want {
			t.Errorf("look %d: %s, want %s", i, got, want)
		}
	}
}

// TestSettlingIsBounded: who has dead addresses without end does not keep others from being done.
func TestSettlingIsBounded(t *testing.T) {
	p := newPort25()
	p.join()
	if !p.settle(t.Context(), time.Millisecond) || p.state() != fact.Port25Silent {
		t.Errorf("port 25 is %q", p.state())
	}
}

// TestNeitherOrderNorCrowdMatters: sound domains are judged the same, wherever they stand in a list of
// those that mean ill, and however many are looked at at once.
func TestNeitherOrderNorCrowdMatters(t *testing.T) {
	for _, crowd := range []int{1, 4, 64} {
		t.Run(fmt.Sprint(crowd), func(t *testing.T) {
			t.Parallel()
			w, sound, hostile := mixedWorld(t)
			want := map[string]string{}
			for _, domain := range sound {
				want[domain] = "sound, port 25 open, interrupted false"
			}
			for order := range uint64(2) {
				list := append(slices.Clone(hostile), sound...) // the worst: those who mean ill come first
				if order > 0 {                                  // and nobody who takes his time
					list = slices.DeleteFunc(list, func(domain string) bool { return domain == "slow.test" })
					rand.New(rand.NewPCG(order, uint64(crowd))).Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
				}
				o := w.watch(func(n *Network) { n.SMTPTimeout = 2 * time.Second })
				if diff := cmp.Diff(want, o.verdicts(list, sound, crowd)); diff != "" {
					t.Errorf("order %d (-want +got):\n%s", order, diff)
				}
				o.probes.byes.Wait()
				if p := o.probes; len(p.room)+len(p.doors.at)+len(p.callers.at)+len(p.queues.of)+len(p.port25.parties) > 0 {
					t.Errorf("order %d: something is not given back", order)
				}
			}
		})
	}
}

// TestWhoWaitsForATurnHoldsNothing: to be about to speak to an address under somebody else's name, and
// never to come to it, keeps nobody from it; and whoever waits is told what others hear.
func TestWhoWaitsForATurnHoldsNothing(t *testing.T) {
	w := newWorld(t, goodDomain)
	w.mail(at11, "mx.good.example", nil)
	o := w.watch()
	evil, a := o.look("h0.evil.test"), netip.MustParseAddr(at11)
	for range maxAtDoor {
		if _, err := o.probes.callers.enter(t.Context(), evil.caller(a)); err != nil {
			t.Fatal(err)
		}
	}
	waiting := make(chan fact.Probe)
	go func() { waiting <- evil.probe(context.Background(), "mx.good.example", a) }()
	until(t, "nobody waits", func() bool {
		o.probes.queues.mu.Lock()
		defer o.probes.queues.mu.Unlock()
		return len(o.probes.queues.of) == 1
	})
	if got := inShort(onlyProbe(t, o.see("good.example"))); got != "sound" {
		t.Errorf("probe = %s", got)
	}
	if got := inShort(<-waiting); got != "sound" || w.connections("192.0.2.11:25") != 1 {
		t.Errorf("who waited: %s, %d connections", got, w.connections("192.0.2.11:25"))
	}
}

// mixedWorld has sound domains, at a provider's address and at their own, and hostile ones: dead ones,
// some with names of their own for the provider's and for the others' addresses, and one of many slow addresses.
func mixedWorld(t *testing.T) (w *world, sound, hostile []string) {
	var zone strings.Builder
	zone.WriteString(deadDomains(6, 16) + strangers(6, 3, at11))
	for i := range 8 {
		fmt.Fprintf(&zone, "s%d.example. MX 10 s%d.provider.example.\ns%d.provider.example. A 192.0.2.11\n", i, i, i)
		fmt.Fprintf(&zone, "o%d.example. MX 10 mx.o%d.example.\nmx.o%d.example. A 198.51.100.%d\n", i, i, i, i+1)
		fmt.Fprintf(&zone, "h%d.test. MX 20 evil%d.h%d.test.\nevil%d.h%d.test. A 198.51.100.%d\n", i%6, i, i%6, i, i%6, i+1)
		sound = append(sound, fmt.Sprintf("s%d.example", i), fmt.Sprintf("o%d.example", i))
	}
	for i := range maxOfOne + 6 {
		if i < 10 {
			fmt.Fprintf(&zone, "slow.test. MX 10 m%d.slow.test.\n", i)
		}
		fmt.Fprintf(&zone, "m%d.slow.test. AAAA 2001:db8:1::%x\n", i%10, i+1)
	}
	for i := range 6 {
		hostile = append(hostile, fmt.Sprintf("d%d.example", i), fmt.Sprintf("h%d.test", i))
	}
	w = newWorld(t, zone.String())
	w.mail(at11, "*.provider.example", nil)
	for i := range 8 {
		w.mail(fmt.Sprintf("198.51.100.%d", i+1), fmt.Sprintf("mx.o%d.example", i), nil)
	}
	for i := range maxOfOne + 6 {
		w.failsAt(fmt.Sprintf("[2001:db8:1::%x]:25", i+1), nil)
	}
	for d := range 6 {
		for i := range 16 {
			w.failsAt(fmt.Sprintf("[2001:db8::%d:%d]:25", d+1, i+1), syscall.EHOSTUNREACH)
		}
	}
	return w, sound, append(hostile, "slow.test")
}

// verdicts looks at a list, so many at once, and says what became of some.
func (w watcher) verdicts(list, of []string, crowd int) map[string]string {
	got := map[string]string{}
	var mu sync.Mutex
	var all sync.WaitGroup
	room := make(chan struct{}, crowd)
	for _, domain := range list {
		room <- struct{}{}
		all.Go(func() {
			defer func() { <-room }()
			seen := w.Observe(context.Background(), domain)
			if !slices.Contains(of, domain) {
				return
			}
			mu.Lock()
			defer mu.Unlock()
			got[domain] = fmt.Sprintf("%s, port 25 %s, interrupted %v", inShort(onlyProbe(w.t, seen)), seen.Vantage.Port25, seen.Interrupted)
		})
	}
	all.Wait()
	return got
}
