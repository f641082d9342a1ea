package sts

import (
	"strings"

	"golang.org/x/net/idna"
	"mtasts/internal/field"
)

// Pattern is the value of one mx field, RFC 8461 §3.2: a host name, or "*." and one.
type Pattern struct {
	Text         string // as written
	Line, Column int    // of Text, from 1; 0 if it comes from no text
}

// String is the pattern as written.
func (p Pattern) String() string { return p.Text }

// Valid reports whether the pattern fits the grammar: ["*."] Domain, where Domain is that of RFC
// 5321 §4.1.2: labels of letters, digits and inner hyphens, no final dot. 192.0.2.1 fits it as text,
// and there is no limit of length.
func (p Pattern) Valid() bool {
	return isDomain(strings.TrimPrefix(p.Text, "*."))
}

func isDomain(s string) bool {
	for label := range strings.SplitSeq(s, ".") {
		if !isLabel(label) {
			return false
		}
	}
	return true
}

// isLabel is sub-domain = Let-dig [Ldh-str].
func isLabel(s string) bool {
	return s != "" && field.IsAlnum(s[0]) && field.IsAlnum(s[len(s)-1]) && field.IndexNot(s, isLDH) < 0
}

func isLDH(c byte) bool { return field.IsAlnum(c) || c == '-' }

// Matches reports whether the pattern allows the MX host, RFC 8461 §4.1: letters of either case are
// the same, and "*." stands for exactly one label. A final dot of host (the root) is ignored, and
// U-labels are compared as their A-labels. A pattern that is not valid matches nothing, and so does
// a host that is no name: with empty labels, "*" or other characters than letters, digits, "-" and
// "_".
func (p Pattern) Matches(host string) bool {
	if field.IndexNot(host, isASCII) < 0 && !p.fits(strings.TrimSuffix(host, ".")) {
		return false // as thousands of patterns do not fit a thousand hosts, where somebody is up to that
	}
	name, ok := hostName(host)
	return ok && p.matches(name)
}

// matches compares with a host name in the form of hostName.
func (p Pattern) matches(name string) bool { return p.fits(name) && p.Valid() }

// fits compares without a look at whether the pattern is one.
func (p Pattern) fits(name string) bool {
	base, wildcard := strings.CutPrefix(p.Text, "*.")
	if wildcard {
		_, name, wildcard = strings.Cut(name, ".")
		return wildcard && strings.EqualFold(base, name)
	}
	return strings.EqualFold(base, name)
}

// longestName is how many bytes of name with U-labels are converted: a DNS name has 253 characters,
// of up to 4 bytes each. Conversion is not linear in the length of a label.
const longestName = 4 * 253

// hostName gives a host's name for comparison: A-labels, without the root's dot.
func hostName(host string) (string, bool) {
	name := strings.TrimSuffix(host, ".")
	if field.IndexNot(name, isASCII) >= 0 {
		var ok bool
		if name, ok = aLabels(name); !ok {
			return "", false
		}
	}
	for label := range strings.SplitSeq(name, ".") {
		if label == "" || field.IndexNot(label, isHostChar) >= 0 {
			return "", false
		}
	}
	return name, true
}

func isASCII(c byte) bool { return c < 0x80 }

// isHostChar lets "_" pass, which is no character of a host name but stands in names of real MX
// records.
func isHostChar(c byte) bool { return isLDH(c) || c == '_' }

// aLabels converts a name with U-labels (RFC 5890) to A-labels, lower case.
func aLabels(name string) (string, bool) {
	if len(name) > longestName {
		return "", false
	}
	ascii, err := idna.Lookup.ToASCII(name)
	return ascii, err == nil && ascii != ""
}
