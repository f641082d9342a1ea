package rule

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"mtasts/internal/fact"
)

var noon = time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC)

// answer is a NOERROR answer, or NXDOMAIN where there is no record.
func answer(name, kind string, records ...fact.Record) fact.Answer {
	a := fact.Answer{Name: name, Type: kind, RCode: "NOERROR", Records: records}
	if len(records) == 0 {
		a.RCode = "NXDOMAIN"
	}
	return a
}

func text(s string) fact.Record { return fact.Record{Text: []fact.Text{fact.Text(s)}} }

// seen is an observation of example.com with this record and policy, but no TLS.
func seen(record, policy string) *fact.Observation {
	host := fact.Fetch{Address: "198.51.100.1", Connected: true, Status: 200, Body: fact.Text(policy), TLS: &fact.TLS{Version: "TLS 1.3"}}
	return &fact.Observation{
		Schema: fact.Schema, Domain: "example.com", At: noon,
		STS:    answer("_mta-sts.example.com", "TXT", text(record)),
		TLSRPT: answer("_smtp._tls.example.com", "TXT", text("v=TLSRPTv1; rua=mailto:tlsrpt@example.com")),
		MX:     answer("example.com", "MX", fact.Record{Preference: 10, Host: "mx.example.com"}),
		Host: fact.PolicyHost{
			Name: "mta-sts.example.com", A: answer("mta-sts.example.com", "A", fact.Record{Address: "198.51.100.1"}),
			AAAA: answer("mta-sts.example.com", "AAAA"), Fetches: []fact.Fetch{host},
		},
		Hosts: []fact.MailHost{{Name: "mx.example.com", Preference: 10, A: answer("mx.example.com", "A", fact.Record{Address: "198.51.100.2"})}},
	}
}

// TestNothingSeen: what was never asked is neither absent nor wrong.
func TestNothingSeen(t *testing.T) {
	r := Judge(&fact.Observation{Domain: "example.com", At: noon, Interrupted: true}, Options{})
	if len(r.Findings) != 0 || r.Protection != UnsureProtection {
		t.Errorf("an empty observation was judged: %s, %+v", r.Protection, r.Findings)
	}
}

// TestFactsReplay: an observation that went through JSON is judged the same, byte for byte.
func TestFactsReplay(t *testing.T) {
	o := seen("v=STSv1; id=1\xff", "version: STSv1\nmode: enforce\nmx: \xfe\nmax_age: 1\n")
	data, err := json.Marshal(o)
	if err != nil {
		t.Fatal(err)
	}
	var again fact.Observation
	if err := json.Unmarshal(data, &again); err != nil {
		t.Fatal(err)
	}
	want, _ := json.Marshal(Judge(o, Options{}))
	got, _ := json.Marshal(Judge(&again, Options{}))
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("replayed facts are judged otherwise (-live +replayed):\n%s", diff)
	}
}

// TestSelection: --only and --skip choose what is told, not how the domain is judged.
func TestSelection(t *testing.T) {
	o := seen("v=STSv1; id=1", "version: STSv1\nmode: enforced\nmx: mx.example.com\nmax_age: 604800\n")
	all := Judge(o, Options{})
	some := Judge(o, Options{Skip: []string{"policy-*"}, Only: []string{"policy-mode", "sts-*"}})
	if all.Protection != Broken || some.Protection != Broken {
		t.Errorf("protection is %s and %s, want broken both times", all.Protection, some.Protection)
	}
	if len(some.Findings) != 2 || some.Counts.Fail != 0 {
		t.Errorf("selected findings: %+v", some.Findings)
	}
}

// FuzzJudge: facts are read from files that a stranger may have written.
func FuzzJudge(f *testing.F) {
	mx := mailHost("mx.example.com", 10, soundProbe("198.51.100.2", leafFor(f, -3, "mx.example.com"), answers(fact.Secured, 550)), soundProbe("2001:db8::1", nil, plain))
	mx.TLSA = []fact.Answer{signedAnswer(tlsaAnswer(mx.Name, fact.TLSA{Usage: 2, Data: fact.Hex{1}}))}
	for _, o := range []*fact.Observation{
		mailSeen(f, "testing", mx),
		seen("v=STSv1; id=1", "version: STSv1\nmode: testing\nmx: mx.example.com\nmax_age: 604800\n"),
		seen("v=STSv1 id=1", "<html>"),
		handed("", "mode: testing\nmx: *.example.com\n", "v=STSv1", "v=TLSRPTv1", "mx"),
		{Domain: "example.com", At: noon, MX: answer("example.com", "MX"), STS: answer("_mta-sts.example.com", "TXT")},
	} {
		data, _ := json.Marshal(o)
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var o fact.Observation
		if json.Unmarshal(data, &o) != nil {
			return
		}
		r := Judge(&o, Options{Assume: "enforce"})
		if r.Status == "" || r.Protection == "" {
			t.Errorf("no status or protection: %q, %q", r.Status, r.Protection)
		}
		for _, f := range r.Findings {
			if f.Message == "" {
				t.Errorf("%s gave the reason %q, which it does not have", f.Rule, f.Reason)
			}
		}
	})
}
