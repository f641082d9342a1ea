package cli

import (
	"strings"
	"testing"
)

// goodDomains are inputs with the domain that each is reduced to.
var goodDomains = [][2]string{
	{"example.com", "example.com"},
	{"Example.COM.", "example.com"},
	{"  example.com\t", "example.com"},
	{"user@example.com", "example.com"},
	{"mailto:user@example.com", "example.com"},
	{"MAILTO:user@example.com?subject=a@b.example", "example.com"},
	{"Jane Doe <jane@example.com>", "example.com"},
	{"<jane@example.com>", "example.com"},
	{`"a@b"@example.com`, "example.com"},
	{"https://example.com", "example.com"},
	{"HTTPS://user:secret@Example.com:8443/path?query#fragment", "example.com"},
	{"https://mta-sts.example.com/.well-known/mta-sts.txt", "mta-sts.example.com"},
	{"example.com/", "example.com"},
	{"example.com:25", "example.com"},
	{"b\u00fccher.example", "xn--bcher-kva.example"},
	{"B\u00dcCHER.example", "xn--bcher-kva.example"},
	{"user@b\u00fccher.example", "xn--bcher-kva.example"},
	{"XN--BCHER-KVA.example", "xn--bcher-kva.example"},
	{"example\u3002com", "example.com"},
	{"r3---sn-abc.example", "r3---sn-abc.example"},
	{"com", "com"},
	{strings.Repeat("a", 63) + ".example", strings.Repeat("a", 63) + ".example"},
	{strings.Repeat("abcdefg.", 30) + "ab", strings.Repeat("abcdefg.", 30) + "ab"}, // 242 characters
}

// badDomains are inputs with a part of the error.
var badDomains = [][2]string{
	{"", "it is empty"},
	{".", "it is empty"},
	{"user@", "it is empty"},
	{"https://", "it is empty"},
	{"192.0.2.1", "IP address"},
	{"2001:db8::1", "IP address"},
	{"[2001:db8::1]", "IP address"},
	{"user@[192.0.2.1]", "IP address"},
	{"user@[IPv6:2001:db8::1]", "IP address"},
	{"https://192.0.2.1:8443/", "IP address"},
	{"example..com", "empty label"},
	{".example.com", "empty label"},
	{"example.com..", "empty label"},
	{"_mta-sts.example.com", "did you mean example.com?"},
	{"_smtp._tls.example.com", "did you mean example.com?"},
	{"a_b.example.com", "did you mean example.com?"},
	{"_dmarc.com", "there is no underscore in one"},
	{"1.2.3", "all digits"},
	{"exa mple.com", "only letters"},
	{"*.example.com", "only letters"},
	{"example.com:smtp", "only letters"},
	{"-example.com", "hyphen"},
	{"example-.com", "hyphen"},
	{"xn--a.example", "IDNA"},
	{"\u00fc_.example", "IDNA"},
	{"caf\xe9.example", "is no domain name"},
	{"\x1b[31mred.example", `\x1b`},
	{strings.Repeat("a", 64) + ".example", "at most 63"},
	{strings.Repeat("abcdefg.", 30) + "abc", "more than 242"},
}

func TestParseDomain(t *testing.T) {
	for _, c := range goodDomains {
		if got, err := parseDomain(c[0]); got != c[1] || err != nil {
			t.Errorf("parseDomain(%q) = %q, %v; want %q", c[0], got, err, c[1])
		}
	}
	for _, c := range badDomains {
		got, err := parseDomain(c[0])
		if err == nil || !strings.Contains(err.Error(), c[1]) {
			t.Errorf("parseDomain(%q) = %q, %v; want an error with %q", c[0], got, err, c[1])
		}
	}
}

// What is accepted stays as it is when it is read again, and holds nothing but a host name.
func FuzzParseDomain(f *testing.F) {
	for _, c := range append(goodDomains, badDomains...) {
		f.Add(c[0])
	}
	f.Fuzz(func(t *testing.T, typed string) {
		domain, err := parseDomain(typed)
		if err != nil {
			return
		}
		if again, err := parseDomain(domain); again != domain || err != nil {
			t.Errorf("%q became %q, and that %q, %v", typed, domain, again, err)
		}
		if len(domain) > longest || checkLabels(domain) != nil {
			t.Errorf("%q became %q", typed, domain)
		}
	})
}
