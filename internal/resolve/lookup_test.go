package resolve

import (
	"context"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/miekg/dns"

	"mtasts/internal/fact"
)

func TestRecords(t *testing.T) {
	n := newInternet(t)
	digest := strings.Repeat("0123456789abcdef", 4)
	n.dns(here, records(
		`_mta-sts.example.com. 300 TXT "v=STSv1; " "id=\"1\"\\\200;"`,
		`_mta-sts.example.com. 200 TXT "a"`,
		`_mta-sts.example.com. 200 TXT "a"`,
		`split.example.com. 200 TXT "ab" "c"`,
		`split.example.com. 200 TXT "a" "bc"`,
		`Example.COM. 60 MX 20 MX2.example.com.`,
		`example.com. 60 MX 10 mx1.example.com.`,
		`example.com. 60 MX 10 mx0.example.com.`,
		`nullmx.example.com. 60 MX 0 .`,
		`www.example.com. 60 A 192.0.2.100`,
		`www.example.com. 61 A 192.0.2.9`,
		`www.example.com. 60 AAAA 2001:db8::1`,
		`www.example.com. 60 AAAA ::ffff:192.0.2.1`,
		`_25._tcp.mx1.example.com. 60 TLSA 3 1 1 `+digest,
		`_25._tcp.mx1.example.com. 50 TLSA 2 1 1 `+digest,
		`alias.example.com. 70 CNAME WWW.example.com.`,
		`further.example.com. 70 CNAME alias.example.com.`,
	))
	r := n.resolver(patient, "192.0.2.53")
	check := func(name, qtype string, ttl uint32, want ...fact.Record) {
		t.Helper()
		got := brief(r.Lookup(context.Background(), name, qtype))
		whole := fact.Answer{
			Name: strings.ToLower(strings.TrimSuffix(name, ".")), Type: qtype,
			RCode: "NOERROR", Records: want, TTL: ttl, Server: "192.0.2.53",
		}
		if d := cmp.Diff(whole, got); d != "" {
			t.Errorf("%s %s: %s", name, qtype, d)
		}
	}
	check("_mta-sts.Example.com.", "TXT", 200,
		fact.Record{Text: []fact.Text{"a"}},
		fact.Record{Text: []fact.Text{"v=STSv1; ", "id=\"1\"\\\xc8;"}})
	check("split.example.com", "TXT", 200,
		fact.Record{Text: []fact.Text{"a", "bc"}}, fact.Record{Text: []fact.Text{"ab", "c"}})
	check("example.com", "MX", 60,
		fact.Record{Preference: 10, Host: "mx0.example.com"},
		fact.Record{Preference: 10, Host: "mx1.example.com"},
		fact.Record{Preference: 20, Host: "mx2.example.com"})
	check("nullmx.example.com", "MX", 60, fact.Record{Host: "."})
	check("www.example.com", "A", 60, fact.Record{Address: "192.0.2.9"}, fact.Record{Address: "192.0.2.100"})
	check("www.example.com", "AAAA", 60, fact.Record{Address: "::ffff:192.0.2.1"}, fact.Record{Address: "2001:db8::1"})
	check("www.example.com", "MX", 0)
	data, _ := hex.DecodeString(digest)
	check("_25._tcp.mx1.example.com", "TLSA", 50,
		fact.Record{TLSA: &fact.TLSA{Usage: 2, Selector: 1, MatchingType: 1, Data: data}},
		fact.Record{TLSA: &fact.TLSA{Usage: 3, Selector: 1, MatchingType: 1, Data: data}})
	check("alias.example.com", "CNAME", 70, fact.Record{Host: "www.example.com"})
	check("further.example.com", "CNAME", 70, fact.Record{Host: "alias.example.com"})
	check("www.example.com", "CNAME", 0)
}

func TestQuestion(t *testing.T) {
	n := newInternet(t)
	asked := make(chan *dns.Msg, 1)
	n.dns(here, func(w dns.ResponseWriter, q *dns.Msg) {
		asked <- q.Copy()
		m := new(dns.Msg)
		m.SetReply(q)
		m.AuthenticatedData = true
		_ = w.WriteMsg(m)
	})
	a := n.resolver(patient, "192.0.2.53").Lookup(context.Background(), "Example.com", "MX")
	if !a.AD || !a.Absent() {
		t.Errorf("%+v", a)
	}
	q := <-asked
	q.Id = 0
	want := new(dns.Msg).SetQuestion("example.com.", dns.TypeMX).SetEdns0(payload, false)
	want.Id, want.AuthenticatedData = 0, true
	if d := cmp.Diff(want.String(), q.String()); d != "" {
		t.Error(d)
	}
}

func TestResponseCodes(t *testing.T) {
	n := newInternet(t)
	check := func(c int, want string, absent bool) {
		t.Helper()
		n.dns(here, code(c))
		a := n.resolver(patient, "192.0.2.53").Lookup(context.Background(), "example.com", "TXT")
		if a.RCode != want || a.Fault != nil || a.Absent() != absent || a.Unknown() == absent || a.Server != "192.0.2.53" {
			t.Errorf("%+v", a)
		}
	}
	check(dns.RcodeSuccess, "NOERROR", true)
	check(dns.RcodeNameError, "NXDOMAIN", true)
	check(dns.RcodeServerFailure, "SERVFAIL", false)
	check(dns.RcodeRefused, "REFUSED", false)
	check(dns.RcodeFormatError, "FORMERR", false)
	check(13, "RCODE13", false)
	check(dns.RcodeBadVers, "BADVERS", false)
}

func TestNamesThatCannotBeAsked(t *testing.T) {
	n := newInternet(t)
	r := n.resolver(patient, "192.0.2.53")
	check := func(name, because string) {
		t.Helper()
		a := r.Lookup(context.Background(), name, "TXT")
		if a.Fault == nil || a.Fault.Kind != fact.Malformed || a.Fault.Stage != fact.Resolve || !strings.Contains(a.Fault.Text, because) {
			t.Errorf("%q: %+v", name, a.Fault)
		}
	}
	long := strings.Repeat("abcdefg.", 32)
	check("", "empty")
	check(".example.com", "empty")
	check("a..example.com", "empty")
	check(strings.Repeat("a", 64)+".example.com", "63 octets")
	check(long+"com", "253 octets")
	check(`example.com\`, "cannot be put")
	if n.dialed("udp", here) != 0 {
		t.Error("a name that cannot be asked was asked")
	}
	n.dns(here, records(long[:251]+`. 1 TXT "longest"`, `. 1 TXT "root"`))
	for _, name := range []string{long[:251], "."} {
		if a := r.Lookup(context.Background(), name, "TXT"); !a.Found() {
			t.Errorf("%+v", a)
		}
	}
	if a := r.Lookup(context.Background(), "example.com", "SRV"); a.Fault == nil || a.Fault.Kind != fact.Internal {
		t.Errorf("%+v", a)
	}
}

// chain is the zone of a CNAME chain of that many links, backwards, with TXT at its end.
func chain(links int) []string {
	lines := []string{fmt.Sprintf(`c%d.example. 5 TXT "end"`, links)}
	for i := links; i > 0; i-- {
		lines = append(lines, fmt.Sprintf("c%d.example. %d CNAME C%d.example.", i-1, 100+i, i))
	}
	return lines
}

func TestAliases(t *testing.T) {
	n := newInternet(t)
	n.dns(here, records(append(chain(11),
		"loop0.example. 5 CNAME loop1.example.", "loop1.example. 5 CNAME loop2.example.", "loop2.example. 5 CNAME LOOP1.example.",
		"self.example. 5 CNAME self.example.", "gone.example. 5 CNAME nowhere.example.",
		"before.example. 5 CNAME c0.example.",
	)...))
	r := n.resolver(patient, "192.0.2.53")
	check := func(name string, aliases int, rcode string, kind fact.Kind, found bool) {
		t.Helper()
		a := r.Lookup(context.Background(), name, "TXT")
		var got fact.Kind
		if a.Fault != nil {
			got = a.Fault.Kind
		}
		if len(a.Aliases) != aliases || a.RCode != rcode || got != kind || a.Found() != found || a.Dangling() == found {
			t.Errorf("%s: %+v, fault %+v", name, a, a.Fault)
		}
	}
	check("C0.example", 11, "NOERROR", "", true)
	check("c8.example", 3, "NOERROR", "", true)
	check("before.example", 11, "NOERROR", fact.AliasLoop, false)
	check("loop0.example", 2, "NOERROR", fact.AliasLoop, false)
	check("self.example", 0, "NOERROR", fact.AliasLoop, false)
	check("gone.example", 1, "NXDOMAIN", "", false)
	if d := cmp.Diff([]string{"c9.example", "c10.example", "c11.example"}, r.Lookup(context.Background(), "c8.example", "TXT").Aliases); d != "" {
		t.Error(d)
	}
}

// TestPartialChains has a server that gives one link at a time.
func TestPartialChains(t *testing.T) {
	n := newInternet(t)
	var asked atomic.Int32
	whole := records(append(chain(12), "gone.example. 5 CNAME nowhere.example.", "loop.example. 5 CNAME pool.example.", "pool.example. 5 CNAME loop.example.")...)
	n.dns(here, counted(&asked, func(w dns.ResponseWriter, q *dns.Msg) {
		whole(cutting{w}, q)
	}))
	r := n.resolver(patient, "192.0.2.53")
	check := func(name string, questions int32, aliases int, found, dangling bool) {
		t.Helper()
		asked.Store(0)
		a := r.Lookup(context.Background(), name, "TXT")
		if asked.Load() != questions || len(a.Aliases) != aliases || a.Found() != found || a.Dangling() != dangling {
			t.Errorf("%s: %d questions, %+v", name, asked.Load(), a)
		}
	}
	check("c10.example", 3, 2, true, false)
	check("c1.example", 12, 11, true, false)
	check("c0.example", 12, 11, false, true)
	check("gone.example", 2, 1, false, true)
	check("loop.example", 2, 1, false, true)
	if a := r.Lookup(context.Background(), "c10.example", "A"); !a.Absent() || len(a.Aliases) != 2 {
		t.Errorf("%+v", a)
	}
}

// cutting lets through the first record only, and NXDOMAIN only without one.
type cutting struct{ dns.ResponseWriter }

func (c cutting) WriteMsg(m *dns.Msg) error {
	if len(m.Answer) > 0 {
		m.Answer, m.Rcode = m.Answer[:1], dns.RcodeSuccess
	}
	return c.ResponseWriter.WriteMsg(m)
}

// TestWhoVouches: where one server led to an alias and another one on from there, the answer is of the
// one whose AD bit does not count, if there is such.
func TestWhoVouches(t *testing.T) {
	n := newInternet(t)
	full := signed(records(`www.example.com. 60 CNAME host.example.com.`, `host.example.com. 60 A 192.0.2.1`))
	n.dns(here, func(w dns.ResponseWriter, q *dns.Msg) {
		if q.Question[0].Name == "www.example.com." {
			full(cutting{w}, q)
		}
	})
	n.dns(there, func(w dns.ResponseWriter, q *dns.Msg) {
		if q.Question[0].Name != "www.example.com." {
			full(w, q)
		}
	})
	for want, trusted := range map[string][2]bool{"192.0.2.53": {false, true}, "192.0.2.54": {true, false}} {
		r := n.resolver(impatient, "192.0.2.53", "192.0.2.54")
		for i, s := range r.servers {
			s.trusted = trusted[i]
		}
		a := r.Lookup(t.Context(), "www.example.com", "A")
		if !a.Found() || !a.AD || a.Server != want {
			t.Errorf("%+v, want one of %s", a, want)
		}
	}
}

// signed is the same answer with the AD bit.
func signed(h dns.HandlerFunc) dns.HandlerFunc {
	return func(w dns.ResponseWriter, q *dns.Msg) { h(signing{w}, q) }
}

type signing struct{ dns.ResponseWriter }

func (s signing) WriteMsg(m *dns.Msg) error {
	m.AuthenticatedData = true
	return s.ResponseWriter.WriteMsg(m)
}

// TestChainEndsInZone has a server that says for certain that the target has no such record.
func TestChainEndsInZone(t *testing.T) {
	n := newInternet(t)
	var asked atomic.Int32
	n.dns(here, counted(&asked, func(w dns.ResponseWriter, q *dns.Msg) {
		m := new(dns.Msg)
		m.SetReply(q)
		cname, _ := dns.NewRR("www.example.com. 5 CNAME host.example.net.")
		soa, _ := dns.NewRR("example.net. 5 SOA ns. root. 1 2 3 4 60")
		m.Answer, m.Ns = []dns.RR{cname}, []dns.RR{soa}
		_ = w.WriteMsg(m)
	}))
	a := n.resolver(patient, "192.0.2.53").Lookup(context.Background(), "www.example.com", "A")
	if !a.Absent() || len(a.Aliases) != 1 || asked.Load() != 1 {
		t.Errorf("%d questions, %+v", asked.Load(), a)
	}
}

// TestReferral: a server that does not resolve says where to ask; that is not "no such record".
func TestReferral(t *testing.T) {
	n := newInternet(t)
	refer := func(w dns.ResponseWriter, q *dns.Msg) {
		m := new(dns.Msg)
		m.SetReply(q)
		ns, _ := dns.NewRR("com. 5 NS a.gtld-servers.example.")
		m.Ns = []dns.RR{ns}
		_ = w.WriteMsg(m)
	}
	n.dns(here, refer)
	n.dns(there, records(`example.com. 5 TXT "x"`))
	a := n.resolver(patient, "192.0.2.53").Lookup(t.Context(), "example.com", "TXT")
	if a.Fault == nil || a.Fault.Kind != fact.Other || !strings.Contains(a.Fault.Text, "no resolver") {
		t.Errorf("%+v", a)
	}
	if a := n.resolver(patient, "192.0.2.53", "192.0.2.54").Lookup(t.Context(), "example.com", "TXT"); !a.Found() {
		t.Errorf("%+v", a)
	}
}

// TestRecordsBesideAnError: what a server gives with an error is not found; where its aliases led is kept.
func TestRecordsBesideAnError(t *testing.T) {
	n := newInternet(t)
	for rcode, name := range map[int]string{dns.RcodeServerFailure: "SERVFAIL", dns.RcodeNameError: "NXDOMAIN", dns.RcodeBadVers: "BADVERS"} {
		n.dns(here, func(w dns.ResponseWriter, q *dns.Msg) {
			m := new(dns.Msg)
			if m.SetRcode(q, rcode); rcode > 15 {
				m.SetEdns0(payload, false)
			}
			cname, _ := dns.NewRR("www.example.com. 5 CNAME host.example.net.")
			txt, _ := dns.NewRR(`host.example.net. 5 TXT "x"`)
			m.Answer = []dns.RR{cname, txt}
			_ = w.WriteMsg(m)
		})
		a := n.resolver(patient, "192.0.2.53").Lookup(t.Context(), "www.example.com", "TXT")
		if a.Found() || len(a.Records) > 0 || a.TTL > 0 || a.RCode != name || a.Fault != nil || !slices.Equal(a.Aliases, []string{"host.example.net"}) {
			t.Errorf("%s: %+v, fault %+v", name, a, a.Fault)
		}
	}
}

// TestAliasesAreNotShared: two servers' answers go on from the same aliases.
func TestAliasesAreNotShared(t *testing.T) {
	known := append(make([]string, 0, 8), "b.example")
	read := func(target string) answer {
		m := new(dns.Msg)
		m.SetQuestion("b.example.", dns.TypeTXT)
		cname, _ := dns.NewRR("b.example. 5 CNAME " + target)
		m.Response, m.Answer = true, []dns.RR{cname}
		packed, err := m.Pack()
		if err != nil {
			t.Fatal(err)
		}
		a, err := readAnswer(packed, dns.TypeTXT, "a.example", known)
		if err != nil {
			t.Fatal(err)
		}
		return a
	}
	first := read("c.example.")
	read("d.example.")
	if !slices.Equal(first.aliases, []string{"b.example", "c.example"}) {
		t.Error(first.aliases)
	}
}
