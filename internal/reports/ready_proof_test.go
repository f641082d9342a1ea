package reports

import (
	"strings"
	"testing"
	"time"

	"mtasts/internal/rule"
)

// policyIn is a policy of one host.
func policyIn(mode string) []string {
	return []string{"version: STSv1", "mode: " + mode, "mx: mx1.example.com", "max_age: 86400"}
}

// altered are the reports of calm, of mode testing, with something done to the policy in each of them.
func altered(edit func(r *Report, p *Policy)) []*Report {
	list := calm(policyIn("testing")...)
	for _, r := range list {
		edit(r, &r.Policies[0])
	}
	return list
}

// fromDay edits the reports of one organisation from a day of November on.
func fromDay(organization string, d int, edit func(p *Policy)) []*Report {
	return altered(func(r *Report, p *Policy) {
		if r.Organization == organization && !r.Begin.Before(at(d, 0)) {
			edit(p)
		}
	})
}

// weekly is the calm history with a report over several days in which a certificate had expired.
func weekly(first, behind int) []*Report {
	r := report("Google Inc.", first, Policy{
		Type: "sts", String: policyIn("testing"), Successful: 5, Failed: 2, Failures: []Failure{{ResultType: "certificate-expired", MX: "mx1.example.com", Sessions: 2}},
	})
	r.ID, r.End = "week", at(behind, 0).Add(-time.Second)
	return append(calm(policyIn("testing")...), r)
}

// Only sessions prove something. It is noon of day 21; the days that matter for failures begin with day 14.
func TestWhatProves(t *testing.T) {
	const google, microsoft = "Google Inc.", "Microsoft Corporation"
	fails := func(p *Policy) { p.Failed = 500 }
	unnamed := func(p *Policy) { p.String = nil }
	finds := func(p *Policy) { p.Type, p.String = noPolicy, nil }
	fetch := func(p *Policy) {
		p.String, p.Failed, p.Failures = nil, 1, []Failure{{ResultType: "sts-policy-fetch-error", Sessions: 1}}
	}
	now := func(mode string) *rule.Result {
		return checkedNow(strings.Join(policyIn(mode), "\n"), []string{"mx1.example.com"})
	}
	for _, c := range []struct {
		name     string
		list     []*Report
		live     *rule.Result
		verdict  string
		signs    string
		evidence string
	}{
		{"all well", calm(policyIn("testing")...), nil, IsReady, "+++++?", "the check of now was left out"},
		{"failures without details", fromDay(google, 14, fails), nil, NotEnoughData, "++?++?", "3500 failed sessions since 2026-11-14 of which the reports say nothing more"},
		{"some of them have details", fromDay(google, 20, func(p *Policy) {
			p.Failed, p.Failures = 5, []Failure{{ResultType: "sts-policy-fetch-error", Sessions: 3}}
		}), nil, NotEnoughData, "++?++?", "2 failed sessions since 2026-11-14"},
		{"those of one are not explained by the other", altered(func(r *Report, p *Policy) {
			p.Failed = 2
			if r.Organization == google {
				p.Failures = []Failure{{ResultType: "sts-policy-fetch-error", Sessions: 4}}
			}
		}), nil, NotEnoughData, "++?++?", "14 failed sessions"},
		{"failures without details, long ago", altered(func(r *Report, p *Policy) {
			if r.Begin.Before(at(14, 0)) {
				fails(p)
			}
		}), nil, IsReady, "+++++?", "no failure that mode enforce"},
		{"mode none", calm(policyIn("none")...), nil, NotReady, "--?+-?", "go to testing first"},
		{"mode none now", calm(policyIn("testing")...), now("none"), NotReady, "++++-+", "go to testing first"},
		{"one still has mode none", fromDay(google, 1, func(p *Policy) { p.String = policyIn("none") }), now("testing"), NotReady, "+-++-+", "Google Inc., last on 2026-11-20, in mode none: it checks nothing"},
		{"mode enforce", calm(policyIn("enforce")...), nil, IsReady, "+++++?", "it is in mode enforce already"},
		{"mode enforce now", calm(policyIn("testing")...), now("enforce"), IsReady, "++++++", "Google Inc. has seen its mx lines, in mode testing"},
		{"a failure at the end of a week", weekly(10, 17), nil, NotReady, "++-++?", "last in reports that end on 2026-11-16, 2 sessions"},
		{"a failure of a week that is over", weekly(7, 14), nil, IsReady, "+++++?", "the last one was on 2026-11-13"},
		{"no policy any more", fromDay(microsoft, 15, finds), nil, NotReady, "++++-?", "Microsoft Corporation found no policy, last on 2026-11-20, since the one that it saw on 2026-11-14 has run out"},
		{"no policy, and the last one has not run out", altered(func(r *Report, p *Policy) {
			p.String = strings.Split(strings.Replace(strings.Join(policyIn("testing"), "\n"), "86400", "864000", 1), "\n")
			if r.Organization == microsoft && !r.Begin.Before(at(15, 0)) {
				finds(p)
			}
		}), nil, NotEnoughData, "++++??", "Microsoft Corporation found no policy, last on 2026-11-20, though it saw one on 2026-11-14"},
		{"no sessions", altered(func(_ *Report, p *Policy) { p.Successful = 0 }), nil, NotEnoughData, "--????", "Google Inc. reports too, and tells of no session under the policy"},
		{"no sessions of one", fromDay(google, 1, func(p *Policy) { p.Successful = 0 }), nil, NotEnoughData, "+-+++?", "Google Inc. reports too"},
		{"nobody names the policy", altered(func(_ *Report, p *Policy) { unnamed(p) }), nil, NotEnoughData, "+++???", "Google Inc. tells of a policy, not which"},
		{"one does not name the policy", fromDay(microsoft, 1, unnamed), nil, IsReady, "+++++?", "Microsoft Corporation, last on 2026-11-20; it tells of a policy, not which"},
		{"one could not get the policy", fromDay(microsoft, 1, fetch), nil, NotEnoughData, "+-+++?", "Microsoft Corporation reports too"},
	} {
		got := on(at(21, 12), c.list).Readiness("example.com", at(21, 12), 14, c.live)
		var all []string
		for _, cond := range got.Conditions {
			all = append(all, cond.Evidence...)
		}
		if text := strings.Join(all, "\n"); got.Verdict != c.verdict || inSigns(got) != c.signs || !strings.Contains(text, c.evidence) {
			t.Errorf("%s: %s %s, want %s %s and %q:\n%s", c.name, got.Verdict, inSigns(got), c.verdict, c.signs, c.evidence, text)
		}
	}
}

// TestProof: what is proved of a day, in full.
func TestProof(t *testing.T) {
	a := on(at(21, 12), weekly(10, 17)).Domains[0]
	if p := a.proof[9]; len(a.proof) != 20 || p != (proof{"2026-11-10", 17, "2026-11-16", 0, p.late}) {
		t.Errorf("%d days, the tenth %+v", len(a.proof), p)
	}
	if k := a.Failures[0]; k.Last != "2026-11-10" || k.until() != "2026-11-16" {
		t.Errorf("the failure: %+v", k)
	}
	if s := a.Policies[0]; len(s.proved) != 2 || s.proved[0] != s.Held[0] {
		t.Errorf("the policy: %+v", s)
	}
}
