package lint

import (
	"strings"

	"github.com/miekg/dns"

	"mtasts/internal/fact"
)

// recordOf makes a fact of a record, if it is of a type that matters and has its data.
func recordOf(rr dns.RR) (fact.Record, bool) {
	switch rr := rr.(type) {
	case *dns.TXT:
		var r fact.Record
		for _, s := range rr.Txt {
			r.Text = append(r.Text, fact.Text(unescape(s)))
		}
		return r, len(rr.Txt) > 0
	case *dns.MX:
		return fact.Record{Preference: rr.Preference, Host: hostName(rr.Mx)}, rr.Mx != ""
	case *dns.CNAME:
		return fact.Record{Host: hostName(rr.Target)}, rr.Target != ""
	case *dns.A:
		return fact.Record{Address: rr.A.String()}, len(rr.A) > 0
	case *dns.AAAA:
		return fact.Record{Address: rr.AAAA.String()}, len(rr.AAAA) > 0
	}
	return fact.Record{}, false
}

// hostName is a name as it stands in facts: lower case and no final dot, but for the root.
func hostName(name string) string {
	name = canonical(name)
	if name == "." {
		return name
	}
	return strings.TrimSuffix(name, ".")
}

// canonical is a name in lower case with a final dot, and with no escape that is not needed: \095 is
// an underscore.
func canonical(name string) string {
	if !strings.Contains(name, `\`) {
		return dns.CanonicalName(name)
	}
	wire := make([]byte, 256)
	n, err := dns.PackDomainName(dns.Fqdn(name), wire, 0, nil, false)
	if err != nil {
		return dns.CanonicalName(name)
	}
	plain, _, err := dns.UnpackDomainName(wire[:n], 0)
	if err != nil {
		return dns.CanonicalName(name)
	}
	return dns.CanonicalName(plain)
}

// unescape is a character-string of a zone file as bytes: \DDD is the byte of that number, and any
// other character behind a backslash is itself (RFC 1035 §5.1).
func unescape(s string) string {
	if !strings.Contains(s, `\`) {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' || i+1 == len(s) {
			b.WriteByte(s[i])
			continue
		}
		if n, ok := octet(s[i+1:]); ok {
			b.WriteByte(n)
			i += 3
			continue
		}
		i++
		b.WriteByte(s[i])
	}
	return b.String()
}

// octet reads three decimal digits that are at most 255.
func octet(s string) (byte, bool) {
	if len(s) < 3 {
		return 0, false
	}
	n := 0
	for i := range 3 {
		if s[i] < '0' || s[i] > '9' {
			return 0, false
		}
		n = 10*n + int(s[i]-'0')
	}
	return byte(n), n <= 255
}
