package rule

import (
	"strings"
	"testing"

	"mtasts/internal/fact"
)

// TestOnlyFault: a line is tried in a policy that is sound otherwise, in place of the line that says the
// same; but one that stands behind such a line is no matter, and is tried there.
func TestOnlyFault(t *testing.T) {
	const policy = "version: STSv1\nmode: enforce\nmx: mx.example.com\nmax_age: 7d\nmode: testing\n"
	c := newCase(published(policy, goodType, 0, goodRecord), Options{})
	for _, tc := range []struct {
		field      string
		line       int
		has, lacks string
	}{
		{"max_age", 4, "max_age: 7d\n", "max_age: 1209600\n"},
		{"mode", 5, "mode: enforce\nmx: mx.example.com\nmax_age: 1209600\nmode: testing\n", "7d"},
		{"version", 0, "mode: enforce\n", "version"},
	} {
		if got := c.onlyFault(tc.field, tc.line); !strings.Contains(got, tc.has) || strings.Contains(got, tc.lacks) {
			t.Errorf("%s in line %d: %q", tc.field, tc.line, got)
		}
	}
}

// TestMXWithoutThePlaceholder: the other records are offered where there are any.
func TestMXWithoutThePlaceholder(t *testing.T) {
	for _, others := range []bool{true, false} {
		o := published(plainPolicy, goodType, 0, goodRecord)
		placeholder := fact.MailHost{Name: "ms12345678.msv1.invalid", Preference: 32767}
		record := fact.Record{Preference: placeholder.Preference, Host: placeholder.Name}
		if others {
			o.MX.Records, o.Hosts = append(o.MX.Records, record), append(o.Hosts, placeholder)
		} else {
			o.MX.Records, o.Hosts = []fact.Record{record}, []fact.MailHost{placeholder}
		}
		f := Judge(o, Options{Only: []string{"mx-host"}}).Findings[0]
		if f.Reason != "placeholder" || f.Fix == nil {
			t.Fatalf("others: %v: %+v", others, f)
		}
		if offered := strings.Contains(f.Fix.Text, "publish the MX records without it"); offered != others || len(f.Fix.Records) > 0 != others {
			t.Errorf("others: %v: %s %v", others, f.Fix.Text, f.Fix.Records)
		}
	}
}
