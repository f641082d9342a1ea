package addr

import (
	"net/netip"
	"strings"
)

// Literal tells whether a name is an IP address as text, where a host name belongs: IPv4, IPv6, or
// the address literal of RFC 5321 §4.1.3 ("[192.0.2.1]", "[IPv6:2001:db8::1]"), with or without the
// root's dot behind it. It is there to recognize a mistake, not to validate: the tag may stand
// without brackets, and one bracket may be missing.
func Literal(name string) bool {
	const tag = "ipv6:"
	bare := strings.TrimSuffix(strings.TrimPrefix(strings.TrimSuffix(name, "."), "["), "]")
	tagged := len(bare) > len(tag) && strings.EqualFold(bare[:len(tag)], tag)
	if tagged {
		bare = bare[len(tag):]
	}
	if bare == "" || !strings.Contains(bare, ":") && (bare[len(bare)-1] < '0' || bare[len(bare)-1] > '9') {
		return false // as most names are
	}
	a, err := netip.ParseAddr(bare)
	return err == nil && (a.Is6() || !tagged)
}
