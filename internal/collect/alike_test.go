package collect

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net/netip"
	"testing"

	"mtasts/internal/fact"
)

// TestNamesOfAProvider: an address that has a certificate for all its names, and shows it under some of
// them, is not asked under each.
func TestNamesOfAProvider(t *testing.T) {
	const hosts = 60
	w := newWorld(t, names(hosts, at11)+"two.example. MX 10 other.example.com.\nother.example.com. A 192.0.2.11\n")
	w.mail(at11, "*.example.com", nil)
	o := w.watch()
	seen, told := o.see("example.com"), 0
	held := map[string]bool{}
	for _, h := range seen.Hosts {
		held[h.Name] = h.Probes[0].Under == ""
	}
	for _, h := range append(seen.Hosts, o.see("two.example").Hosts...) {
		p := h.Probes[0]
		if inShort(p) != "sound" || p.Address != at11 || p.Under != "" && !held[p.Under] {
			t.Errorf("%s, under %q: %s", h.Name, p.Under, inShort(p))
		}
		if p.Under != "" {
			told++
		}
	}
	// One more may be under way when it is known.
	if n := w.connections("192.0.2.11:25"); n > enoughNames+maxAtDoor-1 || n+told != hosts+1 {
		t.Errorf("%d connections, %d told", n, told)
	}
}

// TestNamesApart: where the certificate is not for a name, or another one each time, or a conversation
// fails, each name is asked under.
func TestNamesApart(t *testing.T) {
	const hosts = 12
	for what, certificate := range map[string]func(w *world, name string) (*tls.Config, error){
		"for none": func(*world, string) (*tls.Config, error) { return nil, nil },
		"one each": func(w *world, name string) (*tls.Config, error) { return w.ca.config("*.example.com", name), nil },
		"faults":   func(*world, string) (*tls.Config, error) { return nil, errors.New("no") },
	} {
		w := newWorld(t, names(hosts, at11))
		s := w.mail(at11, "mx.example.net", nil)
		s.config.GetConfigForClient = func(hello *tls.ClientHelloInfo) (*tls.Config, error) { return certificate(w, hello.ServerName) }
		for _, h := range w.observe().Hosts {
			if p := h.Probes[0]; p.Under != "" {
				t.Errorf("%s: %s was told what %s said", what, h.Name, p.Under)
			}
		}
		if n := w.connections("192.0.2.11:25"); n != hosts {
			t.Errorf("%s: %d connections", what, n)
		}
	}
}

// TestAlikeInARow: what comes between begins the row anew, and what is no use is not kept.
func TestAlikeInARow(t *testing.T) {
	ca := newAuthority(t)
	a, al := netip.MustParseAddr(at11), newAlike(now)
	with := func(name string) call { return call{a, name} }
	one, other := ca.issue(ca.root, "one", named("*.example.com")), ca.issue(ca.root, "other", named("*.example.com"))
	shows := func(der []byte) fact.Probe { return fact.Probe{TLS: &fact.TLS{Chain: [][]byte{der}}} }
	for step, c := range []struct {
		probe fact.Probe
		known bool
	}{
		{shows(one.cert.Raw), false},
		{shows(one.cert.Raw), false},
		{shows(one.cert.Raw), false},
		{shows(other.cert.Raw), false},
		{shows(other.cert.Raw), false},
		{shows(other.cert.Raw), false},
		{shows(other.cert.Raw), true},
		{shows([]byte("no certificate")), false},
		{fact.Probe{TLS: &fact.TLS{}}, false}, // larger than what is recorded
		{shows(append(make([]byte, maxWeight), one.cert.Raw...)), false},
		{fact.Probe{}, false}, // without TLS
	} {
		al.note(with(fmt.Sprintf("m%d.example.com", step)), c.probe)
		p, known := al.tell(with("new.example.com"))
		if known != c.known || known && p.Under != "m3.example.com" {
			t.Errorf("step %d: known %v, under %q", step, known, p.Under)
		}
		if _, known := al.tell(with("new.example.net")); known {
			t.Errorf("step %d: another's name", step)
		}
	}
	if al.of.Len() != 0 {
		t.Errorf("%d are kept", al.of.Len())
	}
}
