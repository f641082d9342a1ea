package abnf

import (
	"fmt"
	"strings"
)

// core are the rules of RFC 5234, appendix B.1, that every grammar has.
const core = `ALPHA = %x41-5A / %x61-7A ; A-Z / a-z
BIT = "0" / "1"
CHAR = %x01-7F
CR = %x0D
CRLF = CR LF
CTL = %x00-1F / %x7F
DIGIT = %x30-39
DQUOTE = %x22
HEXDIG = DIGIT / "A" / "B" / "C" / "D" / "E" / "F"
HTAB = %x09
LF = %x0A
LWSP = *(WSP / CRLF WSP)
OCTET = %x00-FF
SP = %x20
VCHAR = %x21-7E
WSP = SP / HTAB
`

// Grammar is a set of rules.
type Grammar struct{ rules map[string]node }

// Parse reads the rules of the texts, and those of RFC 5234's appendix. A rule begins at the left
// edge of a line; a line that begins with white space goes on with it. A rule of a later text takes
// the place of one of that name in an earlier text; twice in one text is an error.
func Parse(texts ...string) (*Grammar, error) {
	g := &Grammar{rules: map[string]node{}}
	for _, text := range append([]string{core}, texts...) {
		found, err := parseText(text)
		if err != nil {
			return nil, err
		}
		for name, n := range found {
			g.rules[name] = n
		}
	}
	return g, nil
}

func parseText(text string) (map[string]node, error) {
	rules := map[string]node{}
	for _, line := range unfold(text) {
		name, elements, more, err := cutRule(line)
		if err != nil {
			return nil, err
		}
		n, err := parseElements(elements)
		before, given := rules[name]
		switch {
		case err != nil:
			return nil, fmt.Errorf("rule %s: %w", name, err)
		case given != more:
			return nil, fmt.Errorf("rule %s: given twice, or added to before it is given", name)
		case more:
			n = alternation{before, n}
		}
		rules[name] = n
	}
	return rules, nil
}

// unfold gives each rule as one line, without comments.
func unfold(text string) (rules []string) {
	for line := range strings.Lines(text) {
		line = strings.TrimRight(withoutComment(line), " \t\r\n")
		switch {
		case line == "":
		case len(rules) > 0 && (line[0] == ' ' || line[0] == '\t'):
			rules[len(rules)-1] += line
		default:
			rules = append(rules, line)
		}
	}
	return rules
}

// withoutComment cuts a line at the ";" that stands in no string and in no prose.
func withoutComment(line string) string {
	closing := byte(0)
	for i := range len(line) {
		switch c := line[i]; {
		case closing != 0:
			if c == closing {
				closing = 0
			}
		case c == '"':
			closing = '"'
		case c == '<':
			closing = '>'
		case c == ';':
			return line[:i]
		}
	}
	return line
}

// cutRule takes a rule apart at its "=", or "=/" for one that adds to the rule before it.
func cutRule(line string) (name, elements string, more bool, err error) {
	name, elements, found := strings.Cut(line, "=")
	elements, more = strings.CutPrefix(elements, "/")
	name = strings.ToLower(strings.TrimRight(name, " \t"))
	if !found || !isName(name) {
		return "", "", false, fmt.Errorf("%q is no rule", line)
	}
	return name, elements, more, nil
}

// isName is rulename of RFC 5234 §4.
func isName(s string) bool {
	return s != "" && isAlpha(s[0]) && strings.TrimLeftFunc(s, func(r rune) bool { return r < 0x80 && inName(byte(r)) }) == ""
}

func isAlpha(c byte) bool { return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' }

func inName(c byte) bool { return isAlpha(c) || isDigit(c) || c == '-' }

func isDigit(c byte) bool { return '0' <= c && c <= '9' }
