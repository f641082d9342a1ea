package cli

import (
	"testing"

	"mtasts/internal/fact"
	"mtasts/internal/render"
	"mtasts/internal/rule"
)

// unreached is a result in which addresses of one MX host were not reached, each for a reason; "" is
// for one that was.
func unreached(asked string, reasons ...string) rule.Result {
	r := rule.Result{
		Status: rule.Unknown, Counts: rule.Counts{Unknown: 1},
		Observed: &fact.Observation{Vantage: fact.Vantage{SMTP: asked}},
	}
	for _, reason := range reasons {
		s := rule.Sender{Kind: "opportunistic", Verdict: rule.DeliversUnverified}
		if reason != "" {
			s.Verdict, s.Because = rule.UnknownVerdict, []string{"smtp-reachable:" + reason}
		}
		r.Delivery = append(r.Delivery, rule.Delivery{MX: "mx.example.com", Senders: []rule.Sender{s}})
	}
	return r
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
		{"required, no IPv6 here", []rule.Result{unreached(fact.SMTPRequire, "", "no-ipv6-here")}, failOnNever, exitGood},
		{"required, nothing but IPv6", []rule.Result{unreached(fact.SMTPRequire, "no-ipv6-here", "no-ipv6-here")}, failOnNever, exitUnknown},
		{"all good", nil, failOnNever, exitGood},
	}
	for _, c := range cases {
		var total tally
		for _, r := range c.results {
			total.add(render.Item{Result: r})
		}
		if got := verdict(total, c.failOn); got != c.want {
			t.Errorf("%s: %d, want %d", c.name, got, c.want)
		}
	}
}
