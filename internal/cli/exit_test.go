package cli

import (
	"testing"

	"mtasts/internal/fact"
	"mtasts/internal/rule"
)

// unreached is a result with one finding that some MX host was not reached.
func unreached(asked, reason string) rule.Result {
	return rule.Result{
		Status: rule.Unknown, Counts: rule.Counts{Unknown: 1},
		Findings: []rule.Finding{{Rule: "smtp-reachable", Status: rule.Unknown, Reason: reason}},
		Observed: &fact.Observation{Vantage: fact.Vantage{SMTP: asked}},
	}
}

// What is required is tried or the run says that it was not, whatever --fail-on says.
func TestRequire(t *testing.T) {
	failing := rule.Result{Status: rule.Fail, Counts: rule.Counts{Fail: 1}, Observed: &fact.Observation{}}
	cases := []struct {
		name    string
		results []rule.Result
		failOn  string
		want    exit
	}{
		{"blocked", []rule.Result{unreached("", "port-25-blocked")}, failOnFail, exitUnknown},
		{"blocked, never", []rule.Result{unreached("", "port-25-blocked")}, failOnNever, exitGood},
		{"required", []rule.Result{unreached(fact.SMTPRequire, "port-25-blocked")}, failOnNever, exitUnknown},
		{"required, not tried", []rule.Result{unreached(fact.SMTPRequire, "not-tried")}, failOnNever, exitUnknown},
		{"required, turned away", []rule.Result{unreached(fact.SMTPRequire, "greeting-5xx")}, failOnNever, exitGood},
		{"required, findings", []rule.Result{failing, unreached(fact.SMTPRequire, "not-tried")}, failOnFail, exitFindings},
		{"required, findings, never", []rule.Result{failing, unreached(fact.SMTPRequire, "not-tried")}, failOnNever, exitUnknown},
		{"required, unknown", []rule.Result{unreached(fact.SMTPRequire, "not-tried")}, failOnUnknown, exitFindings},
		{"all good", nil, failOnNever, exitGood},
	}
	for _, c := range cases {
		var total tally
		for _, r := range c.results {
			total.add(r)
		}
		if got := verdict(total, c.failOn); got != c.want {
			t.Errorf("%s: %d, want %d", c.name, got, c.want)
		}
	}
}
