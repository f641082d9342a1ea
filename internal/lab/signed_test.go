package lab_test

import (
	"testing"

	"github.com/miekg/dns"

	"mtasts/internal/lab"
)

// secure tells that the answer to a question with these bits says that it is secure.
func secure(t *testing.T, l *lab.Lab, name, qtype string, bits func(*dns.Msg)) bool {
	t.Helper()
	query := new(dns.Msg).SetQuestion(dns.Fqdn(name), dns.StringToType[qtype])
	bits(query)
	return exchange(t, l, "udp", query).AuthenticatedData
}

func withAD(m *dns.Msg) { m.AuthenticatedData = true }

const signedScene = `
sound example.com
sound example.org
signed example.com mx.example.net
unsigned lame.example.com
signed good.lame.example.com
zone
    lame.example.com A 192.0.2.1
    a.lame.example.com A 192.0.2.1
    good.lame.example.com A 192.0.2.1
    to-signed.example.com CNAME mx1.example.com
    to-unsigned.example.com CNAME mx1.example.org
    to-nothing.example.com CNAME nothing.example.com
    to-unsigned-nothing.example.com CNAME nothing.example.org
    from-unsigned.example.org CNAME mx1.example.com
    *.wild.example.com A 192.0.2.1
dns mta-sts.example.com A servfail
dns mta-sts.example.com AAAA nxdomain
dns mta-sts.example.com TXT loop
dns mx2.example.com A truncate
`

func TestSignedZones(t *testing.T) {
	l := start(t, signedScene)
	for _, c := range []struct {
		name, qtype string
		want        bool
	}{
		{"example.com", "MX", true},
		{"MX1.Example.com", "A", true},
		{"mx1.example.com", "TXT", true},
		{"nothing.example.com", "A", true},
		{"x.wild.example.com", "A", true},
		{"mx2.example.com", "A", true},
		{"mx.example.net", "A", true},
		{"example.net", "A", false},
		{"com", "NS", false},
		{".", "NS", true},
		{"example.org", "MX", false},
		{"nothing.example.org", "A", false},
		{"notexample.com", "A", false},
		{"lame.example.com", "A", false},
		{"a.lame.example.com", "A", false},
		{"nothing.lame.example.com", "A", false},
		{"good.lame.example.com", "A", true},
		{"to-signed.example.com", "A", true},
		{"to-unsigned.example.com", "A", false},
		{"to-unsigned.example.com", "CNAME", true},
		{"to-nothing.example.com", "A", true},
		{"to-unsigned-nothing.example.com", "A", false},
		{"from-unsigned.example.org", "A", false},
		{"mta-sts.example.com", "A", false},
		{"mta-sts.example.com", "AAAA", false},
		{"mta-sts.example.com", "TXT", false},
		{"example.com", "ANY", false},
	} {
		if got := secure(t, l, c.name, c.qtype, withAD); got != c.want {
			t.Errorf("%s %s: AD %t", c.name, c.qtype, got)
		}
	}
}

func TestWhoIsToldOfSignedZones(t *testing.T) {
	l := start(t, signedScene)
	for what, c := range map[string]struct {
		bits func(*dns.Msg)
		want bool
	}{
		"nothing":    {func(*dns.Msg) {}, false},
		"EDNS":       {func(m *dns.Msg) { m.SetEdns0(1232, false) }, false},
		"DO":         {func(m *dns.Msg) { m.SetEdns0(1232, true) }, true},
		"AD":         {withAD, true},
		"AD and CD":  {func(m *dns.Msg) { m.AuthenticatedData, m.CheckingDisabled = true, true }, false},
		"EDNS 1, DO": {func(m *dns.Msg) { m.SetEdns0(1232, true).IsEdns0().SetVersion(1) }, false},
	} {
		if got := secure(t, l, "example.com", "MX", c.bits); got != c.want {
			t.Errorf("%s: AD %t", what, got)
		}
	}
}

func TestTheRoot(t *testing.T) {
	for script, want := range map[string][3]bool{
		"sound example.com":                                           {false, false, false},
		"sound example.com\nsigned .":                                 {true, true, true},
		"sound example.com\nsigned example.com":                       {true, false, true},
		"sound example.com\nsigned example.com\nsigned .":             {true, true, true},
		"sound example.com\nsigned example.com\nunsigned example.com": {false, false, false},
		"sound example.com\nsigned .\nunsigned example.com":           {true, true, false},
	} {
		l := start(t, script)
		got := [3]bool{
			secure(t, l, ".", "TXT", withAD), secure(t, l, "example.org", "MX", withAD), secure(t, l, "example.com", "MX", withAD),
		}
		if got != want {
			t.Errorf("%q: %v", script, got)
		}
	}
}

// RFC 4035 §3.2.2: with the CD bit even what is bogus is answered.
func TestBogus(t *testing.T) {
	l := start(t, `
sound example.com
signed .
zone
    alias.test CNAME mx1.example.com
dns mx1.example.com A bogus
dns nothing.example.com * bogus
dns . TXT bogus
`)
	for _, c := range []struct{ name, qtype, checked, unchecked string }{
		{"mx1.example.com", "A", "SERVFAIL", "NOERROR; mx1.example.com. A 192.0.2.11"},
		{"alias.test", "A", "SERVFAIL", "NOERROR; alias.test. CNAME mx1.example.com.; mx1.example.com. A 192.0.2.11"},
		{"mx1.example.com", "AAAA", "NOERROR; mx1.example.com. AAAA 2001:db8::11", "NOERROR; mx1.example.com. AAAA 2001:db8::11"},
		{"nothing.example.com", "TLSA", "SERVFAIL", "NXDOMAIN; soa example.com."},
		{".", "TXT", "SERVFAIL", "NOERROR; soa ."},
	} {
		for disabled, want := range map[bool]string{false: c.checked, true: c.unchecked} {
			query := new(dns.Msg).SetQuestion(dns.Fqdn(c.name), dns.StringToType[c.qtype])
			query.CheckingDisabled = disabled
			answer := exchange(t, l, "udp", query)
			if got := told(answer); got != want || answer.CheckingDisabled != disabled {
				t.Errorf("%s %s, CD %t:\n got %s\nwant %s", c.name, c.qtype, disabled, got, want)
			}
		}
	}
}
