package pkix

import (
	"strings"
	"testing"
)

func TestMatchHost(t *testing.T) {
	for _, c := range []struct {
		pattern, host string
		want          bool
	}{
		{"mta-sts.example.com", "mta-sts.example.com", true},
		{"MTA-STS.Example.COM", "mta-sts.example.com", true},
		{"mta-sts.example.com", "mta-sts.example.com.", true},
		{"mta-sts.example.com.", "mta-sts.example.com", false},
		{"example.com", "mta-sts.example.com", false},
		{"*.example.com", "mta-sts.example.com", true},
		{"*.EXAMPLE.com", "mta-sts.example.com", true},
		{"*.example.com", "example.com", false},
		{"*.example.com", "a.b.example.com", false},
		{"*.example.com", ".example.com", false},
		{"*.com", "example.com", true},
		{"*.com", "mta-sts.example.com", false},
		{"*", "example", false},
		{"*", "example.com", false},
		{"*.", "example.com", false},
		{"m*.example.com", "mta-sts.example.com", false},
		{"*-sts.example.com", "mta-sts.example.com", false},
		{"mta-sts.*.com", "mta-sts.example.com", false},
		{"*.*.com", "mta-sts.example.com", false},
		{"*.example.com", "*.example.com", false},
		{"xn--bcher-kva.example", "b\u00fccher.example", true},
		{"*.example", "b\u00fccher.example", true},
		{"*.xn--bcher-kva.example", "mta-sts.xn--bcher-kva.example", true},
		{"b\u00fccher.example", "xn--bcher-kva.example", false},
		{"xn--*.example", "xn--bcher-kva.example", false},
		{"192.0.2.1", "192.0.2.1", false},
		{"*.0.2.1", "192.0.2.1", false},
		{"", "", false},
		{"a..example", "a..example", false},
		{"mail_1.example.com", "mail_1.example.com", true},
		{"a b.example", "a b.example", false},
		{strings.Repeat("a", 64) + ".example", strings.Repeat("a", 64) + ".example", false},
	} {
		if got := MatchHost(c.pattern, c.host); got != c.want {
			t.Errorf("MatchHost(%q, %q) = %v", c.pattern, c.host, got)
		}
	}
}

func FuzzMatchHost(f *testing.F) {
	f.Add("*.example.com", "mta-sts.example.com")
	f.Add("xn--bcher-kva.example", "b\xc3\xbccher.example")
	f.Fuzz(func(t *testing.T, pattern, host string) {
		if !MatchHost(pattern, host) {
			return
		}
		if !MatchHost(strings.ToUpper(pattern), host) {
			t.Errorf("%q matches %q in one case only", pattern, host)
		}
		if strings.Count(pattern, "*") > 1 || strings.Contains(host, "*") {
			t.Errorf("%q matches %q", pattern, host)
		}
	})
}
