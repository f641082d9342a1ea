package pkix

import (
	"crypto/x509"
	"fmt"
	"strings"

	"golang.org/x/net/idna"

	"mtasts/internal/addr"
)

// MatchHost tells whether a SAN dNSName covers a host name by RFC 9525 §6.3: compared without
// regard to case, label by label, in A-labels (a host in U-labels is converted); '*' counts only
// as the whole left-most label and stands for exactly one label. The host may end in a dot, the
// pattern may not. An IP address is no host name.
func MatchHost(pattern, host string) bool {
	host, ok := ascii(host)
	if !ok || !hostname(host) {
		return false
	}
	base, wild := strings.CutPrefix(pattern, "*.")
	if !hostname(base) {
		return false
	}
	if !wild {
		return strings.EqualFold(pattern, host)
	}
	_, parent, ok := strings.Cut(host, ".")
	return ok && strings.EqualFold(base, parent)
}

// ascii is the host in A-labels, without the final dot.
func ascii(host string) (string, bool) {
	host = strings.TrimSuffix(host, ".")
	for i := range len(host) {
		if host[i] >= 0x80 {
			a, err := idna.Lookup.ToASCII(host)
			return a, err == nil
		}
	}
	return host, true
}

// hostname tells whether s is a name of non-empty labels that can be compared: no '*' (a
// wildcard elsewhere is none, RFC 9525 §6.3), no address. Underscores pass, as in crypto/x509:
// such names are in use.
func hostname(s string) bool {
	if len(s) > 253 {
		return false
	}
	for label := range strings.SplitSeq(s, ".") {
		if label == "" || len(label) > 63 || strings.ContainsFunc(label, odd) {
			return false
		}
	}
	return !addr.Literal(s)
}

// odd tells what stands in no label.
func odd(r rune) bool {
	switch {
	case 'a' <= r && r <= 'z', 'A' <= r && r <= 'Z', '0' <= r && r <= '9', r == '-', r == '_':
		return false
	}
	return true
}

// nameProblems is whether the certificate names the host (RFC 8461 §3.3: a DNS-ID, so the common
// name does not do).
func nameProblems(leaf *x509.Certificate, host string) []Problem {
	if len(leaf.DNSNames) == 0 {
		return []Problem{{NoSAN, noSAN(leaf)}}
	}
	for _, name := range leaf.DNSNames {
		if MatchHost(name, host) {
			return nil
		}
	}
	return []Problem{{NameMismatch, NotFor(leaf.DNSNames, host)}}
}

// NotFor is the clause on a certificate whose names, of which there is at least one, do not cover
// the host: "is for other.example.com, not for mta-sts.example.com".
func NotFor(names []string, host string) string {
	return fmt.Sprintf("is for %s, not for %s%s", enumerate(names), host, depth(names, host))
}

func noSAN(leaf *x509.Certificate) string {
	const text = "holds no DNS name in its subjectAltName"
	if cn := leaf.Subject.CommonName; cn != "" {
		return fmt.Sprintf("%s; the common name %q does not count", text, clip(cn))
	}
	return text
}

// depth explains the wildcard that people expect to match at any depth.
func depth(names []string, host string) string {
	for _, name := range names {
		base, wild := strings.CutPrefix(strings.ToLower(name), "*.")
		if wild && (base == strings.ToLower(host) || strings.HasSuffix(strings.ToLower(host), "."+base)) {
			return fmt.Sprintf(" (%q stands for exactly one label)", clip("*."+base))
		}
	}
	return ""
}

// shown is how many names of a certificate are told: some hold hundreds.
const shown = 5

func enumerate(names []string) string {
	var list []string
	for _, name := range names[:min(shown, len(names))] {
		list = append(list, clip(name))
	}
	if rest := len(names) - shown; rest > 0 {
		return fmt.Sprintf("%s and %d more", strings.Join(list, ", "), rest)
	}
	if last := len(list) - 1; last > 0 {
		return strings.Join(list[:last], ", ") + " and " + list[last]
	}
	return list[0]
}
