package collect

import (
	"net"
	"net/netip"
	"strings"
	"testing"

	"mtasts/internal/fact"
)

// inside are addresses of every form that lead, or may lead, into the looker's own network.
func inside() []string {
	return []string{
		"0.0.0.0", "10.0.0.1", "100.64.0.1", "127.0.0.1", "127.255.255.254", "169.254.169.254", "172.16.0.1", "192.0.0.9", "192.0.0.170",
		"192.168.0.1", "198.18.0.1", "203.0.113.1", "224.0.0.1", "240.0.0.1", "255.255.255.255",
		"::", "::1", "::127.0.0.1", "::10.0.0.1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:0:10.0.0.1", "64:ff9b::10.0.0.1", "64:ff9b::127.0.0.1",
		"64:ff9b:1::10.0.0.1", "64:ff9b:1:ffff::8.8.8.8", "2002:a00:1::1", "2002:7f00:1::1", "2002:c0a8:1::1", "2001:0:4136:e378:8000:63bf:3fff:fdd2",
		"2001:1::1", "2a00:1450::5efe:10.0.0.1", "2a00:1450::200:5efe:192.168.0.1", "fe80::1", "fe80::5efe:10.0.0.1", "fec0::1", "fc00::1", "fd12::1",
		"ff02::1", "ff0e::1", "100::1", "2001:2::1", "3fff::1", "4000::1", "5f00::1",
	}
}

// TestNoWayIn: whatever a domain points at, in whichever form, what is inside is not dialed: no policy host,
// no MX host, no web server of the domain's own, no destination of reports.
func TestNoWayIn(t *testing.T) {
	for _, text := range inside() {
		w := newWorld(t, "_smtp._tls.example.com. TXT \"v=TLSRPTv1; rua=https://rua.example.com/,mailto:x@mail.example.com\"\nexample.com. MX 10 mx.example.com.\n")
		for _, name := range []string{policyHost, "mx.example.com", "example.com", "rua.example.com", "mail.example.com"} {
			w.publish(name + ". " + familyOf(text) + " " + text + "\n")
		}
		o := w.observe(func(n *Network) { n.AllowNets, n.SMTP = nil, fact.SMTPRequire })
		if w.total(w.dialed) > w.connections(net.JoinHostPort(resolverAt, "53")) {
			t.Errorf("%s: dialed were %v", text, w.dialed)
		}
		fetches, probes := o.Host.Fetches, allProbes(o)
		if len(fetches) != 1 || len(probes) != 1 || fetches[0].Skipped != fact.SkipNotPublic || probes[0].Skipped != fact.SkipNotPublic {
			t.Errorf("%s: fetches %+v, probes %+v", text, fetches, probes)
		}
	}
}

func familyOf(address string) string {
	if strings.Contains(address, ":") {
		return "AAAA"
	}
	return "A"
}

// TestNoWayInBehindA404: the wrong places for a policy are looked at where they are public alone.
func TestNoWayInBehindA404(t *testing.T) {
	t.Parallel()
	for _, text := range inside() {
		w := newWorld(t, policyHost+". A 192.0.2.10\nexample.com. "+familyOf(text)+" "+text+"\n")
		w.raw(at10, "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")
		o := w.observe(func(n *Network) {
			n.AllowNets, n.SMTP = []netip.Prefix{netip.MustParsePrefix("192.0.2.10/32")}, fact.SMTPOff
		})
		if w.total(w.dialed) > w.connections(net.JoinHostPort(resolverAt, "53"))+w.connections(at10+":443") {
			t.Errorf("%s: dialed were %v", text, w.dialed)
		}
		if n := len(o.Host.Elsewhere); n != 4 || o.Host.Elsewhere[3].Skipped != fact.SkipNotPublic {
			t.Errorf("%s: elsewhere %+v", text, o.Host.Elsewhere)
		}
	}
}

// TestNoSecondLookup: what was judged is what is dialed; a name that leads elsewhere at every question has
// no say in it.
func TestNoSecondLookup(t *testing.T) {
	w := newWorld(t, policyHost+". A 192.0.2.10\n")
	w.raw(at10, "HTTP/1.1 301 Moved\r\nLocation: https://127.0.0.1/\r\nContent-Length: 0\r\n\r\n")
	w.held[policyHost+". A"] = func() { // before every answer but the first
		w.mu.Lock()
		defer w.mu.Unlock()
		if w.asked[policyHost+". A"] > 1 {
			delete(w.zone, policyHost+". A")
		}
	}
	o := w.observe(func(n *Network) { n.AllowNets = []netip.Prefix{netip.MustParsePrefix("192.0.2.10/32")} })
	if n := w.questions(policyHost + ". A"); n != 1 || o.Host.Fetches[0].Status != 301 {
		t.Errorf("%d questions, fetch %+v", n, o.Host.Fetches[0])
	}
}

// TestNoProxyOfTheEnvironment: what the environment says of proxies counts for nobody who was not told so.
// It is the process's own here, since libraries look there.
func TestNoProxyOfTheEnvironment(t *testing.T) {
	contacted := make(chan string, 100)
	w := soundWorld(t)
	w.acceptsAt("trap", func(c net.Conn) { contacted <- c.RemoteAddr().String() })
	trap, err := w.at["tcp trap"](t.Context())
	if err != nil {
		t.Fatal(err)
	}
	at := trap.RemoteAddr().String()
	_ = trap.Close()
	<-contacted
	for _, name := range []string{"http_proxy", "https_proxy", "all_proxy"} {
		t.Setenv(name, "http://"+at)
		t.Setenv(strings.ToUpper(name), "http://"+at)
	}
	for _, name := range []string{"no_proxy", "NO_PROXY"} {
		t.Setenv(name, "")
	}
	o := w.observe()
	for _, f := range o.Host.Fetches {
		if f.Status != 200 {
			t.Errorf("%s: status %d, fault %s", f.Address, f.Status, faultText(f.Fault))
		}
	}
	if len(contacted) > 0 || w.connections(at) > 0 || o.Vantage.Proxy != "" {
		t.Errorf("the environment's proxy was contacted %d times", len(contacted))
	}
}
