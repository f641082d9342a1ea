package rule

import (
	"strings"
	"testing"

	"mtasts/internal/dane"
	"mtasts/internal/fact"
)

// TestDANEState walks RFC 7672 §2.2: what counts depends on what is signed, in this order: addresses,
// aliases, TLSA records.
func TestDANEState(t *testing.T) {
	good := fact.TLSA{Usage: 3, Selector: 1, MatchingType: 1, Data: make([]byte, 32)}
	bad := fact.TLSA{Usage: 1, Selector: 1, MatchingType: 1, Data: make([]byte, 32)}
	unsigned := func(a fact.Answer) fact.Answer {
		a.AD = false
		return a
	}
	const host, target = "mx.example.com", "mx.provider.test"
	own, other := tlsaAnswer(host, good), tlsaAnswer(target, good)
	none := signedAnswer(tlsaAnswer(host))
	alias := func(m *fact.MailHost, ad bool) {
		m.A.Aliases, m.A.AD = []string{"between.example.net", target}, ad
	}
	cname := func(ad bool) *fact.Answer {
		a := signedAnswer(answer(host, "CNAME", fact.Record{Host: "between.example.net"}))
		a.AD = ad
		return &a
	}
	failed := func(a fact.Answer, bogus bool) fact.Answer {
		return fact.Answer{Name: a.Name, Type: "TLSA", RCode: "SERVFAIL", Bogus: bogus, Server: resolver}
	}
	for _, c := range []struct {
		name string
		edit func(*fact.MailHost, *fact.Observation)
		word daneWord
		base string // of the answer that counts
	}{
		{"no records", func(m *fact.MailHost, _ *fact.Observation) { m.TLSA = []fact.Answer{none} }, noDANE, ""},
		{"never asked", func(*fact.MailHost, *fact.Observation) {}, noDANE, ""},
		{"no address", func(m *fact.MailHost, _ *fact.Observation) {
			m.A, m.TLSA = answer(host, "A"), []fact.Answer{signedAnswer(own)}
		}, noDANE, ""},
		{"signed", func(m *fact.MailHost, _ *fact.Observation) { m.TLSA = []fact.Answer{signedAnswer(own)} }, daneSecure, host},
		{"unusable", func(m *fact.MailHost, _ *fact.Observation) {
			m.TLSA = []fact.Answer{signedAnswer(tlsaAnswer(host, bad))}
		}, daneUnusable, host},
		{"one of two is usable", func(m *fact.MailHost, _ *fact.Observation) {
			m.TLSA = []fact.Answer{signedAnswer(tlsaAnswer(host, bad, good))}
		}, daneSecure, host},
		{"TLSA not signed", func(m *fact.MailHost, _ *fact.Observation) { m.TLSA = []fact.Answer{own} }, daneInsecure, host},
		{"addresses not signed", func(m *fact.MailHost, _ *fact.Observation) {
			m.A.AD, m.TLSA = false, []fact.Answer{signedAnswer(own)}
		}, daneInsecure, host},
		{"IPv6 not signed", func(m *fact.MailHost, _ *fact.Observation) {
			m.AAAA = unsigned(signedAnswer(answer(host, "AAAA", fact.Record{Address: "2001:db8::1"})))
			m.TLSA = []fact.Answer{signedAnswer(own)}
		}, daneInsecure, host},
		{"addresses not signed, TLSA bogus", func(m *fact.MailHost, _ *fact.Observation) {
			m.A.AD, m.TLSA = false, []fact.Answer{failed(own, true)}
		}, noDANE, ""},
		{"bogus", func(m *fact.MailHost, _ *fact.Observation) { m.TLSA = []fact.Answer{failed(own, true)} }, daneBogus, host},
		{"no answer", func(m *fact.MailHost, _ *fact.Observation) { m.TLSA = []fact.Answer{failed(own, false)} }, daneError, host},
		{"Ctrl-C", func(m *fact.MailHost, _ *fact.Observation) {
			m.TLSA = []fact.Answer{{Name: own.Name, Type: "TLSA", Server: resolver, Fault: &fact.Fault{Kind: fact.Canceled}}}
		}, noDANE, ""},
		{"MX not signed", func(m *fact.MailHost, o *fact.Observation) {
			o.MX.AD, m.TLSA = false, []fact.Answer{signedAnswer(own)}
		}, daneSecure, host},

		// §2.2.2: aliases.
		{"alias, signed to its end", func(m *fact.MailHost, _ *fact.Observation) {
			alias(m, true)
			m.TLSA = []fact.Answer{signedAnswer(other), signedAnswer(own)}
		}, daneSecure, target},
		{"alias, records at the host alone", func(m *fact.MailHost, _ *fact.Observation) {
			alias(m, true)
			m.TLSA = []fact.Answer{signedAnswer(tlsaAnswer(target)), signedAnswer(own)}
		}, daneSecure, host},
		{"alias, the target's records are not signed", func(m *fact.MailHost, _ *fact.Observation) {
			alias(m, true)
			m.TLSA = []fact.Answer{other, signedAnswer(own)}
		}, daneSecure, host},
		{"alias, the target's are bogus", func(m *fact.MailHost, _ *fact.Observation) {
			alias(m, true)
			m.TLSA = []fact.Answer{failed(other, true), signedAnswer(own)}
		}, daneBogus, target},
		{"alias signed, target not: the host's own", func(m *fact.MailHost, _ *fact.Observation) {
			alias(m, false)
			m.CNAME, m.TLSA = cname(true), []fact.Answer{signedAnswer(other), signedAnswer(own)}
		}, daneSecure, host},
		{"alias signed, target not: its records do not count", func(m *fact.MailHost, _ *fact.Observation) {
			alias(m, false)
			m.CNAME, m.TLSA = cname(true), []fact.Answer{signedAnswer(other), none}
		}, daneInsecure, target},
		{"alias not signed", func(m *fact.MailHost, _ *fact.Observation) {
			alias(m, false)
			m.CNAME, m.TLSA = cname(false), []fact.Answer{signedAnswer(other), signedAnswer(own)}
		}, daneInsecure, target},

		// §2.2.3: the AD bit of a resolver that is not trusted says nothing.
		{"untrusted", func(m *fact.MailHost, o *fact.Observation) {
			o.Vantage.ADTrusted, m.TLSA = nil, []fact.Answer{signedAnswer(own)}
		}, daneUntrusted, host},
		{"untrusted, no records", func(m *fact.MailHost, o *fact.Observation) {
			o.Vantage.ADTrusted, m.TLSA = nil, []fact.Answer{none}
		}, noDANE, ""},
		{"untrusted, bogus", func(m *fact.MailHost, o *fact.Observation) {
			o.Vantage.ADTrusted, m.TLSA = nil, []fact.Answer{failed(own, true)}
		}, daneBogus, host},
		{"untrusted for TLSA alone", func(m *fact.MailHost, _ *fact.Observation) {
			a := signedAnswer(own)
			a.Server = "192.0.2.53"
			m.TLSA = []fact.Answer{a}
		}, daneUntrusted, host},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := mailSeen(t, "enforce", mailHost(host, 10))
			c.edit(&o.Hosts[0], o)
			d := newCase(o, Options{}).peers[0].dane
			base := ""
			if d.answer.Name != "" {
				base = baseOf(d.answer)
			}
			if d.word != c.word || base != c.base {
				t.Errorf("%q by %q; want %q by %q", d.word, base, c.word, c.base)
			}
		})
	}
}

// TestIdentifiers: with signed MX records the domain's name may stand in for the host's (RFC 7672 §3.2.2).
func TestIdentifiers(t *testing.T) {
	record := fact.TLSA{Usage: 3, Selector: 1, MatchingType: 1, Data: make([]byte, 32)}
	for _, c := range []struct {
		signed, loose bool
		aliases       []string
		want          string
	}{
		{true, false, nil, "mx.example.com example.com"},
		{true, false, []string{"example.net", "example.org"}, "mx.example.com example.com example.org"},
		{false, true, nil, "mx.example.com"},
	} {
		m := mailHost("mx.example.com", 10)
		m.TLSA = []fact.Answer{signedAnswer(tlsaAnswer(m.Name, record))}
		o := mailSeen(t, "enforce", m)
		o.MX.AD, o.MX.Aliases = c.signed, c.aliases
		d := newCase(o, Options{}).peers[0].dane
		if got := strings.Join(d.names, " "); got != c.want || d.loose != c.loose {
			t.Errorf("%+v: %s, loose %v", c, got, d.loose)
		}
	}
}

// TestBlindResolver: one that does not vouch for the root says nothing about a zone.
func TestBlindResolver(t *testing.T) {
	record := fact.TLSA{Usage: 3, Selector: 1, MatchingType: 1, Data: make([]byte, 32)}
	var hosts []fact.MailHost
	for _, name := range []string{"mx1.example.com", "mx2.example.com"} {
		m := mailHost(name, 10)
		m.A.AD, m.TLSA = false, []fact.Answer{tlsaAnswer(name, record)}
		hosts = append(hosts, m)
	}
	for blind, want := range map[bool]int{true: 1, false: 2} {
		o := mailSeen(t, "enforce", hosts...)
		root := signedAnswer(fact.Answer{Name: ".", Type: "TXT", RCode: "NOERROR"})
		root.AD = !blind
		o.Root = &root
		r := Judge(o, Options{Only: []string{"dane"}})
		if len(r.Findings) != want || strings.Contains(r.Findings[0].Message, "does not validate") != blind {
			t.Errorf("blind %v: %+v", blind, r.Findings)
		}
	}
}

// TestPins: the fix has a record for each key that the host shows, and that alone.
func TestPins(t *testing.T) {
	one, two := leafFor(t, 60, "mx.example.com"), leafFor(t, 60, "mx.example.com")
	m := mailHost("mx.example.com", 10,
		soundProbe("198.51.100.2", one), soundProbe("198.51.100.3", two), soundProbe("198.51.100.4", one))
	m.TLSA = []fact.Answer{signedAnswer(tlsaAnswer(m.Name, fact.TLSA{Usage: 3, Selector: 1, MatchingType: 1, Data: make([]byte, 32)}))}
	r := Judge(mailSeen(t, "enforce", m), Options{Only: []string{"dane"}})
	if len(r.Findings) != 1 || r.Findings[0].Reason != "mismatch" {
		t.Fatalf("findings: %+v", r.Findings)
	}
	got := r.Findings[0].Fix.Records
	want := []string{dane.Text(pin(t, one)), dane.Text(pin(t, two))}
	if len(got) != 2 || got[0].Value != want[0] || got[1].Value != want[1] || got[0].Name != "_25._tcp.mx.example.com." {
		t.Errorf("records %+v; want %q", got, want)
	}
}
