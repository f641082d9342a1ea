package sts

import (
	"fmt"
	"strings"

	"mtasts/internal/addr"
	"mtasts/internal/field"
)

// An mxFault recognizes one way in which the value of an mx field is no pattern. It says what is
// wrong and what was meant: a value that is nearer to a pattern, "" if that is not evident, or
// several with LF between them.
type mxFault func(value string) (text, near string, found bool)

// mxFaults are tried in order: what wraps a name goes before what is wrong inside it.
func mxFaults() []mxFault {
	return []mxFault{
		emptyMX, commentedMX, quotedMX, addressMX, urlMX, mailMX, severalMX, portMX, unicodeMX,
		loneStarMX, trailingDotMX, leadingDotMX, emptyLabelMX, wildcardMX, underscoreMX, hyphenMX,
	}
}

// faultOfMX says what is wrong with an invalid value, and gives the corrected one where it is
// evident; that is valid, or several valid ones with LF between them.
func faultOfMX(value string) (text, near string) {
	const mostRepairs = 6 // wrappings taken off, one by one
	text, near = describeMX(value)
	for range mostRepairs {
		if near == "" || allValid(near) {
			return text, near
		}
		_, near = describeMX(near)
	}
	return text, ""
}

func allValid(patterns string) bool {
	for pattern := range strings.SplitSeq(patterns, "\n") {
		if !(Pattern{Text: pattern}).Valid() {
			return false
		}
	}
	return true
}

func describeMX(value string) (text, near string) {
	for _, fault := range mxFaults() {
		if text, near, found := fault(value); found {
			return text, near
		}
	}
	i := field.IndexNot(value, func(c byte) bool { return isLDH(c) || c == '.' || c == '*' })
	if i < 0 {
		return "not a host name", ""
	}
	return fmt.Sprintf("%s is not allowed in a host name", field.QuoteAt(value, i)), ""
}

func emptyMX(v string) (string, string, bool) {
	return "empty", "", v == ""
}

func commentedMX(v string) (string, string, bool) {
	i := strings.IndexByte(v, '#')
	if i < 0 {
		return "", "", false
	}
	return "a comment on the line, which a policy cannot have", strings.TrimRight(v[:i], field.WSP), true
}

func quotedMX(v string) (string, string, bool) {
	bare := strings.Trim(v, `"'<>`)
	return "quotation marks or brackets around it", bare, bare != v
}

func addressMX(v string) (string, string, bool) {
	return fmt.Sprintf("%q is an IP address, not a host name", field.Clip(v)), "", addr.Literal(v)
}

func urlMX(v string) (string, string, bool) {
	_, rest, found := strings.Cut(v, "://")
	if !found {
		return "", "", false
	}
	host, _, _ := strings.Cut(rest, "/")
	return "a URL, not a host name", host, true
}

func mailMX(v string) (string, string, bool) {
	return "a mail address, not a host name", "", strings.Contains(v, "@")
}

func severalMX(v string) (string, string, bool) {
	if !strings.ContainsAny(v, ",; \t") {
		return "", "", false
	}
	names := strings.FieldsFunc(v, func(r rune) bool { return strings.ContainsRune(",; \t", r) })
	switch {
	case len(names) == 0:
		return "no host name", "", true
	case len(names) == 1:
		return fmt.Sprintf("%q beside the name", strings.Trim(strings.Replace(v, names[0], "", 1), field.WSP)), names[0], true
	case len(names) == 2 && field.IndexNot(names[0], field.IsDigit) < 0:
		return fmt.Sprintf("a preference (%s) before the name, as in an MX record", field.Clip(names[0])), names[1], true
	}
	return "several names on one line: each needs an mx line of its own", repairAll(names), true
}

// repairAll corrects each of several names; if one of them cannot be, or is no full host name (it
// was one name with a space in it), nothing is evident.
func repairAll(names []string) string {
	const most = 64
	if len(names) > most {
		return ""
	}
	good := make([]string, 0, len(names))
	for _, name := range names {
		if !(Pattern{Text: name}).Valid() {
			_, name = describeMX(name)
		}
		if !strings.Contains(name, ".") || !allValid(name) {
			return ""
		}
		good = append(good, name)
	}
	return strings.Join(good, "\n")
}

func portMX(v string) (string, string, bool) {
	host, port, found := strings.Cut(v, ":")
	if !found || port == "" || field.IndexNot(port, field.IsDigit) >= 0 {
		return "", "", false
	}
	return fmt.Sprintf("a port (%s) behind the name", field.Clip(port)), host, true
}

func unicodeMX(v string) (string, string, bool) {
	if field.IndexNot(v, isASCII) < 0 {
		return "", "", false
	}
	prefix := ""
	if rest, wildcard := strings.CutPrefix(v, "*."); wildcard {
		v, prefix = rest, "*."
	}
	near, ok := aLabels(v)
	if !ok {
		return "not ASCII", "", true
	}
	return "not ASCII: the name must be given as A-labels (xn--...)", prefix + near, true
}

func loneStarMX(v string) (string, string, bool) {
	if strings.Contains(v, "*") {
		return `"*" alone: a wildcard needs a domain behind it, as in *.example.com`, "", strings.Trim(v, "*.") == ""
	}
	return "no name, only dots", "", strings.Trim(v, ".") == ""
}

func trailingDotMX(v string) (string, string, bool) {
	bare := strings.TrimRight(v, ".")
	return "a trailing dot", bare, bare != v
}

func leadingDotMX(v string) (string, string, bool) {
	bare := strings.TrimLeft(v, ".")
	return `a leading dot: "*." stands for one label`, "*." + bare, bare != v
}

func emptyLabelMX(v string) (string, string, bool) {
	if !strings.Contains(v, "..") {
		return "", "", false
	}
	labels := strings.FieldsFunc(v, func(r rune) bool { return r == '.' })
	return "an empty label (two dots)", strings.Join(labels, "."), true
}

func wildcardMX(v string) (string, string, bool) {
	first, rest, _ := strings.Cut(v, ".")
	switch {
	case strings.Contains(rest, "*") && strings.Contains(first, "*"):
		return `more than one "*": a wildcard stands for one label, the left-most`, "", true
	case strings.Contains(rest, "*"):
		return `an inner wildcard: "*" can only be the left-most label`, "", true
	case strings.Contains(first, "*") && first != "*":
		return `a partial wildcard: "*" must be the whole left-most label`, "*." + rest, true
	}
	return "", "", false
}

func underscoreMX(v string) (string, string, bool) {
	return "an underscore, which a host name cannot have", "", strings.Contains(v, "_")
}

func hyphenMX(v string) (string, string, bool) {
	edged := strings.HasPrefix(v, "-") || strings.HasSuffix(v, "-") || strings.Contains(v, ".-") || strings.Contains(v, "-.")
	return "a hyphen at the edge of a label", "", edged
}
