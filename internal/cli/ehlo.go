package cli

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"golang.org/x/net/publicsuffix"
)

// longestName is how long a host name may be (RFC 1035 §2.3.4).
const longestName = 253

// ehloName is what a person typed after --ehlo-name, as EHLO takes it: a fully qualified host name in
// A-labels, or an address literal in its brackets (RFC 5321 §4.1.1.1 and §4.1.3).
func ehloName(typed string) (string, error) {
	if strings.HasPrefix(typed, "[") {
		return typed, checkLiteral(typed)
	}
	if a, err := netip.ParseAddr(typed); err == nil {
		return "", fmt.Errorf("an address stands in brackets; did you mean %s?", literal(a))
	}
	name, err := toASCII(strings.TrimSuffix(typed, "."))
	if err == nil {
		err = checkHost(name)
	}
	return name, err
}

// checkHost holds a name against what a server that is strict takes (RFC 5321 §2.3.5).
func checkHost(name string) error {
	if len(name) > longestName {
		return fmt.Errorf("it has %d characters; at most %d are allowed", len(name), longestName)
	}
	err := checkLabels(name)
	if err == nil && !strings.Contains(name, ".") {
		return errors.New("it is not fully qualified, as in mail.example.com")
	}
	return err
}

// checkLiteral takes one address in one spelling: [192.0.2.1] or [IPv6:2001:db8::1].
func checkLiteral(typed string) error {
	const tag = "IPv6:"
	bare := strings.TrimSuffix(strings.TrimPrefix(typed, "["), "]")
	if rest, ok := cutPrefixFold(bare, tag); ok {
		bare = rest
	}
	a, err := netip.ParseAddr(bare)
	switch {
	case err != nil || a.Zone() != "":
		return errors.New("no address literal, like [192.0.2.1] or [IPv6:2001:db8::1]")
	case !strings.EqualFold(typed, literal(a)):
		return fmt.Errorf("did you mean %s?", literal(a))
	}
	return nil
}

// literal is an address as an address literal (RFC 5321 §4.1.3).
func literal(a netip.Addr) string {
	if a.Is4() {
		return "[" + a.String() + "]"
	}
	return "[IPv6:" + a.WithZone("").String() + "]"
}

// publicName is the name of this machine if the DNS could know it, else empty: a server that looks the
// name up would find nothing, and the address says more than "localhost.localdomain".
func publicName(hostname string) string {
	name := strings.ToLower(strings.TrimSuffix(hostname, "."))
	if checkHost(name) != nil || slices.ContainsFunc(strings.Split(name, "."), private) {
		return ""
	}
	suffix, icann := publicsuffix.PublicSuffix(name)
	if icann && suffix != name || !icann && strings.Contains(suffix, ".") {
		return name
	}
	return "" // a registry's own name, or one like pc.corp below no registry at all
}

// private tells that names with this label are known to one site or machine only, although the list of
// public suffixes may hold them: home.arpa (RFC 8375), onion (RFC 7686), internal.cloudapp.net.
func private(label string) bool {
	return slices.Contains([]string{"arpa", "onion", "local", "localhost", "localdomain", "internal", "intranet", "lan"}, label)
}
