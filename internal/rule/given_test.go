package rule

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mtasts/internal/fact"
)

const soundPolicy = "version: STSv1\nmode: enforce\nmx: mx.example.com\nmax_age: 604800\n"

// handed is what was given: a policy in a file, records and MX of a zone file. What is empty was not.
func handed(domain, policy, record, reports, mx string) *fact.Observation {
	o := &fact.Observation{Schema: fact.Schema, Domain: domain, At: noon, Given: &fact.Given{}}
	zone := &fact.Source{Name: "db", File: true}
	named := func(text string, line int) fact.Record {
		r := fact.Record{Line: line}
		r.Text = []fact.Text{fact.Text(text)}
		return r
	}
	if policy != "" {
		o.Given.Policy = &fact.Source{Name: "policy.txt", File: true}
		o.Host.Fetches = []fact.Fetch{{Status: 200, Body: fact.Text(policy)}}
	}
	if record != "" {
		o.Given.STS, o.STS = zone, answer("_mta-sts."+domain, "TXT", named(record, 7))
	}
	if reports != "" {
		o.Given.TLSRPT, o.TLSRPT = zone, answer("_smtp._tls."+domain, "TXT", named(reports, 8))
	}
	if mx != "" {
		o.Given.MX, o.MX = zone, answer(domain, "MX", fact.Record{Preference: 10, Host: mx, Line: 9})
		o.Hosts = []fact.MailHost{{Name: mx, Preference: 10}}
	}
	return o
}

// faultsOf are the findings that are no pass: "RULE:REASON STATUS PLACE".
func faultsOf(r Result) []string {
	var list []string
	for _, f := range r.Findings {
		if f.Status != Pass {
			at := ""
			if f.Location != nil {
				at = fmt.Sprintf(" %s:%d:%d", f.Location.File, f.Location.Line, f.Location.Column)
			}
			list = append(list, fmt.Sprintf("%s:%s %s%s", f.Rule, f.Reason, f.Status, at))
		}
	}
	return list
}

func TestGiven(t *testing.T) {
	const record, reports = "v=STSv1; id=1", "v=TLSRPTv1; rua=mailto:tls@example.com"
	for _, c := range []struct {
		name   string
		o      *fact.Observation
		status Status
		want   []string
	}{
		{"all is well", handed("example.com", soundPolicy, record, reports, "mx.example.com"), Pass, nil},
		{"a policy alone", handed("", soundPolicy, "", "", ""), Pass, nil},
		{"a record alone", handed("", "", record, "", ""), Pass, nil},
		{"nothing", handed("example.com", "", "", "", ""), Unknown, nil},
		{"an MX host alone", handed("example.com", "", "", "", "mx.example.com"), Pass, nil},
		{
			"a mode, and a host that is left out while the policy is not in force", handed("", strings.Replace(soundPolicy, "enforce", "Enforce", 1), "", "", "mx2.example.com"), Fail,
			[]string{"policy-mode:case fail policy.txt:2:7", "policy-mx-unused:unused warn policy.txt:3:5", "mx-covered:not-covered warn db:9:0"},
		},
		{
			"a host that is left out", handed("", soundPolicy, "", "", "backup.example.net"), Fail,
			[]string{"mx-covered:not-covered fail db:9:0", "policy-mx-unused:unused warn policy.txt:3:5"},
		},
		{
			"records of a zone", handed("example.com", "", "v=STSv1; id=1-2", "v=TLSRPTv1; rua=tls@example.com", ""), Fail,
			[]string{"sts-record-syntax:id-characters fail db:7:0", "tlsrpt-record-syntax:field-syntax fail db:8:0"},
		},
		{
			"a text that was meant", handed("example.com", "<html>", "v=STSv1", "v=TLSRPTv1", ""), Fail,
			[]string{"sts-record:near-miss fail db:7:0", "policy-syntax:html fail policy.txt:1:1", "tlsrpt-record:near-miss fail db:8:0"},
		},
		{
			"other text", handed("", soundPolicy, "hello", "hello", ""), Fail,
			[]string{"sts-record:missing fail db:0:0", "policy-senders:refused-by warn db:7:0", "tlsrpt-record:missing fail db:8:0"},
		},
		{
			"an example's address where the domain is known", handed("example.net", "", "", reports, ""), Fail,
			[]string{"tlsrpt-destination:placeholder fail db:8:0"},
		},
		{"an example's address where it is not", handed("", "", "", reports, ""), Pass, nil},
		{"a host of one label", handed("", strings.Replace(soundPolicy, "mx.example.com", "mx", 1), "", "", "mx"), Warn, []string{"mx-host:not-a-hostname warn db:9:0"}},
		{
			"lines of the policy", handed("", "mode: testing\nversion: STSv1\nmode: none\n mx: mx.example.com\nmax_age: 60\nmaxage: 1", "", "", ""), Fail,
			[]string{
				"policy-syntax:leading-space fail policy.txt:4:1", "policy-syntax:near-miss-key warn policy.txt:6:1",
				"policy-enforced:testing warn policy.txt:1:1", "policy-max-age-length:short warn policy.txt:5:1", "policy-duplicate-field:ignored warn policy.txt:3:1",
			},
		},
	} {
		r := Judge(c.o, Options{})
		got := faultsOf(r)
		slices.Sort(got)
		slices.Sort(c.want)
		if diff := cmp.Diff(c.want, got); diff != "" || r.Status != c.status || r.Protection != UnsureProtection || len(r.Delivery) > 0 {
			t.Errorf("%s: %s, %s, %d deliveries; findings (-want +got):\n%s", c.name, r.Status, r.Protection, len(r.Delivery), diff)
		}
	}
}

// TestGivenSilence: what was not given is neither judged nor told to be hidden.
func TestGivenSilence(t *testing.T) {
	for _, o := range []*fact.Observation{
		handed("example.com", soundPolicy, "v=STSv1; id=1", "v=TLSRPTv1; rua=mailto:tls@example.com", "mx.example.com"),
		handed("example.com", "", "hello", "", ""), handed("", "", "v=STSv1 id=1", "v=TLSRPTv1", ""), handed("", "<html>", "", "", "192.0.2.1"),
	} {
		given := parts(o.Given)
		r := Judge(o, Options{Assume: "enforce"})
		for _, f := range r.Findings {
			for _, id := range append([]string{f.Rule}, f.Hides...) {
				i := slices.IndexFunc(Catalogue(), func(r Rule) bool { return r.ID == id })
				if needs := Catalogue()[i].Needs; needs == 0 || needs&^given != 0 {
					t.Errorf("%s is judged or hidden by %s, and what it needs was not given", id, f.Rule)
				}
			}
			if f.Status == Pass && (f.Rule == "mx-host" || f.Rule == "tlsrpt-destination") {
				t.Errorf("%s passes, and that is not known", f.Rule)
			}
			if len(r.Next) > 0 {
				t.Errorf("what was given has next steps: %q", r.Next)
			}
		}
	}
}

// TestWithoutDomain: what is told of a domain that is not known reads well, and fixes are records of
// its zone.
func TestWithoutDomain(t *testing.T) {
	for _, policy := range []string{soundPolicy, "", "<html>", "mode: enforced\n"} {
		for _, record := range []string{"", "v=STSv1", "hello", "v=STSv1; id=1; x"} {
			for _, reports := range []string{"", "v=TLSRPTv1", "hello", "v=TLSRPTv1; rua=[email protected]"} {
				for _, mx := range []string{"", "mx.example.net", "192.0.2.1", "a.b.example.com"} {
					checkWords(t, Judge(handed("", policy, record, reports, mx), Options{}))
				}
			}
		}
	}
}

func checkWords(t *testing.T, r Result) {
	t.Helper()
	for _, f := range r.Findings {
		text := f.Message + f.Subject
		if f.Fix != nil {
			text += f.Fix.Text
			for _, record := range f.Fix.Records {
				if !slices.Contains([]string{"_mta-sts", "_smtp._tls", "@"}, record.Name) {
					t.Errorf("%s: a record of a domain that is not known: %v", f.Rule, record)
				}
				text += record.Value
			}
		}
		for _, odd := range []string{"{", "}", "_mta-sts.\"", " .", "  ", "://mta-sts./", "@\"", "tlsrpt@"} {
			if strings.Contains(text, odd) || f.Subject == "" {
				t.Errorf("%s (%s) of %q reads %q", f.Rule, f.Reason, f.Subject, text)
			}
		}
	}
}
