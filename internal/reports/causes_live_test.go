package reports

import (
	"slices"
	"strings"
	"testing"

	"mtasts/internal/rule"
)

// passing are findings of rules that pass.
func passing(ids ...string) []rule.Finding {
	var list []rule.Finding
	for _, id := range ids {
		list = append(list, rule.Finding{Rule: id, Status: rule.Pass, Subject: "example.com"})
	}
	return list
}

// finding is a problem, "rule:reason", at a host.
func finding(key string, status rule.Status, subject string) rule.Finding {
	id, reason, _ := strings.Cut(key, ":")
	return rule.Finding{
		Rule: id, Reason: reason, Status: status, Subject: subject, Message: "What is wrong at " + subject + ".",
		Fix: &rule.Fix{Text: "Mend it; for Postfix, as an example:"},
	}
}

func TestLive(t *testing.T) {
	const policy = "version: STSv1\nmode: testing\nmx: *.example.com\nmax_age: 604800\n"
	two := []string{"mx1.example.com", "mx2.example.com"}
	host := func(result string) Kind {
		return Kind{Organization: "Google Inc.", ResultType: result, MX: "mx1.example.com", PolicyType: "sts", First: "2026-11-03", Last: "2026-11-05"}
	}
	fetch := Kind{Organization: "Microsoft Corporation", ResultType: "sts-policy-fetch-error", PolicyType: "sts"}
	gone := host("certificate-expired")
	gone.MX = "old.example.com"
	nameless := host("certificate-expired")
	nameless.MX = ""
	bare := host("validation-failure")
	bare.MX = "a.mx.example.com"
	refused := checkedNow(policy, two, finding("smtp-certificate:expired", rule.Warn, "mx2.example.com"))
	refused.Delivery[1].UnderEnforce = rule.Refuses
	interrupted := checkedNow(policy, two, passing("smtp-certificate")...)
	interrupted.Interrupted = true
	fetched := []string{"policy-fetch", "policy-host-reachable", "policy-host-address", "policy-tls"}
	for _, c := range []struct {
		name  string
		kind  Kind
		live  *rule.Result
		want  string
		cause string // the first
		fix   string
	}{
		{"nobody looked", host("certificate-expired"), nil, "", "smtp-certificate:expired", "Renew"},
		{
			"the same", host("certificate-expired"), checkedNow(policy, two, finding("smtp-certificate:expired", rule.Fail, "mx1.example.com")), Confirmed,
			"smtp-certificate:expired", "Mend it. mtasts check example.com prints what to paste.",
		},
		{"in mode testing", host("certificate-expired"), checkedNow(policy, two, finding("smtp-certificate:expired", rule.Warn, "mx1.example.com [192.0.2.1]")), Confirmed, "smtp-certificate:expired", "Mend it."},
		{"another reason", host("certificate-expired"), checkedNow(policy, two, finding("smtp-certificate:name-mismatch", rule.Fail, "mx1.example.com")), Confirmed, "smtp-certificate:name-mismatch", "Mend it."},
		{"another host", host("certificate-expired"), refused, Mended, "smtp-certificate:expired", "nothing has to be done"},
		{"some host", nameless, refused, Confirmed, "smtp-certificate:expired", "Mend it."},
		{"all well", host("certificate-expired"), checkedNow(policy, two, passing("smtp-certificate")...), Mended, "smtp-certificate:expired", "nothing has to be done"},
		{"no MX host any more", gone, checkedNow(policy, two, passing("starttls")...), Mended, "smtp-certificate:expired", "nothing has to be done"},
		{"hidden", host("certificate-expired"), checkedNow(policy, two, finding("starttls:not-offered", rule.Fail, "mx1.example.com")), Unsure, "smtp-certificate:expired", "Renew"},
		{"not to be told", host("certificate-expired"), checkedNow(policy, two, finding("smtp-certificate:no-roots-here", rule.Unknown, "example.com")), Unsure, "smtp-certificate:expired", "Renew"},
		{"interrupted", host("certificate-expired"), interrupted, Unsure, "smtp-certificate:expired", "Renew"},
		{"a word of its own", host("gremlins"), checkedNow(policy, two), Unsure, "", "not known"},
		{"a fetch that works", fetch, checkedNow(policy, two, passing(append(fetched, "policy-content-type")...)...), Mended, "policy-fetch:http-status", "keeps this sender out"},
		{"a fetch of which not all is known", fetch, checkedNow(policy, two, passing(fetched...)...), Unsure, "policy-fetch:http-status", "keep robots out"},
		{
			"a fetch that fails", fetch, checkedNow(policy, two, append(passing("policy-fetch"), finding("policy-host-reachable:partly", rule.Warn, "mta-sts.example.com"))...), Confirmed,
			"policy-host-reachable:partly", "Mend it.",
		},
		{"the policy leaves it out", bare, checkedNow(policy, two, finding("mx-covered:not-covered", rule.Warn, "a.mx.example.com and b.mx.example.com")), Confirmed, "mx-covered:not-covered", "Mend it."},
		{"the policy leaves another out", bare, checkedNow(policy, []string{"a.mx.example.com"}, finding("mx-covered:not-covered", rule.Warn, "b.mx.example.com")), Mended, "mx-covered:not-covered", "nothing"},
	} {
		t.Run(c.name, func(t *testing.T) {
			lines := strings.Split(strings.TrimSpace(policy), "\n")
			a := Analysis{Domains: []Domain{{Domain: "example.com", Failures: []Kind{c.kind}, Policies: []Seen{saw("Google Inc.", lines...)}}}}
			live := map[string]*rule.Result{}
			if c.live != nil {
				live["example.com"] = c.live
			}
			a.Explain(live)
			got := a.Domains[0].Failures[0]
			cause := ""
			if len(got.Causes) > 0 {
				cause = got.Causes[0].Rule
			}
			if got.Live != c.want || cause != c.cause || !strings.Contains(got.Fix, c.fix) {
				t.Errorf("got %s, %s, %q; want %s, %s, %q", got.Live, cause, got.Fix, c.want, c.cause, c.fix)
			}
			rules := []string{}
			for _, cause := range got.Causes {
				rules = append(rules, cause.Rule)
			}
			if slices.Sort(rules); len(slices.Compact(rules)) != len(got.Causes) {
				t.Errorf("a cause is told twice: %v", got.Causes)
			}
		})
	}
}

// Which policy is the present one is told by what it says, in whatever order.
func TestCurrent(t *testing.T) {
	const policy = "version: STSv1\nmode: testing\nmx: mx1.example.com\nmx: MX2.example.com\nmax_age: 604800\n"
	two := []string{"mx1.example.com", "mx2.example.com"}
	absent := checkedNow("", two)
	absent.Protection = rule.Absent
	same := []string{"version: STSv1", "mode: testing", "max_age: 604800", "mx: mx2.example.com", "mx: mx1.example.com"}
	other := []string{"version: STSv1", "mode: testing", "max_age: 604800", "mx: mx2.example.com"}
	yes, no := is(true), is(false)
	for _, c := range []struct {
		name  string
		kind  string
		lines []string
		live  *rule.Result
		want  *bool
	}{
		{"the same", "sts", same, checkedNow(policy, two), yes},
		{"in one string", "sts", []string{strings.Join(same, "; ") + ";"}, checkedNow(policy, two), yes},
		{"with line ends", "sts", []string{strings.Join(same, "\r\n") + "\r\n"}, checkedNow(policy, two), yes},
		{"another", "sts", other, checkedNow(policy, two), no},
		{"there is none", "sts", same, absent, no},
		{"it is not seen", "sts", same, checkedNow("", two), nil},
		{"nobody looked", "sts", same, nil, nil},
		{"no text", "sts", nil, checkedNow(policy, two), nil},
		{"TLSA", "tlsa", []string{"3 1 1 00"}, checkedNow(policy, two), nil},
		{"none", "no-policy-found", nil, checkedNow(policy, two), nil},
	} {
		a := Analysis{Domains: []Domain{{Domain: "example.com", Policies: []Seen{{Type: c.kind, String: c.lines}}}}}
		a.Explain(map[string]*rule.Result{"example.com": c.live})
		got := a.Domains[0].Policies[0].Current
		if (got == nil) != (c.want == nil) || got != nil && *got != *c.want {
			t.Errorf("%s: got %v, want %v", c.name, got, c.want)
		}
	}
}
