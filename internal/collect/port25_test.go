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

	"mtasts/internal/fact"
)

// deadDomains are d0.example and so on, with so many MX addresses each that nothing answers at.
func deadDomains(domains, each int) string {
	var b strings.Builder
	for d := range domains {
		fmt.Fprintf(&b, "d%d.example. MX 10 mx.d%d.example.\n", d, d)
		for i := range each {
			fmt.Fprintf(&b, "mx.d%d.example. AAAA 2001:db8::%d:%d\n", d, d+1, i+1)
		}
	}
	return b.String()
}

// dropping has the network lose what is sent to port 25 of IPv6 addresses, as one does that blocks it.
func dropping(n *Network) {
	dial := n.Dial
	n.Dial = func(ctx context.Context, network, address string) (net.Conn, error) {
		if network == "tcp" && strings.HasPrefix(address, "[2001:db8:") && strings.HasSuffix(address, ":25") {
			<-ctx.Done()
			return nil, opError(ctx.Err())
		}
		return dial(ctx, network, address)
	}
}

// TestPort25Blocked: when so many addresses cannot be reached and none can, nobody waits long for the
// others, unless the user insists; and no domain alone makes it seem so.
func TestPort25Blocked(t *testing.T) {
	t.Parallel()
	const enough = enoughFailures / failuresOfOne
	const hurried, patient = "skipped: port-25-blocked", "dial: timeout: no connection within 0.2 s"
	for _, c := range []struct {
		name          string
		smtp          string
		domains, each int
		want          string
	}{
		{"enough", "", enough, failuresOfOne, hurried},
		{"not enough", "", enough, failuresOfOne - 1, patient},
		{"of too few domains", "", enough - 1, 16, patient},
		{"required", fact.SMTPRequire, enough + 1, 16, patient},
	} {
		w := newWorld(t, deadDomains(c.domains+1, c.each))
		o := w.watch(dropping, func(n *Network) { n.SMTP, n.SMTPTimeout = c.smtp, 200*time.Millisecond })
		var last *fact.Observation
		for d := range c.domains + 1 {
			if last = o.see(fmt.Sprintf("d%d.example", d)); last.Vantage.Port25 != fact.Port25Silent {
				t.Errorf("%s: port 25 is %q", c.name, last.Vantage.Port25)
			}
		}
		for host, got := range probes(last) {
			if got != c.want {
				t.Errorf("%s: %s: %s", c.name, host, got)
			}
		}
		for _, p := range last.Hosts[0].Probes {
			if p.Skipped != "" && faultText(p.Fault) != "dial: timeout: no connection within 0.06 s" {
				t.Errorf("%s: in a hurry, %s", c.name, faultText(p.Fault))
			}
		}
	}
}

// TestDeadDomainsBlockNobody: who names as many dead addresses as he likes has no domain judged without
// a look, however the run goes on.
func TestDeadDomainsBlockNobody(t *testing.T) {
	const dead, alive = 2 * enoughFailures / failuresOfOne, oneIn
	for _, network := range []func(*Network){dropping, func(*Network) {}} { // silent, refused
		zone := deadDomains(dead, failuresOfOne)
		for i := range alive {
			zone += fmt.Sprintf("a%d.example. MX 10 mx.a%d.example.\nmx.a%d.example. A 198.51.100.%d\n", i, i, i, i+1)
		}
		w := newWorld(t, zone)
		o := w.watch(network, func(n *Network) { n.SMTPTimeout = 2 * time.Second })
		var all sync.WaitGroup
		for d := range dead {
			all.Go(func() { o.see(fmt.Sprintf("d%d.example", d)) })
		}
		all.Wait()
		for i := range alive {
			w.mail(fmt.Sprintf("198.51.100.%d", i+1), fmt.Sprintf("mx.a%d.example", i), nil)
			o.probes.port25.isOpen = false // each would be the first one
			o.probes.port25.open = make(chan struct{})
			seen := o.see(fmt.Sprintf("a%d.example", i))
			if got := inShort(onlyProbe(t, seen)); got != "sound" || seen.Vantage.Port25 != fact.Port25Open {
				t.Errorf("probe %s, port 25 %s", got, seen.Vantage.Port25)
			}
		}
	}
}

// TestOneInSomeIsNotHurried: so a run learns that it is wrong about a slow line.
func TestOneInSomeIsNotHurried(t *testing.T) {
	p := newPort25()
	for i := range enoughFailures {
		a := netip.AddrFrom4([4]byte{192, 0, 2, byte(i)})
		p.note(p.join(), a, &fact.Probe{Fault: &fact.Fault{Kind: fact.TimedOut}})
	}
	hurried := 0
	for range 2 * oneIn {
		own := p.join()
		first := p.hurries(own)
		if first != p.hurries(own) {
			t.Error("a look is hurried at one address and not at the other")
		}
		if first {
			hurried++
		}
	}
	if hurried != 2*(oneIn-1) {
		t.Errorf("%d of %d looks are hurried", hurried, 2*oneIn)
	}
}

// TestPort25Open: one that connects is enough, whatever the others do; then nothing is skipped.
func TestPort25Open(t *testing.T) {
	w := newWorld(t, deadDomains(6, 16)+oneHost)
	w.mail(at11, mx1, map[string]step{"greeting": hangup})
	o := w.watch()
	o.see("example.com")
	for d := range 6 {
		seen := o.see(fmt.Sprintf("d%d.example", d))
		for host, got := range probes(seen) {
			if got != "dial: refused: connection refused" || seen.Vantage.Port25 != fact.Port25Open {
				t.Errorf("%s: %s, port 25 %s", host, got, seen.Vantage.Port25)
			}
		}
	}
}

// TestPort25OfThisMachine: what this machine is the cause of tells nothing about the port, nor does
// what was not tried.
func TestPort25OfThisMachine(t *testing.T) {
	for _, err := range []error{syscall.ENETUNREACH, syscall.EMFILE} {
		w := newWorld(t, deadDomains(6, 16)+oneHost)
		for d := range 6 {
			for i := range 16 {
				w.failsAt(fmt.Sprintf("[2001:db8::%d:%d]:25", d+1, i+1), err)
			}
		}
		o := w.watch()
		for d := range 6 {
			if seen := o.see(fmt.Sprintf("d%d.example", d)); seen.Vantage.Port25 != "" {
				t.Errorf("%v: port 25 is %q", err, seen.Vantage.Port25)
			}
		}
		if got := inShort(onlyProbe(t, o.see("example.com"))); got != "dial: refused: connection refused" {
			t.Errorf("%v: %s", err, got)
		}
	}
	w := newWorld(t, "example.com. MX 10 mx1.example.com.\nmx1.example.com. A 10.0.0.1\n")
	if seen := w.observe(); seen.Vantage.Port25 != "" {
		t.Errorf("port 25 is %q", seen.Vantage.Port25)
	}
}

// TestPort25AfterTheEnd: what there was no time for tells nothing about the port, and an address in two
// forms is one.
func TestPort25AfterTheEnd(t *testing.T) {
	w := newWorld(t, "")
	w.failsAt("192.0.2.11:25", nil)
	w.failsAt("[::ffff:192.0.2.11]:25", nil)
	l, a := w.watch(hasty).look("example.com"), netip.MustParseAddr(at11)
	for want, limit := range []time.Duration{0, time.Minute} {
		ctx, cancel := context.WithTimeout(t.Context(), limit)
		for _, form := range []netip.Addr{a, netip.AddrFrom16(a.As16())} {
			var p fact.Probe
			if l.converse(ctx, call{form, mx1}, &p); faultText(p.Fault) != "dial: timeout: no connection within 0.5 s" {
				t.Errorf("%s: %s", form, faultText(p.Fault))
			}
		}
		cancel()
		if n := len(l.probes.port25.failed); n != want {
			t.Errorf("limit %v: %d addresses have failed", limit, n)
		}
	}
}

// TestPort25Settles: a look that gets nowhere waits for those that are under way, so that it makes
// no difference which of them is done first; but for no longer than its context.
func TestPort25Settles(t *testing.T) {
	w := newWorld(t, deadDomains(1, 2)+oneHost)
	s := w.mail(at11, mx1, nil)
	dial, slow, dead := w.at["tcp 192.0.2.11:25"], make(chan struct{}), make(chan struct{})
	var once sync.Once
	w.at["tcp 192.0.2.11:25"] = func(ctx context.Context) (net.Conn, error) {
		once.Do(func() { close(slow) })
		<-dead // the other one has failed
		return dial(ctx)
	}
	w.at["tcp [2001:db8::1:2]:25"] = func(context.Context) (net.Conn, error) {
		defer close(dead)
		return nil, opError(syscall.ECONNREFUSED)
	}
	o := w.watch()
	var sound *fact.Observation
	var all sync.WaitGroup
	all.Go(func() { sound = o.see("example.com") })
	<-slow
	seen := o.see("d0.example")
	all.Wait()
	if seen.Vantage.Port25 != fact.Port25Open || sound.Vantage.Port25 != fact.Port25Open {
		t.Errorf("port 25 is %q, and %q for the one that connected", seen.Vantage.Port25, sound.Vantage.Port25)
	}
	o.Close()
	s.wait()
}

// TestPort25IsMadeUpFor: what a look did not wait long for since the port seemed blocked, it tries again
// when another one that was under way has found the port open.
func TestPort25IsMadeUpFor(t *testing.T) {
	const dead = enoughFailures / failuresOfOne
	w := newWorld(t, deadDomains(dead, failuresOfOne)+oneHost+"slow.example. MX 10 mx.slow.example.\nmx.slow.example. A 192.0.2.12\n")
	w.mail(at11, mx1, nil)
	w.mail("192.0.2.12", "mx.slow.example", nil)
	slow, far := w.at["tcp 192.0.2.12:25"], w.at["tcp 192.0.2.11:25"]
	begun, gaveUp := make(chan struct{}), make(chan struct{})
	w.at["tcp 192.0.2.12:25"] = func(ctx context.Context) (net.Conn, error) {
		close(begun)
		<-gaveUp
		return slow(ctx)
	}
	first := true
	w.at["tcp 192.0.2.11:25"] = func(ctx context.Context) (net.Conn, error) {
		if first {
			first = false
			<-ctx.Done()
			close(gaveUp)
			return nil, opError(ctx.Err())
		}
		return far(ctx)
	}
	o := w.watch(func(n *Network) { n.SMTPTimeout = 2 * time.Second })
	var all sync.WaitGroup
	all.Go(func() { o.see("slow.example") })
	<-begun
	for d := range dead {
		all.Go(func() { o.see(fmt.Sprintf("d%d.example", d)) })
	}
	until(t, "nothing fails", func() bool {
		p := &o.probes.port25
		p.mu.Lock()
		defer p.mu.Unlock()
		return len(p.failed) == enoughFailures
	})
	seen := o.see("example.com")
	all.Wait()
	if got := inShort(onlyProbe(t, seen)); got != "sound" || seen.Vantage.Port25 != fact.Port25Open {
		t.Errorf("probe %s, port 25 %s", got, seen.Vantage.Port25)
	}
}

// TestSettlingEnds with the context, and then it is not known what became of the port.
func TestSettlingEnds(t *testing.T) {
	p := newPort25()
	other := p.join()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if p.settle(ctx, time.Minute) {
		t.Error("settled while another look is under way")
	}
	for range settling {
		_ = p.settle(ctx, time.Minute)
	}
	if !p.settle(ctx, time.Minute) {
		t.Error("a long list is still held up")
	}
	p.waited = 0
	p.part(other)
	if !p.settle(ctx, time.Minute) || p.state() != fact.Port25Silent {
		t.Errorf("port 25 is %q", p.state())
	}
	own := p.join()
	p.note(own, netip.MustParseAddr("192.0.2.1"), &fact.Probe{Connected: true})
	if !p.settle(ctx, time.Minute) || p.state() != fact.Port25Open {
		t.Errorf("port 25 is %q", p.state())
	}
}
