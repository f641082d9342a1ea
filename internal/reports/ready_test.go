package reports

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"mtasts/internal/fact"
	"mtasts/internal/rule"
	"mtasts/internal/sts"
)

// history is what senders reported of example.com, from day 1 to day 20 of November: mode testing from the
// first day on. The certificate of mx2 had expired on days 3 to 5. On day 8 the policy got mx3; Google took the
// new one on day 9, and Microsoft held the old one until day 16.
func history() []*Report {
	old := []string{"version: STSv1", "mode: testing", "mx: mx1.example.com", "mx: mx2.example.com", "max_age: 1209600"}
	fresh := slices.Insert(slices.Clone(old), 4, "mx: mx3.example.com")
	var list []*Report
	for d := 1; d <= 20; d++ {
		for organization, until := range map[string]int{"Google Inc.": 8, "Microsoft Corporation": 16} {
			p := Policy{Type: "sts", Domain: "example.com", String: old, Successful: 10}
			if d > until {
				p.String = fresh
			}
			if d >= 3 && d <= 5 && organization == "Google Inc." {
				p.Failed, p.Failures = 2, []Failure{{ResultType: "certificate-expired", MX: "mx2.example.com", ReceivingIP: "192.0.2.2", Sessions: 2}}
			}
			list = append(list, &Report{
				Organization: organization, ID: fmt.Sprint(organization, d), Begin: at(d, 0), End: at(d+1, 0), Policies: []Policy{p},
			})
		}
	}
	return list
}

// on is the analysis of those that had come by some time: reports come some hours behind their end.
func on(now time.Time, list []*Report) *Analysis {
	t := NewTally(Options{})
	for _, r := range list {
		if r.End.Add(6 * time.Hour).Before(now) {
			t.Add(r.ID, r)
		}
	}
	a := t.Analysis()
	a.Explain(nil)
	return a
}

// inSigns are the conditions in short: + holds, - does not, ? is not known.
func inSigns(r Readiness) string {
	var b strings.Builder
	for _, c := range r.Conditions {
		switch {
		case c.Holds == nil:
			b.WriteByte('?')
		case *c.Holds:
			b.WriteByte('+')
		default:
			b.WriteByte('-')
		}
	}
	return b.String()
}

// The conditions are: days, organisations, recent-failures, mx-seen, policy-seen, live. Reports of a day are
// there on the next.
func TestReadinessDayByDay(t *testing.T) {
	const yes, no, short = IsReady, NotReady, NotEnoughData
	table := []struct {
		day     int
		verdict string
		signs   string
	}{
		{1, short, "--????"}, // nothing has come yet
		{2, short, "-++?+?"},
		{3, short, "-++?+?"},
		{4, no, "-+-?+?"}, // the first failure is known
		{5, no, "-+-?+?"},
		{6, no, "-+-?+?"},
		{7, no, "-+-?+?"},
		{8, no, "-+-?+?"},
		{9, no, "-+-?+?"},
		{10, no, "-+-?-?"}, // Google has the new policy, Microsoft not
		{11, no, "-+-?-?"},
		{12, no, "-+-?-?"}, // day 5 is 7 days ago
		{13, no, "-++?-?"},
		{14, no, "-++?-?"},
		{15, no, "+++?-?"}, // reports of 14 days
		{16, no, "+++?-?"},
		{17, no, "+++?-?"}, // Microsoft's last one with the old policy is of day 16
		{18, yes, "+++?+?"},
		{19, yes, "+++?+?"},
		{20, yes, "+++?+?"},
		{21, yes, "+++?+?"},
		{22, yes, "+++?+?"},
		{25, yes, "+++?+?"},
		{27, yes, "+++?+?"},
		{28, short, "++??+?"}, // no reports for a week
	}
	for _, c := range table {
		got := on(at(c.day, 12), history()).Readiness("example.com", at(c.day, 12), 14, nil)
		if got.Verdict != c.verdict || inSigns(got) != c.signs {
			t.Errorf("day %d: %s %s, want %s %s: %+v", c.day, got.Verdict, inSigns(got), c.verdict, c.signs, got.Conditions)
		}
		for _, cond := range got.Conditions {
			if len(cond.Evidence) == 0 {
				t.Errorf("day %d: %s has no evidence", c.day, cond.ID)
			}
		}
		if len(got.Unproved) == 0 {
			t.Errorf("day %d: all is proved", c.day)
		}
	}
}

// report is one of a day, with one policy.
func report(organization string, d int, p Policy) *Report {
	p.Domain = "example.com"
	return &Report{Organization: organization, ID: fmt.Sprint(organization, d, p.Type), Begin: at(d, 0), End: at(d+1, 0), Policies: []Policy{p}}
}

// calm are reports of two organisations on 20 days, all well.
func calm(lines ...string) []*Report {
	var list []*Report
	for d := 1; d <= 20; d++ {
		list = append(list, report("Google Inc.", d, Policy{Type: "sts", String: lines, Successful: 5}), report("Microsoft Corporation", d, Policy{Type: "sts", String: lines, Successful: 5}))
	}
	return list
}

func TestFailuresThatMatter(t *testing.T) {
	one := []string{"version: STSv1", "mode: testing", "mx: mx1.example.com", "max_age: 604800"}
	for _, c := range []struct {
		kind, policy string
		verdict      string
		evidence     string
	}{
		{"starttls-not-supported", "sts", NotReady, "mail refused: starttls-not-supported at mx1.example.com, reported by Google Inc., last on 2026-11-18, 3 sessions"},
		{"starttls-not-supported", "tlsa", NotReady, "mail refused"},
		{"starttls-not-supported", "no-policy-found", NotReady, "mail refused"},
		{"certificate-expired", "sts", NotReady, "mail refused"},
		{"certificate-not-trusted", "sts", NotReady, "mail refused"},
		{"certificate-host-mismatch", "sts", NotReady, "mail refused"},
		{"validation-failure", "sts", NotReady, "mail refused"},
		{"certificate-expired", "tlsa", IsReady, "DANE decides"},
		{"validation-failure", "tlsa", IsReady, "DANE decides"},
		{"tlsa-invalid", "tlsa", IsReady, "DANE decides"},
		{"dnssec-invalid", "tlsa", IsReady, "DANE decides"},
		{"dane-required", "tlsa", IsReady, "DANE decides"},
		{"sts-policy-fetch-error", "sts", IsReady, "the sender had no policy"},
		{"sts-policy-invalid", "sts", IsReady, "the sender had no policy"},
		{"sts-webpki-invalid", "sts", IsReady, "the sender had no policy"},
		{"gremlins", "sts", NotEnoughData, "not known"},
	} {
		p := Policy{Type: c.policy, Failed: 3, Failures: []Failure{{ResultType: c.kind, MX: "mx1.example.com", Sessions: 3}}}
		if c.policy == "sts" {
			p.String = one
		}
		list := append(calm(one...), report("Google Inc.", 18, p))
		list[len(list)-1].ID += "again"
		got := on(at(21, 12), list).Readiness("example.com", at(21, 12), 14, nil)
		evidence := strings.Join(got.Conditions[2].Evidence, "\n")
		if got.Verdict != c.verdict || !strings.Contains(evidence, c.evidence) {
			t.Errorf("%s under %s: %s %s: %s", c.kind, c.policy, got.Verdict, inSigns(got), evidence)
		}
	}
}

// Only who saw a policy is a witness.
func TestWitnesses(t *testing.T) {
	one := []string{"version: STSv1", "mode: testing", "mx: mx1.example.com", "max_age: 604800"}
	var list []*Report
	for d := 1; d <= 20; d++ {
		p := Policy{Type: "sts", String: one, Successful: 5}
		if d < 10 {
			p = Policy{Type: "no-policy-found", Successful: 5}
		}
		list = append(list, report("Google Inc.", d, p), report("Postfix", d, Policy{Type: "no-policy-found", Successful: 1}))
	}
	got := on(at(21, 12), list).Readiness("example.com", at(21, 12), 14, nil)
	if got.Verdict != NotEnoughData || inSigns(got) != "--+++?" {
		t.Fatalf("%s %s: %+v", got.Verdict, inSigns(got), got.Conditions)
	}
	days, organizations := strings.Join(got.Conditions[0].Evidence, "; "), strings.Join(got.Conditions[1].Evidence, "; ")
	if want := "reports of 11 days from 2026-11-10 to 2026-11-21; 14 are wanted"; !strings.Contains(days, want) {
		t.Errorf("days: %s, want %s", days, want)
	}
	if want := "Postfix reports too, and tells of no policy"; !strings.Contains(organizations, want) {
		t.Errorf("organizations: %s, want %s", organizations, want)
	}
	if got := on(at(21, 12), list).Readiness("other.example", at(21, 12), 14, nil); got.Verdict != NotEnoughData || len(got.Conditions) != 6 {
		t.Errorf("a domain that nobody reports: %+v", got)
	}
}

// An old policy that a reporter may keep no longer is neither seen nor unseen.
func TestExpiredPolicy(t *testing.T) {
	old := []string{"version: STSv1", "mode: testing", "mx: mx1.example.com", "max_age: 86400"}
	fresh := []string{"version: STSv1", "mode: testing", "mx: mx1.example.com", "max_age: 604800"}
	list := slices.DeleteFunc(calm(fresh...), func(r *Report) bool { return r.Organization != "Google Inc." })
	list = append(list, report("Microsoft Corporation", 10, Policy{Type: "sts", String: old, Successful: 1}))
	got := on(at(21, 12), list).Readiness("example.com", at(21, 12), 14, nil)
	if got.Verdict != NotEnoughData || inSigns(got) != "++++??" {
		t.Errorf("%s %s: %+v", got.Verdict, inSigns(got), got.Conditions)
	}
}

// checkedNow is a check of a domain with some MX hosts, all well but for what is found.
func checkedNow(policy string, hosts []string, found ...rule.Finding) *rule.Result {
	p, _ := sts.ParsePolicy([]byte(policy))
	r := &rule.Result{Domain: "example.com", Status: rule.Pass, Protection: rule.Testing, Findings: found, Observed: &fact.Observation{}}
	r.Published.Policy = p
	for _, h := range hosts {
		r.Observed.MX.Records = append(r.Observed.MX.Records, fact.Record{Host: h})
		r.Delivery = append(r.Delivery, rule.Delivery{MX: h, Verdict: rule.DeliversVerified, UnderEnforce: rule.DeliversVerified})
	}
	return r
}

func TestReadinessLive(t *testing.T) {
	const policy = "version: STSv1\nmode: testing\nmx: *.example.com\nmax_age: 604800\n"
	lines := strings.Split(strings.TrimSpace(policy), "\n")
	one, two := []string{"mx1.example.com"}, []string{"mx1.example.com", "mx2.example.com"}
	fault := rule.Finding{Rule: "starttls", Reason: "not-offered", Status: rule.Fail, Subject: "mx1.example.com", Message: "mx1.example.com does not offer STARTTLS."}
	untried := checkedNow(policy, two)
	untried.Delivery[1].UnderEnforce = rule.UnknownVerdict
	alone := checkedNow(policy, two)
	alone.Delivery = nil
	for _, c := range []struct {
		name    string
		live    *rule.Result
		verdict string
		signs   string
	}{
		{"no check", nil, IsReady, "+++?+?"},
		{"clean, one host", checkedNow(policy, one), IsReady, "++++++"},
		{"clean, two hosts", checkedNow(policy, two), IsReady, "+++?++"},
		{"a fault", checkedNow(policy, one, fault), NotReady, "+++++-"},
		{"a host could not be tried", untried, NotEnoughData, "+++?+?"},
		{"the hosts were left alone", alone, NotEnoughData, "+++?+?"},
		{"a host that the policy does not name", checkedNow(policy, []string{"mx.elsewhere.example"}), NotReady, "+++-++"},
		{"another policy", checkedNow(strings.Replace(policy, "604800", "86400", 1), one), NotReady, "++++-+"},
		{"no policy", checkedNow("", one), NotEnoughData, "+++++?"},
	} {
		got := on(at(21, 12), calm(lines...)).Readiness("example.com", at(21, 12), 14, c.live)
		if got.Verdict != c.verdict || inSigns(got) != c.signs {
			t.Errorf("%s: %s %s, want %s %s: %+v", c.name, got.Verdict, inSigns(got), c.verdict, c.signs, got.Conditions)
		}
	}
}

// Where there are gaps, the window is wide enough; and old reports do not count.
func TestWindow(t *testing.T) {
	one := []string{"version: STSv1", "mode: testing", "mx: mx1.example.com", "max_age: 604800"}
	list := slices.DeleteFunc(calm(one...), func(r *Report) bool { return r.Begin.Weekday() == time.Sunday || r.Begin.Weekday() == time.Saturday })
	a := on(at(21, 12), list)
	for days, want := range map[int]string{15: IsReady, 16: NotEnoughData, 1: IsReady} {
		if got := a.Readiness("example.com", at(21, 12), days, nil); got.Verdict != want {
			t.Errorf("%d days: %s %s, want %s: %v", days, got.Verdict, inSigns(got), want, got.Conditions[0].Evidence)
		}
	}
	if got := a.Readiness("example.com", at(60, 12), 14, nil); got.Verdict != NotEnoughData || inSigns(got)[:2] != "--" {
		t.Errorf("a month later: %s %s", got.Verdict, inSigns(got))
	}
}

// A failure that a check finds no more is told so, and counts all the same: senders have to say it.
func TestMendedFailure(t *testing.T) {
	lines := []string{"version: STSv1", "mode: testing", "mx: mx1.example.com", "max_age: 604800"}
	list := append(calm(lines...), report("Example Ltd.", 18, Policy{
		Type: "sts", String: lines, Failed: 3, Failures: []Failure{{ResultType: "certificate-expired", MX: "mx1.example.com", Sessions: 3}},
	}))
	a := on(at(21, 12), list)
	live := checkedNow(strings.Join(lines, "\n"), []string{"mx1.example.com"}, passing("smtp-certificate")...)
	a.Explain(map[string]*rule.Result{"example.com": live})
	got := a.Readiness("example.com", at(21, 12), 14, live)
	want := "last on 2026-11-18, 3 sessions; a check of now finds nothing of the kind"
	if evidence := strings.Join(got.Conditions[2].Evidence, "; "); got.Verdict != NotReady || !strings.Contains(evidence, want) {
		t.Errorf("%s: %s, want %s", got.Verdict, evidence, want)
	}
}

// However much is reported, what is told stays short.
func TestEvidenceIsBounded(t *testing.T) {
	lines := []string{"version: STSv1", "mode: testing", "max_age: 604800"}
	for i := range 50 {
		lines = append(lines, fmt.Sprintf("mx: mx%d.%s.example.com", i, strings.Repeat("a", 60)))
	}
	list := calm(lines...)
	for i := range 200 {
		organization := fmt.Sprintf("%d %s", i, strings.Repeat("o", 500))
		list = append(list, report(organization, 18, Policy{
			Type: "sts", String: lines[:4+i%40], Failed: 1,
			Failures: []Failure{{ResultType: strings.Repeat("x", 500), MX: "mx.example.com", Reason: strings.Repeat("r", 500), Sessions: 1}},
		}))
	}
	a := on(at(21, 12), list)
	for _, c := range a.Readiness("example.com", at(21, 12), 14, nil).Conditions {
		if len(c.Evidence) > mostEvidence+1 {
			t.Errorf("%s has %d lines", c.ID, len(c.Evidence))
		}
		for _, line := range c.Evidence {
			if len(line) > 1000 {
				t.Errorf("%s has a line of %d bytes", c.ID, len(line))
			}
		}
	}
}
