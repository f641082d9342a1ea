package sts

import (
	"strings"
	"testing"
)

func TestMatches(t *testing.T) {
	for _, c := range []struct {
		pattern, host string
		want          bool
	}{
		{"mx.example.com", "mx.example.com", true},
		{"mx.example.com", "MX.Example.COM.", true},
		{"MX.example.com", "mx.example.com", true},
		{"mx.example.com", "mx.example.com..", false},
		{"mx.example.com", "a.mx.example.com", false},
		{"mx.example.com", "example.com", false},
		{"localhost", "localhost", true},
		{"*.example.com", "mx.example.com", true},
		{"*.example.com", "mx_1.example.com", true}, // no host name, but a name that MX records hold
		{"*.EXAMPLE.com", "mx.example.COM.", true},
		{"*.example.com", "example.com", false},
		{"*.example.com", ".example.com", false},
		{"*.example.com", "a.b.example.com", false},
		{"*.example.com", `a\.example.com`, false},
		{"*.example.com", "*.example.com", false},
		{"*.example.com", "", false},
		{"*.com", "example.com", true},
		{"*.com", "com", false},
		{"xn--mnchen-3ya.example", "m\u00fcnchen.example", true},
		{"xn--mnchen-3ya.example", "M\u00dcNCHEN.example.", true},
		{"m\u00fcnchen.example", "m\u00fcnchen.example", false}, // the pattern is not valid
		{"*.xn--fiqs8s", "mx.\u4e2d\u56fd", true},
		{"*", "example", false},
		{"", "", false},
		{"mx.example.com.", "mx.example.com", false},
		{".example.com", "mx.example.com", false},
		{"m*.example.com", "mx.example.com", false},
		{"mx.*.com", "mx.example.com", false},
		{"*.*.com", "mx.example.com", false},
		{"mx.example.com", strings.Repeat("\u00fc", 5000) + ".com", false},
	} {
		if got := (Pattern{Text: c.pattern}).Matches(c.host); got != c.want {
			t.Errorf("%q matches %q: %v, want %v", c.pattern, c.host, got, c.want)
		}
		p := Pattern{Text: c.pattern}
		if NewHosts([]string{"", c.host}).Match(p) != c.want || NewIndex([]Pattern{{Text: "x"}, p, p}).Find(c.host) != map[bool]int{true: 1, false: -1}[c.want] {
			t.Errorf("%q and %q find each other otherwise", c.pattern, c.host)
		}
	}
}

func TestIndexFirst(t *testing.T) {
	list := []Pattern{{Text: "*.Example.com"}, {Text: "mx.example.com"}, {Text: "*.example.com"}, {Text: "a.example.net"}, {Text: "*.example.net"}}
	for host, want := range map[string]int{"mx.example.com": 0, "a.example.net": 3, "b.example.net": 4, "b.example.org": -1} {
		if got := NewIndex(list).Find(host); got != want {
			t.Errorf("%s is found at %d, want %d", host, got, want)
		}
	}
}

func TestValid(t *testing.T) {
	for _, text := range []string{"a", "a.b", "*.a", "1", "192.0.2.1", "*.1.2.3.4", "xn--a.b", "a-b.c", "a--b", strings.Repeat("a", 64) + ".example"} {
		if !(Pattern{Text: text}).Valid() {
			t.Errorf("%q is valid", text)
		}
	}
	for _, text := range []string{"", ".", "*", "*.", "**.a", "*a.b", "a.", ".a", "a..b", "-a", "a-", "a.-b", "a_b", "a b", "\u00fc", "[::1]", "a:25", "a@b", "*.*.a", "a\n"} {
		if (Pattern{Text: text}).Valid() {
			t.Errorf("%q is not valid", text)
		}
	}
}

// TestFaultOfMX shows each way in which people write what is no pattern, and what it is corrected
// to.
func TestFaultOfMX(t *testing.T) {
	for _, c := range []struct{ value, what, near string }{
		{"", "empty", ""},
		{"mx.example.com.", "trailing dot", "mx.example.com"},
		{"*.example.com.", "trailing dot", "*.example.com"},
		{"...", "only dots", ""},
		{".example.com", "leading dot", "*.example.com"},
		{".example.com.", "trailing dot", "*.example.com"},
		{"[192.0.2.1]", "IP address", ""},
		{"2001:db8::1", "IP address", ""},
		{"[IPv6:2001:db8::1]", "IP address", ""},
		{"*", "alone", ""},
		{"*.", "alone", ""},
		{"**", "alone", ""},
		{"mx*.example.com", "partial wildcard", "*.example.com"},
		{"*mx.example.com", "partial wildcard", "*.example.com"},
		{"mx*", "partial wildcard", ""},
		{"mx.*.com", "inner wildcard", ""},
		{"mx.*ple.com", "inner wildcard", ""},
		{"*.*.com", "more than one", ""},
		{"a.example.com b.example.com", "several names", "a.example.com\nb.example.com"},
		{"a.example.com,b.example.com.", "several names", "a.example.com\nb.example.com"},
		{"a.example.com; *.example.net", "several names", "a.example.com\n*.example.net"},
		{"mail 1.example.com", "several names", ""},
		{"mx.example.com,", "beside the name", "mx.example.com"},
		{";", "no host name", ""},
		{"10 mx.example.com.", "preference (10)", "mx.example.com"},
		{"mx_1.example.com", "underscore", ""},
		{"-mx.example.com", "hyphen", ""},
		{"mx-.example.com", "hyphen", ""},
		{"mx.example.com-", "hyphen", ""},
		{"mx..example.com", "two dots", "mx.example.com"},
		{"m\u00fcnchen.example", "A-labels", "xn--mnchen-3ya.example"},
		{"*.M\u00fcnchen.example", "A-labels", "*.xn--mnchen-3ya.example"},
		{strings.Repeat("\u00fc", 2000), "not ASCII", ""},
		{"mx.example.com:25", "port (25)", "mx.example.com"},
		{"https://mx.example.com/", "URL", "mx.example.com"},
		{"smtp://mx.example.com:25", "URL", "mx.example.com"},
		{"postmaster@example.com", "mail address", ""},
		{`"mx.example.com"`, "quotation marks", "mx.example.com"},
		{"<mx.example.com.>", "quotation marks", "mx.example.com"},
		{"mx.example.com # first", "comment", "mx.example.com"},
		{"mx/example", `"/"`, ""},
	} {
		what, near := faultOfMX(c.value)
		if !strings.Contains(what, c.what) || near != c.near {
			t.Errorf("%q: %q, near %q; want %q, near %q", c.value, what, near, c.what, c.near)
		}
	}
}

func FuzzMatches(f *testing.F) {
	f.Add("*.example.com", "mx.example.com")
	f.Add("mx.example.com.", "MX.example.com.")
	f.Add("xn--mnchen-3ya.example", "m\u00fcnchen.example")
	f.Add("10 mx.example.com", "*")
	f.Fuzz(func(t *testing.T, text, host string) {
		p := Pattern{Text: text}
		matches := p.Matches(host)
		if matches && !p.Valid() {
			t.Errorf("%q is not valid and matches %q", text, host)
		}
		if p.Valid() && matches != (Pattern{Text: strings.ToUpper(text)}).Matches(host) {
			t.Errorf("%q matches %q: case counts", text, host)
		}
		if p.Valid() && !strings.HasPrefix(text, "*.") && !p.Matches(text+".") {
			t.Errorf("%q does not match itself", text)
		}
		if strings.HasPrefix(text, "*.") && matches && !p.Matches("x"+text[1:]) {
			t.Errorf("%q does not match a label in front of it", text)
		}
		if _, found := (Policy{MX: []Pattern{p}}).Find(host); found != matches {
			t.Errorf("Find and Matches differ for %q and %q", text, host)
		}
		if _, near := faultOfMX(text); near != "" && !allValid(near) {
			t.Errorf("%q is corrected to %q", text, near)
		}
	})
}
