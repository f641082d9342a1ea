package collect

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mtasts/internal/fact"
)

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
