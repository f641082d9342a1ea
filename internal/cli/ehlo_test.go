package cli

import (
	"strings"
	"testing"
)

// goodNames are what --ehlo-name takes, with what it becomes.
var goodNames = [][2]string{
	{"mail.example.com", "mail.example.com"},
	{"Mail.Example.COM.", "mail.example.com"},
	{"b\u00fccher.example", "xn--bcher-kva.example"},
	{"probe.lan", "probe.lan"}, // who says so outright knows
	{"[192.0.2.1]", "[192.0.2.1]"},
	{"[IPv6:2001:db8::1]", "[IPv6:2001:db8::1]"},
	{strings.Repeat("abcdefg.", 31) + "abcde", strings.Repeat("abcdefg.", 31) + "abcde"}, // 253 characters
}

// badNames are what it refuses, with a part of the error.
var badNames = [][2]string{
	{"", "it is empty"},
	{".", "it is empty"},
	{"localhost", "not fully qualified"},
	{"mail..example.com", "empty label"},
	{"my_host.example.com", "underscore"},
	{"mail.example.com\r\nMAIL FROM:<>", "only letters"},
	{"mail example.com", "only letters"},
	{"mail.example.1", "all digits"},
	{"\xff.example", "it is not UTF-8"},
	{"192.0.2.1", "did you mean [192.0.2.1]?"},
	{"2001:db8::1", "did you mean [IPv6:2001:db8::1]?"},
	{"fe80::1%eth0", "did you mean [IPv6:fe80::1]?"},
	{"[2001:db8::1]", "did you mean [IPv6:2001:db8::1]?"},
	{"[IPv6:2001:DB8:0::1]", "did you mean [IPv6:2001:db8::1]?"},
	{"[IPv6:192.0.2.1]", "did you mean [192.0.2.1]?"},
	{"[192.0.2.1", "did you mean [192.0.2.1]?"},
	{"[IPv6:fe80::1%eth0]", "no address literal"},
	{"[mail.example.com]", "no address literal"},
	{"[]", "no address literal"},
	{strings.Repeat("abcdefg.", 31) + "abcdef", "at most 253"},
}

func TestEHLOName(t *testing.T) {
	for _, c := range goodNames {
		if got, err := ehloName(c[0]); got != c[1] || err != nil {
			t.Errorf("ehloName(%q) = %q, %v; want %q", c[0], got, err, c[1])
		}
	}
	for _, c := range badNames {
		if got, err := ehloName(c[0]); err == nil || !strings.Contains(err.Error(), c[1]) {
			t.Errorf("ehloName(%q) = %q, %v; want an error with %q", c[0], got, err, c[1])
		}
	}
}

// What is accepted is one word that can stand behind EHLO, and is accepted again as it is.
func FuzzEHLOName(f *testing.F) {
	for _, c := range append(goodNames, badNames...) {
		f.Add(c[0])
	}
	f.Fuzz(func(t *testing.T, typed string) {
		name, err := ehloName(typed)
		if err != nil {
			return
		}
		if again, err := ehloName(name); again != name || err != nil {
			t.Errorf("%q became %q, and that %q, %v", typed, name, again, err)
		}
		stray := func(r rune) bool { return r <= ' ' || r > '~' }
		if name == "" || len(name) > longestName || strings.ContainsFunc(name, stray) {
			t.Errorf("%q became %q", typed, name)
		}
	})
}

func TestPublicName(t *testing.T) {
	public := [][2]string{
		{"mx1.example.org", "mx1.example.org"},
		{"Probe.Example.CO.UK.", "probe.example.co.uk"},
		{"ec2-192-0-2-1.compute-1.amazonaws.com", "ec2-192-0-2-1.compute-1.amazonaws.com"},
	}
	for _, c := range public {
		if got := publicName(c[0]); got != c[1] {
			t.Errorf("publicName(%q) = %q, want %q", c[0], got, c[1])
		}
	}
	for _, name := range []string{
		"", ".", "localhost", "server1", "3f2a9c0d1e5b", "localhost.localdomain", "laptop.local", "nas.lan", "pc.home",
		"dc1.ad.corp", "vm.internal", "ip-10-0-0-1.eu-west-1.compute.internal", "fv-az1.xyz.internal.cloudapp.net",
		"box.home.arpa", "1.2.0.192.in-addr.arpa", "abc.onion", "pod.ns.svc.cluster.local", "x.test", "x.invalid",
		"a_b.example.org", "co.uk", "192.0.2.1", "2001:db8::1", "my host.example.org", "x\r\n.example.org", "\xff.example.org",
	} {
		if got := publicName(name); got != "" {
			t.Errorf("publicName(%q) = %q, want none", name, got)
		}
	}
}
