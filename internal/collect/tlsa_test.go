package collect

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/miekg/dns"

	"mtasts/internal/fact"
)

const (
	someKey = "TLSA 3 1 1 d2abde240d7cd3ee6b4b28c54df034b97983a1d16e8a410e4561cb106618e971\n"
	ownKey  = "_25._tcp.mx1.example.com. " + someKey
	// aliased is an MX host that is an alias of an alias.
	aliased = "example.com. MX 10 mx1.example.com.\nmx1.example.com. CNAME a.example.net.\na.example.net. CNAME b.example.org.\n" +
		"b.example.org. A 192.0.2.11\nb.example.org. AAAA 2001:db8::11\n"
)

func trusting(n *Network) { n.TrustAD = true }

// TestKeys: which questions follow, and in which order the answers stand (RFC 7672 §2.2).
func TestKeys(t *testing.T) {
	for _, c := range []struct {
		name, zone  string
		signed      []string
		change      func(*Network)
		tlsa        []string
		cname, root bool
	}{
		{"signed", oneHost + ownKey, []string{"_25._tcp.mx1.example.com."}, trusting, []string{"_25._tcp.mx1.example.com 1"}, false, false},
		{"not signed", oneHost + ownKey, nil, trusting, []string{"_25._tcp.mx1.example.com 1"}, false, true},
		{"of a resolver that may say anything", oneHost + ownKey, nil, func(*Network) {}, []string{"_25._tcp.mx1.example.com 1"}, false, false},
		{"none", oneHost, nil, trusting, []string{"_25._tcp.mx1.example.com 0"}, false, false},
		{"an alias", aliased + ownKey + "_25._tcp.b.example.org. " + someKey, nil, trusting, []string{"_25._tcp.b.example.org 1", "_25._tcp.mx1.example.com 1"}, true, true},
		{"an alias, signed all the way", aliased, []string{"mx1.example.com.", "a.example.net.", "b.example.org."}, trusting, []string{"_25._tcp.b.example.org 0", "_25._tcp.mx1.example.com 0"}, false, false},
		{"an alias, signed where it begins", aliased, []string{"mx1.example.com."}, trusting, []string{"_25._tcp.b.example.org 0", "_25._tcp.mx1.example.com 0"}, true, false},
		{"an alias to nothing", "example.com. MX 10 mx1.example.com.\nmx1.example.com. CNAME a.example.net.\n", nil, trusting, []string{"_25._tcp.mx1.example.com 0"}, false, false},
	} {
		w := newWorld(t, c.zone)
		for _, name := range c.signed {
			w.sign[name] = true
		}
		o := w.observe(c.change)
		h := o.Hosts[0]
		var got []string
		for _, a := range h.TLSA {
			got = append(got, a.Name+" "+string(rune('0'+len(a.Records))))
		}
		if diff := cmp.Diff(c.tlsa, got); diff != "" || (h.CNAME != nil) != c.cname || (o.Root != nil) != c.root {
			t.Errorf("%s: CNAME %+v, root %+v (-want +got):\n%s", c.name, h.CNAME, o.Root, diff)
		}
		if c.cname && (len(h.CNAME.Records) != 1 || h.CNAME.Records[0].Host != "a.example.net" || h.CNAME.AD != w.sign["mx1.example.com."]) {
			t.Errorf("%s: CNAME %+v", c.name, h.CNAME)
		}
		if c.root && (o.Root.Name != "." || o.Root.Type != "TXT" || w.questions(". TXT") != 1) {
			t.Errorf("%s: root %+v", c.name, o.Root)
		}
		if n := max(w.questions("_25._tcp.b.example.org. TLSA"), w.questions("mx1.example.com. CNAME"), w.questions("_25._tcp.mx1.example.com. TLSA")); n != 1 {
			t.Errorf("%s: a question was asked %d times", c.name, n)
		}
	}
}

// TestUnknownKeys: a failure is a fact of that question alone.
func TestUnknownKeys(t *testing.T) {
	w := newWorld(t, oneHost)
	w.mail(at11, mx1, nil)
	w.code["_25._tcp.mx1.example.com. TLSA"] = dns.RcodeServerFailure
	o := w.observe()
	if h := o.Hosts[0]; len(h.TLSA) != 1 || !h.TLSA[0].Unknown() || inShort(h.Probes[0]) != "sound" || o.Interrupted {
		t.Errorf("host = %+v", h)
	}
}

func TestWhoseADBitCounts(t *testing.T) {
	w := newWorld(t, oneHost)
	for _, trust := range []bool{false, true} {
		v := w.observe(func(n *Network) { n.TrustAD = trust }).Vantage
		if want := map[bool][]string{true: v.Resolvers}[trust]; !cmp.Equal(v.ADTrusted, want) {
			t.Errorf("--trust-ad %v: %q, want %q", trust, v.ADTrusted, want)
		}
	}
}

// TestKeysOfManyHosts: hosts that are looked at only.
func TestKeysOfManyHosts(t *testing.T) {
	w := newWorld(t, oneHost+"example.com. MX 20 192.0.2.1.\nexample.com. MX 30 mx3.example.com.\n")
	var got []fact.Answer
	for _, h := range w.observe().Hosts {
		got = append(got, h.TLSA...)
	}
	if diff := cmp.Diff([]string{"_25._tcp.mx1.example.com TLSA", "_25._tcp.mx3.example.com TLSA"}, namesOf(got)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
