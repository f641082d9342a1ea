package rule

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mtasts/internal/fact"
)

// TestVerdicts is the table of what each kind of sender does with one address. Verdicts are told by
// their first letters: v delivers verified, u delivers unverified, r refuses, ? is not known.
func TestVerdicts(t *testing.T) {
	const name = "mx.example.com"
	der, stranger := leafFor(t, 60, name), leafFor(t, 60, "www.example.com")
	good, ended := pin(t, der), leafFor(t, -3, name)
	wrong := fact.TLSA{Usage: 3, Selector: 1, MatchingType: 1, Data: make([]byte, 32)}
	unusable := fact.TLSA{Usage: 1, Selector: 1, MatchingType: 1, Data: make([]byte, 32)}
	old := func(p *fact.Probe) { p.TLS.Version = "TLS 1.0" }
	self := func(p *fact.Probe) { p.TLS.Anchor = "" }
	rootless := func(p *fact.Probe) { p.TLS.Anchor, p.TLS.NoRoots = "", true }
	show := func(der []byte) twist { return func(p *fact.Probe) { p.TLS.Chain = [][]byte{der} } }
	records := func(list ...fact.TLSA) *fact.Answer {
		a := signedAnswer(tlsaAnswer(name, list...))
		return &a
	}
	bogus := fact.Answer{Name: "_25._tcp." + name, Type: "TLSA", RCode: "SERVFAIL", Bogus: true, Server: resolver}
	failed := bogus
	failed.Bogus = false
	loose, distrusted := tlsaAnswer(name, wrong), signedAnswer(tlsaAnswer(name, wrong))
	distrusted.Server = "192.0.2.53"
	for _, c := range []struct {
		name  string
		twist twist
		tlsa  *fact.Answer
		// In enforce: of senders that honour both, MTA-STS alone, DANE alone, neither; then in testing:
		// of both, and what would be under enforce.
		want    string
		because string // of the first
	}{
		{"sound", nil, nil, "v v u u, u v", "smtp-certificate"},
		{"no STARTTLS", plain, nil, "r r u u, u r", "starttls:not-offered"},
		{"454", answers(fact.StartTLS, 454), nil, "r r u u, u r", "starttls:refused"},
		{"handshake", ends(fact.Handshake, fact.Alert), nil, "r r u u, u r", "smtp-tls:handshake"},
		{"TLS 1.0", old, nil, "r r u u, u r", "smtp-tls:old-version"},
		{"wrong name", show(stranger), nil, "r r u u, u r", "smtp-certificate:name-mismatch"},
		{"expired, self-signed", func(p *fact.Probe) { self(p); show(ended)(p) }, nil, "r r u u, u r", "smtp-certificate:expired smtp-certificate:self-signed"},
		{"no roots here", rootless, nil, "? ? u u, u ?", "smtp-certificate:no-roots-here"},
		{"refused connection", ends(fact.Dial, fact.Refused), nil, "? ? ? ?, ? ?", "smtp-reachable:refused"},
		{"554", answers(fact.Greet, 554), nil, "? ? ? ?, ? ?", "smtp-reachable:greeting-5xx"},
		{"Ctrl-C", ends(fact.Greet, fact.Canceled), nil, "? ? ? ?, ? ?", ""},
		{"Ctrl-C at the handshake", ends(fact.Handshake, fact.Canceled), nil, "? ? u u, u ?", ""},
		{"private", skipped(fact.SkipNotPublic), nil, "r r r r, r r", "mx-public:none-public"},

		{"DANE match", nil, records(good), "v v v u, v v", "dane"},
		{"DANE match, self-signed", self, records(good), "v r v u, v v", "dane"},
		{"DANE match, expired", show(ended), records(pin(t, ended)), "v r v u, v v", "dane"},
		{"DANE mismatch", nil, records(wrong), "r v r u, r r", "dane:mismatch"},
		{"DANE, no STARTTLS", plain, records(good), "r r r u, r r", "starttls:not-offered"},
		{"DANE, handshake", ends(fact.Handshake, fact.Reset), records(good), "r r r u, r r", "smtp-tls:handshake"},
		{"DANE, not reached", ends(fact.Dial, fact.TimedOut), records(good), "? ? ? ?, ? ?", "smtp-reachable:timeout"},
		{"unusable", nil, records(unusable), "v v u u, u v", "smtp-certificate"},
		{"unusable, self-signed", self, records(unusable), "r r u u, u r", "smtp-certificate:self-signed"},
		{"unusable, no STARTTLS", plain, records(unusable), "r r r u, r r", "starttls:not-offered"},
		{"bogus", nil, &bogus, "r v r u, r r", "dane:bogus"},
		{"no answer to TLSA", nil, &failed, "? v ? u, ? ?", "dane:dns-error"},
		{"no answer to TLSA, self-signed", self, &failed, "r r ? u, ? r", "smtp-certificate:self-signed"},
		{"resolver not trusted", nil, &distrusted, "v v ? u, u v", "smtp-certificate"},
		{"records not signed", nil, &loose, "v v u u, u v", "smtp-certificate"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var twists []twist
			if c.twist != nil {
				twists = append(twists, c.twist)
			}
			m := mailHost(name, 10, soundProbe("198.51.100.2", der, twists...))
			if c.tlsa != nil {
				m.TLSA = []fact.Answer{*c.tlsa}
			}
			in := Judge(mailSeen(t, "enforce", m), Options{}).Delivery[0]
			out := Judge(mailSeen(t, "testing", m), Options{}).Delivery[0]
			if in.UnderEnforce != "" || out.Senders[1].Verdict != in.Senders[1].Verdict || out.Senders[2].Verdict != in.Senders[2].Verdict {
				t.Errorf("the mode matters to the wrong senders: %+v, %+v", in, out)
			}
			got := letters(in.Verdict, in.Senders[0].Verdict, in.Senders[1].Verdict, in.Senders[2].Verdict) + ", " + letters(out.Verdict, out.UnderEnforce)
			if got != c.want || strings.Join(in.Because, " ") != c.because {
				t.Errorf("%s because of %q; want %s because of %q", got, in.Because, c.want, c.because)
			}
		})
	}
}

func letters(list ...Verdict) string {
	names := map[Verdict]string{DeliversVerified: "v", DeliversUnverified: "u", Refuses: "r", UnknownVerdict: "?"}
	var all []string
	for _, v := range list {
		all = append(all, names[v])
	}
	return strings.Join(all, " ")
}

// TestDeliverySentence: one line that says it all.
func TestDeliverySentence(t *testing.T) {
	host := func(n string, preference uint16, probes ...fact.Probe) fact.MailHost {
		return mailHost(n+".example.com", preference, probes...)
	}
	sound := func(n string) fact.Probe { return soundProbe("198.51.100.2", leafFor(t, 60, n+".example.com")) }
	ended := func(n string) fact.Probe { return soundProbe("198.51.100.3", leafFor(t, -3, n+".example.com")) }
	bare := soundProbe("198.51.100.4", nil, plain)
	dead := soundProbe("198.51.100.5", nil, ends(fact.Dial, fact.Refused))
	family := soundProbe("2001:db8::1", nil, skipped(fact.SkipFamily))
	nowhere := fact.MailHost{Name: "old.example.com", Preference: 90, A: answer("old.example.com", "A"), AAAA: answer("old.example.com", "AAAA")}
	var many []fact.MailHost
	for _, n := range []string{"a", "b", "c", "d", "e"} {
		many = append(many, host(n, 10, bare))
	}
	for _, c := range []struct {
		name, mode string
		hosts      []fact.MailHost
		reason     string
		want       string
	}{
		{"one", "enforce", []fact.MailHost{host("a", 1, sound("a"))}, "", "A sender that honours the policy delivers to the MX host, a.example.com."},
		{"three", "enforce", []fact.MailHost{host("a", 1, sound("a")), host("b", 2, sound("b")), host("c", 3, sound("c"))}, "", "A sender that honours the policy delivers to all 3 MX hosts."},
		{
			"partly", "enforce",
			[]fact.MailHost{host("c", 3, ended("c")), host("a", 1, sound("a")), host("b", 2, sound("b"))},
			"partly",
			"A sender that honours the policy delivers to 2 of 3 MX hosts; c.example.com is refused: its certificate expired 3 days ago, on 2026-01-28.",
		},
		{"one address of two is enough", "enforce", []fact.MailHost{host("a", 1, ended("a"), sound("a"))}, "", "A sender that honours the policy delivers to the MX host, a.example.com. Not at every address: a.example.com is refused at 198.51.100.3."},
		{
			"each address has its fault", "enforce",
			[]fact.MailHost{host("a", 1, ended("a"), bare)},
			"refused",
			"A sender that honours the policy delivers to no MX host; a.example.com is refused: its certificate expired 3 days ago, on 2026-01-28 and it offers no STARTTLS.",
		},
		{"an address that could not be tried", "enforce", []fact.MailHost{host("a", 1, bare, dead)}, "undetermined", "Whether a sender that honours the policy delivers cannot be told from here."},
		{"one that the user left out", "enforce", []fact.MailHost{host("a", 1, bare, family)}, "refused", "A sender that honours the policy delivers to no MX host; a.example.com is refused: it offers no STARTTLS."},
		{
			"nothing known of one", "enforce",
			[]fact.MailHost{host("a", 1, sound("a")), host("b", 2, dead)},
			"not-all",
			"A sender that honours the policy delivers to 1 of 2 MX hosts; whether to b.example.com is not known.",
		},
		{
			"refused and unknown", "enforce",
			[]fact.MailHost{host("a", 1, bare), host("b", 2, dead)},
			"undetermined",
			"Whether a sender that honours the policy delivers cannot be told from here; a.example.com is refused: it offers no STARTTLS; whether to b.example.com is not known.",
		},
		{
			"no address", "enforce",
			[]fact.MailHost{host("a", 1, sound("a")), nowhere},
			"not-all",
			"A sender that honours the policy delivers to 1 of 2 MX hosts; nobody delivers to old.example.com.",
		},
		{
			"many", "enforce", many, "refused",
			"A sender that honours the policy delivers to none of the 5 MX hosts; a.example.com is refused: it offers no STARTTLS; " +
				"b.example.com is refused: it offers no STARTTLS; c.example.com is refused: it offers no STARTTLS; and 2 more.",
		},
		{
			"testing", "testing",
			[]fact.MailHost{host("a", 1, bare), host("b", 2, sound("b"))},
			"partly",
			"Under enforce, a sender that honours the policy would deliver to 1 of 2 MX hosts; a.example.com would be refused: it offers no STARTTLS.",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := Judge(mailSeen(t, c.mode, c.hosts...), Options{Only: []string{DeliveryRule}})
			if len(r.Findings) != 1 {
				t.Fatalf("findings: %+v", r.Findings)
			}
			f := r.Findings[0]
			if diff := cmp.Diff(c.want, f.Message); diff != "" || f.Reason != c.reason {
				t.Errorf("reason %q (-want +got):\n%s", f.Reason, diff)
			}
		})
	}
}

// TestStatusOfDelivery: the policy decides what a refusal is worth, unless DANE does not wait for it.
func TestStatusOfDelivery(t *testing.T) {
	der := leafFor(t, 60, "mx.example.com")
	wrong := signedAnswer(tlsaAnswer("mx.example.com", fact.TLSA{Usage: 3, Selector: 1, MatchingType: 1, Data: make([]byte, 32)}))
	for _, c := range []struct {
		mode   string
		twist  twist
		tlsa   bool
		assume string
		want   []string // "rule status"
	}{
		{mode: "enforce", twist: plain, want: []string{"starttls fail", "delivery fail"}},
		{mode: "testing", twist: plain, want: []string{"starttls warn", "delivery warn"}},
		{mode: "testing", twist: plain, assume: "enforce", want: []string{"starttls fail", "delivery fail"}},
		{mode: "none", twist: plain, want: []string{"starttls warn", "delivery warn"}},
		{mode: "testing", twist: plain, tlsa: true, want: []string{"starttls fail", "delivery fail"}},
		{mode: "testing", twist: func(*fact.Probe) {}, tlsa: true, want: []string{"dane fail", "delivery fail", "starttls pass"}},
	} {
		m := mailHost("mx.example.com", 10, soundProbe("198.51.100.2", der, c.twist))
		if c.tlsa {
			m.TLSA = []fact.Answer{wrong}
		}
		var got []string
		for _, f := range Judge(mailSeen(t, c.mode, m), Options{Only: []string{"starttls", "dane", DeliveryRule}, Assume: c.assume}).Findings {
			got = append(got, f.Rule+" "+string(f.Status))
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%+v: %q; want %q", c, got, c.want)
		}
	}
}
