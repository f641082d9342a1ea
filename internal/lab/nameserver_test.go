package lab_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/miekg/dns"
)

func TestSoundDomainInDNS(t *testing.T) {
	l := start(t, "sound example.com\nsound example.org\n")
	for _, c := range []struct{ name, qtype, want string }{
		{"example.com", "MX", "NOERROR; example.com. MX 10 mx1.example.com.; example.com. MX 20 mx2.example.com."},
		{"example.com", "A", "NOERROR; example.com. A 192.0.2.80"},
		{"mx1.example.com", "AAAA", "NOERROR; mx1.example.com. AAAA 2001:db8::11"},
		{"_mta-sts.example.com", "TXT", `NOERROR; _mta-sts.example.com. TXT "v=STSv1; id=20260101000000Z"`},
		{"_smtp._tls.example.com", "TXT", `NOERROR; _smtp._tls.example.com. TXT "v=TLSRPTv1; rua=mailto:tlsrpt@example.com"`},
		{"mta-sts.example.org", "A", "NOERROR; mta-sts.example.org. A 192.0.2.30"},
		{"mta-sts.example.org", "AAAA", "NOERROR; mta-sts.example.org. AAAA 2001:db8::30"},
		{"MX2.Example.ORG", "A", "NOERROR; MX2.Example.ORG. A 192.0.2.32"},
	} {
		for _, network := range []string{"udp", "tcp"} {
			if got := told(ask(t, l, network, c.name, c.qtype)); got != c.want {
				t.Errorf("%s %s over %s:\n got %s\nwant %s", c.name, c.qtype, network, got, c.want)
			}
		}
	}
}

const wildScene = `
sound example.com
drop mta-sts.example.com AAAA
zone
    *.wild.test TXT "wild"
    *.wild.test MX 10 mx.wild.test
    host.wild.test A 192.0.2.1
    a.ent.wild.test A 192.0.2.2
    *.alias.test CNAME target.wild.test
    www.example.com CNAME example.com
    chain2.test CNAME chain3.test
    chain1.test CNAME chain2.test
    chain3.test A 192.0.2.3
    dangling.test CNAME nowhere.invalid
    circle1.test CNAME circle2.test
    deep.*.odd.test A 192.0.2.4
    circle2.test CNAME circle1.test
`

func TestLookup(t *testing.T) {
	l := start(t, wildScene)
	for _, c := range []struct{ name, qtype, want string }{
		// RFC 4592: wildcards.
		{"x.wild.test", "TXT", `NOERROR; x.wild.test. TXT "wild"`},
		{"x.y.wild.test", "TXT", `NOERROR; x.y.wild.test. TXT "wild"`},
		{"x.wild.test", "A", "NOERROR; soa wild.test."},
		{"host.wild.test", "TXT", "NOERROR; soa wild.test."},
		{"x.host.wild.test", "TXT", "NXDOMAIN; soa wild.test."},
		{"ent.wild.test", "TXT", "NOERROR; soa wild.test."},
		{"b.ent.wild.test", "TXT", "NXDOMAIN; soa wild.test."},
		{"wild.test", "TXT", "NOERROR; soa wild.test."},
		{"*.wild.test", "TXT", `NOERROR; *.wild.test. TXT "wild"`},
		{"x.odd.test", "A", "NOERROR; soa odd.test."},
		// Negative answers.
		{"nothing.example.com", "TXT", "NXDOMAIN; soa example.com."},
		{"example.com", "SRV", "NOERROR; soa example.com."},
		{"mta-sts.example.com", "AAAA", "NOERROR; soa example.com."},
		{"_tls.example.com", "TXT", "NOERROR; soa example.com."},
		{"absent.test", "MX", "NXDOMAIN; soa test."},
		{"absent.invalid", "MX", "NXDOMAIN; soa ."},
		// Aliases.
		{"www.example.com", "A", "NOERROR; www.example.com. CNAME example.com.; example.com. A 192.0.2.80"},
		{"www.example.com", "CNAME", "NOERROR; www.example.com. CNAME example.com."},
		{"www.example.com", "TXT", "NOERROR; www.example.com. CNAME example.com.; soa example.com."},
		{
			"chain1.test", "A",
			"NOERROR; chain1.test. CNAME chain2.test.; chain2.test. CNAME chain3.test.; chain3.test. A 192.0.2.3",
		},
		{"dangling.test", "TXT", "NXDOMAIN; dangling.test. CNAME nowhere.invalid.; soa ."},
		{"x.alias.test", "TXT", `NOERROR; x.alias.test. CNAME target.wild.test.; target.wild.test. TXT "wild"`},
		{"circle1.test", "A", "NOERROR; circle1.test. CNAME circle2.test.; circle2.test. CNAME circle1.test."},
		// What is not served.
		{"example.com", "ANY", "NOTIMP"},
	} {
		if got := told(ask(t, l, "udp", c.name, c.qtype)); got != c.want {
			t.Errorf("%s %s:\n got %s\nwant %s", c.name, c.qtype, got, c.want)
		}
	}
}

func TestFlagsAndEDNS(t *testing.T) {
	l := start(t, "sound example.com")
	plain := ask(t, l, "udp", "example.com", "MX")
	if !plain.RecursionAvailable || plain.AuthenticatedData || plain.Authoritative || plain.IsEdns0() != nil {
		t.Errorf("%v", plain)
	}
	query := new(dns.Msg).SetQuestion("example.com.", dns.TypeMX)
	query.SetEdns0(1232, true)
	query.AuthenticatedData = true
	answer := exchange(t, l, "udp", query)
	if opt := answer.IsEdns0(); opt == nil || !opt.Do() || answer.AuthenticatedData || len(answer.Answer) != 2 {
		t.Errorf("%v", answer)
	}
	query.IsEdns0().SetVersion(1)
	if answer := exchange(t, l, "udp", query); answer.Rcode != dns.RcodeBadVers {
		t.Errorf("%v", answer)
	}
}

func TestLargeAnswers(t *testing.T) {
	l := start(t, `
zone
    large.test TXT "11111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111"
    large.test TXT "22222222222222222222222222222222222222222222222222222222222222222222222222222222222222222222222222222222222222222222222222222"
    large.test TXT "33333333333333333333333333333333333333333333333333333333333333333333333333333333333333333333333333333333333333333333333333333"
    large.test TXT "44444444444444444444444444444444444444444444444444444444444444444444444444444444444444444444444444444444444444444444444444444"
    large.test TXT "55555555555555555555555555555555555555555555555555555555555555555555555555555555555555555555555555555555555555555555555555555"
`)
	for _, c := range []struct {
		network string
		size    uint16
		whole   bool
	}{{"udp", 0, false}, {"udp", 100, false}, {"udp", 1232, true}, {"tcp", 0, true}} {
		query := new(dns.Msg).SetQuestion("large.test.", dns.TypeTXT)
		if c.size > 0 {
			query.SetEdns0(c.size, false)
		}
		answer := exchange(t, l, c.network, query)
		if answer.Truncated == c.whole || (len(answer.Answer) == 5) != c.whole {
			t.Errorf("%s %d: TC %v, %d records", c.network, c.size, answer.Truncated, len(answer.Answer))
		}
	}
}

func TestFaultsOfTheResolver(t *testing.T) {
	l := start(t, `
sound example.com
zone
    alias.test CNAME servfail.test
    good.test A 192.0.2.1
dns servfail.test * servfail
dns refused.test TXT refused
dns mta-sts.example.com A nxdomain
dns circle.test TXT loop
dns example.com MX truncate
`)
	got := map[string]string{}
	for _, q := range [][2]string{
		{"servfail.test", "TXT"},
		{"servfail.test", "A"},
		{"alias.test", "A"},
		{"refused.test", "TXT"},
		{"refused.test", "A"},
		{"mta-sts.example.com", "A"},
		{"mta-sts.example.com", "AAAA"},
		{"circle.test", "TXT"},
		{"good.test", "A"},
	} {
		got[q[0]+" "+q[1]] = told(ask(t, l, "udp", q[0], q[1]))
	}
	want := map[string]string{
		"servfail.test TXT":        "SERVFAIL",
		"servfail.test A":          "SERVFAIL",
		"alias.test A":             "SERVFAIL",
		"refused.test TXT":         "REFUSED",
		"refused.test A":           "NXDOMAIN; soa test.",
		"mta-sts.example.com A":    "NXDOMAIN; soa example.com.",
		"mta-sts.example.com AAAA": "NOERROR; mta-sts.example.com. AAAA 2001:db8::10",
		"circle.test TXT":          "NOERROR; circle.test. CNAME loop.circle.test.; loop.circle.test. CNAME circle.test.",
		"good.test A":              "NOERROR; good.test. A 192.0.2.1",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if m := ask(t, l, "udp", "example.com", "MX"); !m.Truncated || len(m.Answer) != 0 {
		t.Errorf("%v", m)
	}
	if m := ask(t, l, "tcp", "example.com", "MX"); m.Truncated || len(m.Answer) != 2 {
		t.Errorf("%v", m)
	}
}

// A question that gets no answer, then one that does, over the same connection: the answer that
// comes first is that to the second.
func TestSilence(t *testing.T) {
	l := start(t, "sound example.com\ndns _mta-sts.example.com TXT timeout\n")
	for _, network := range []string{"udp", "tcp"} {
		c := &dns.Conn{Conn: dial(t, l, network, "192.0.2.53:53")}
		_ = c.SetDeadline(time.Now().Add(10 * time.Second))
		for _, name := range []string{"_mta-sts.example.com.", "_smtp._tls.example.com."} {
			if err := c.WriteMsg(new(dns.Msg).SetQuestion(name, dns.TypeTXT)); err != nil {
				t.Fatal(err)
			}
		}
		m, err := c.ReadMsg()
		if err != nil {
			t.Fatal(err)
		}
		if got := m.Question[0].Name; got != "_smtp._tls.example.com." {
			t.Errorf("%s: an answer about %s", network, got)
		}
	}
}

func TestTheMostParticularFaultCounts(t *testing.T) {
	l := start(t, "sound example.com\ndns * * refused\ndns * A servfail\ndns example.com * nxdomain\ndns example.com MX truncate\n")
	for q, want := range map[[2]string]string{
		{"other.test", "TXT"}:  "REFUSED",
		{"other.test", "A"}:    "SERVFAIL",
		{"example.com", "A"}:   "NXDOMAIN; soa example.com.",
		{"example.com", "TXT"}: "NXDOMAIN; soa example.com.",
	} {
		if got := told(ask(t, l, "udp", q[0], q[1])); got != want {
			t.Errorf("%v: got %s, want %s", q, got, want)
		}
	}
	if m := ask(t, l, "udp", "example.com", "MX"); !m.Truncated {
		t.Errorf("%v", m)
	}
}
