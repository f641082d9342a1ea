package render

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mtasts/internal/reports"
	"mtasts/internal/rule"
)

// The summaries and the details of reports may contradict each other: neither is passed over.
func TestSummariesAndDetails(t *testing.T) {
	kinds := func(sessions ...int64) []reports.Kind {
		var list []reports.Kind
		for _, n := range sessions {
			list = append(list, reports.Kind{ResultType: "certificate-expired", Sessions: n})
		}
		return list
	}
	for name, c := range map[string]struct {
		domain   reports.Domain
		status   rule.Status
		sessions string
		untold   string
	}{
		"nothing":         {reports.Domain{}, rule.Unknown, "0 sessions", ""},
		"all is well":     {reports.Domain{Successful: 20}, rule.Pass, "20 sessions, none failed", ""},
		"both":            {reports.Domain{Successful: 15, Failed: 5, Failures: kinds(2, 3)}, rule.Fail, "20 sessions, 5 failed (25.0 %)", ""},
		"details alone":   {reports.Domain{Successful: 20, Failures: kinds(10)}, rule.Fail, "20 sessions (the summaries count none failed, the details 10)", ""},
		"no summary":      {reports.Domain{Failures: kinds(7)}, rule.Fail, "0 sessions (the summaries count none failed, the details 7)", ""},
		"no number":       {reports.Domain{Successful: 20, Failures: kinds(0)}, rule.Fail, "20 sessions (the summaries count none failed, the details tell of failures without a number)", ""},
		"more details":    {reports.Domain{Failed: 5, Failures: kinds(7)}, rule.Fail, "5 sessions (the summaries count 5 failed, the details 7)", ""},
		"summaries alone": {reports.Domain{Failed: 1000}, rule.Fail, "1,000 sessions, 1,000 failed (100.0 %)", "The reports tell nothing more of 1,000 failed sessions."},
		"fewer details":   {reports.Domain{Failed: 5, Failures: kinds(4)}, rule.Fail, "5 sessions, 5 failed (100.0 %)", "The reports tell nothing more of 1 failed session."},
	} {
		d := newReported(c.domain, nil)
		if d.status() != c.status || d.sessions() != c.sessions || d.untold() != c.untold {
			t.Errorf("%s: %s, %q, %q", name, d.status(), d.sessions(), d.untold())
		}
	}
}

// Who goes by an older policy is no reason to keep a host that the newest names too.
func TestWaits(t *testing.T) {
	waitsFor := func(older, newer []string) string {
		return strings.Join(waits(reports.Domain{To: january(9), Policies: []reports.Seen{
			{Type: "sts", String: newer, First: january(5), Held: []reports.Held{heldBy("G", 5, 9)}},
			{Type: "sts", String: older, First: january(1), Held: []reports.Held{heldBy("M", 1, 9)}},
		}}), "\n")
	}
	keep := func(hosts string) string {
		return "Keep " + hosts + " among the MX hosts, for the policy first seen on 2026-01-01: M went by that in its last report."
	}
	for _, c := range []struct {
		older, newer []string
		want         string
	}{
		{policyLines("testing", "mx1.example.com"), policyLines("enforce", "mx1.example.com"), ""},
		{policyLines("enforce", "MX1.example.com", "mx2.example.com"), policyLines("enforce", "*.example.com"), ""},
		{policyLines("none", "old.example.net"), policyLines("enforce", "mx1.example.com"), ""},
		{policyLines("enforce", "mx1.example.com", "old.example.net"), policyLines("enforce", "mx1.example.com"), keep("old.example.net")},
		{policyLines("enforce", "*.example.com"), policyLines("enforce", "mx1.example.com"), keep("*.example.com")},
		{policyLines("enforce", "a.mx.example.com", "b.example.com"), policyLines("none"), keep("a.mx.example.com and b.example.com")},
	} {
		if diff := cmp.Diff(c.want, waitsFor(c.older, c.newer)); diff != "" {
			t.Errorf("%q, then %q: -want +got:\n%s", c.older, c.newer, diff)
		}
	}
}

// crowd is so many domains, each worse than the one before, with so many kinds of failures.
func crowd(domains, kinds int) *reports.Analysis {
	a := &reports.Analysis{Schema: 1, Reports: 1, Ready: map[string]reports.Readiness{}}
	for i := range domains {
		d := reports.Domain{Domain: fmt.Sprintf("d%d.example", i), Successful: 10}
		for j := range kinds {
			d.Failures = append(d.Failures, reports.Kind{ResultType: fmt.Sprintf("kind-%d", j), Sessions: int64(i)})
			d.Policies = append(d.Policies, reports.Seen{Type: fmt.Sprint(j)})
			d.Hosts = append(d.Hosts, reports.Host{MX: fmt.Sprintf("mx%d.example", j)})
		}
		a.Domains = append(a.Domains, d)
		a.Ready[d.Domain] = reports.Readiness{Verdict: verdicts()[i%2]}
	}
	return a
}

// Anybody may send reports of thousands of domains: a page has an end, and tells what it leaves out.
func TestReportsHaveAnEnd(t *testing.T) {
	a := crowd(2*mostDomains*inVerbose, 1)
	few, many := "... and 950 more domains: ", "... and 500 more domains: "
	for form, c := range map[string]struct{ text, rest string }{
		"text":     {asReports(t, inStyle(Style{Width: 1000}), a), few},
		"verbose":  {asReports(t, inStyle(Style{Width: 1000, Verbose: true}), a), many},
		"markdown": {asReports(t, ReportsMarkdown, a), few},
	} {
		if n := strings.Count(c.text, "May it go to enforce?"); n != mostDomains && (form != "verbose" || n != mostDomains*inVerbose) {
			t.Errorf("%s: %d domains", form, n)
		}
		if !strings.Contains(c.text, "d999.example") || strings.Contains(c.text, "d0.example") || !strings.Contains(c.text, c.rest) {
			t.Errorf("%s: not the worst, or not told what is left out", form)
		}
	}
	want := "... and 50 more domains: 1,725 sessions, 1,225 failed; may they go to enforce? 25 yes, 25 no\n"
	if got := asReports(t, inStyle(Style{Width: 1000}), crowd(mostDomains+50, 1)); !strings.Contains(got, want) {
		t.Errorf("not told:\n%s", want)
	}
}

func TestADomainHasAnEnd(t *testing.T) {
	const kinds = 10_000
	for form, c := range map[string]struct {
		write func(*reports.Analysis) string
		most  int // lines
	}{
		"text":     {func(a *reports.Analysis) string { return asReports(t, inStyle(Style{}), a) }, 500},
		"verbose":  {func(a *reports.Analysis) string { return asReports(t, inStyle(Style{Verbose: true}), a) }, 5000},
		"markdown": {func(a *reports.Analysis) string { return asReports(t, ReportsMarkdown, a) }, 500},
	} {
		text := c.write(crowd(2, kinds))
		if n := strings.Count(text, "\n"); n > c.most {
			t.Errorf("%s: %d lines", form, n)
		}
		rest := "... and " + grouped(kinds-mostBlocks) + " more kinds of failure"
		if form == "verbose" {
			rest = "... and " + grouped(kinds-mostBlocks*inVerbose) + " more kinds of failure"
		}
		if !strings.Contains(text, rest) {
			t.Errorf("%s: %q is missing", form, rest)
		}
	}
}

// What was lumped together has neither a cause nor a step.
func TestLumpedFailures(t *testing.T) {
	d := reports.Domain{Domain: "example.com", Failed: 5, Failures: []reports.Kind{{ResultType: reports.MoreKinds, Sessions: 5, Live: "unknown"}}}
	for form, write := range map[string]string{
		"text":     asReports(t, inStyle(Style{Width: 1000}), &reports.Analysis{Domains: []reports.Domain{d}}),
		"markdown": asReports(t, ReportsMarkdown, &reports.Analysis{Domains: []reports.Domain{d}}),
	} {
		plain := strings.Join(strings.Fields(strings.ReplaceAll(write, `\`, "")), " ")
		if !strings.Contains(plain, "✗ more kinds than are kept: 5 sessions "+lumped) || strings.Contains(plain, "(no name)") || strings.Contains(plain, "What to do first") {
			t.Errorf("%s:\n%s", form, write)
		}
	}
}

// A condition that nothing is known of is no flaw.
func TestMetOf(t *testing.T) {
	yes, no := true, false
	of := func(holds ...*bool) string {
		var list []reports.Condition
		for _, h := range holds {
			list = append(list, reports.Condition{Holds: h})
		}
		return metOf(list)
	}
	for got, want := range map[string]string{
		of(&yes, &yes):      "2 of 2 conditions are met.",
		of(&yes, &no):       "1 of 2 conditions is met.",
		of(&yes, &yes, nil): "2 of 2 conditions that could be judged are met.",
		of(&no, nil):        "0 of 1 condition that could be judged is met.",
		of(&no, &no):        "0 of 2 conditions are met.",
		of(nil):             "none of the conditions could be judged.",
	} {
		if got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
