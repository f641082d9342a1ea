package render

import (
	"testing"

	"mtasts/internal/fact"
	"mtasts/internal/rule"
)

// handed is what was judged of a policy in a file, and records of a zone file.
func handed(domain string, s rule.Status, g fact.Given) rule.Result {
	r := result(domain, s, rule.UnsureProtection, rule.Counts{})
	r.Observed = &fact.Observation{Given: &g}
	return r
}

func TestGiven(t *testing.T) {
	policy, zone, flag := &fact.Source{Name: "policy.txt", File: true}, &fact.Source{Name: "a\x1b.zone", File: true}, &fact.Source{Name: "--mx"}
	for _, c := range []struct {
		r           rule.Result
		text, quiet string
	}{
		{
			handed("", rule.Pass, fact.Given{Policy: policy}),
			"✓ pass  policy.txt  nothing is wrong with the given policy\n", "✓ policy.txt: pass\n",
		},
		{
			handed("example.com", rule.Fail, fact.Given{Policy: policy, STS: zone, TLSRPT: zone, MX: zone}),
			"✗ fail  policy.txt, a\\x1b.zone  something is wrong with the given policy,\n  _mta-sts record, _smtp._tls record and MX hosts of example.com\n", "✗ policy.txt, a\\x1b.zone: fail\n",
		},
		{
			handed("", rule.Warn, fact.Given{Policy: policy, MX: flag}),
			"! warn  policy.txt, --mx  there is something to look at in the given policy and\n  MX hosts\n", "! policy.txt, --mx: warn\n",
		},
		{
			handed("example.com", rule.Unknown, fact.Given{}),
			"? unknown  example.com  what was given is not enough to tell\n", "? example.com: unknown\n",
		},
	} {
		if got := written(t, asText(Style{}), c.r); got != c.text {
			t.Errorf("text:\n%s\nwant:\n%s", got, c.text)
		}
		if got := written(t, asQuiet(Style{}), c.r); got != c.quiet {
			t.Errorf("quiet: %q, want %q", got, c.quiet)
		}
	}
}

// TestPlace: a finding's first line names the file with line and column, as far as they are known.
func TestPlace(t *testing.T) {
	at := func(file string, line, column int) *rule.Location {
		return &rule.Location{File: file, Line: line, Column: column}
	}
	for _, c := range []struct {
		subject string
		at      *rule.Location
		want    string
	}{
		{"example.com", nil, "example.com"},
		{"https://mta-sts.example.com/", at("", 2, 7), "https://mta-sts.example.com/"},
		{"policy.txt", at("policy.txt", 2, 7), "policy.txt:2:7"},
		{"policy.txt", at("policy.txt", 0, 0), "policy.txt"},
		{"_mta-sts.example.com", at("db", 9, 0), "_mta-sts.example.com db:9"},
		{"", at("db", 9, 0), "db:9"},
	} {
		if got := subject(rule.Finding{Subject: c.subject, Location: c.at}); got != c.want {
			t.Errorf("subject %q at %+v is %q, want %q", c.subject, c.at, got, c.want)
		}
	}
}
