package sts

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"mtasts/internal/field"
)

// mostMissing is how many fields can be missing: so many problems are kept free for that.
const mostMissing = 4

// ParsePolicy reads a policy file as RFC 8461 §3.2 has it, whatever its size, in time linear in it.
// The problems are those that make it invalid, at most [field.MaxProblems]: first those of the whole file,
// then those of its lines, then what is missing. Duplicates and unknown fields are no problems.
//
// Reading goes on after a problem with what was evidently meant: a byte order mark, blank lines and
// comments are skipped, UTF-16 is decoded, a bare CR ends a line, white space before a name or colon
// is dropped, and "mode=enforce" is read as a mode. A web page or JSON gives one problem and no
// values.
func ParsePolicy(body []byte) (Policy, []Problem) {
	text, fault := asUTF8(body)
	if problem, repaired, found := wholeFault(text); found {
		problem.Line, problem.Column = 1, 1
		return unplaced(readMeant(repaired)), []Problem{problem}
	}
	policy, problems := parseText(text, fault)
	if len(problems) > 0 && hasBreaks(policy.Fields) {
		// <br> in values would else be a fault of each of them.
		policy = readMeant(tag.ReplaceAllString(text, ""))
		problems = []Problem{{
			Field: syntaxField, Reason: "html", Line: max(problems[0].Line, 1), Column: max(problems[0].Column, 1),
			Text: "HTML stands in the file: a policy is plain text",
		}}
	}
	return policy, problems
}

// parseText reads a text in UTF-8, before which an encoding fault was found, or none ("").
func parseText(text, fault string) (Policy, []Problem) {
	p := policyParser{mended: strings.Contains(text, "\n")}
	switch fault {
	case "bom":
		p.add("bom", 1, 1, "a byte order mark before the first line", "")
		p.offset = len(bom)
	case "utf-16":
		p.add("utf-16", 1, 1, "encoded as UTF-16: a policy is ASCII or UTF-8", "")
	}
	const usual = 8 // fields of a policy, to take the room for at once
	p.policy.Fields = make([]Field, 0, usual)
	for text != "" {
		var line string
		line, text, p.end = cutLine(text)
		p.number++
		p.line(line)
		p.offset, p.before = 0, p.end
	}
	p.missing()
	return p.policy, p.problems
}

type policyParser struct {
	policy   Policy
	problems []Problem
	seen     uint8 // known fields that were given, well or badly: versionSeen...
	skipMX   bool  // the mode was meant to be none
	mended   bool  // the file has LFs: what a bare CR cuts is one line
	bareCR   bool  // noted
	blank    bool  // the line before was blank: one run is one problem

	number      int    // of the line
	offset      int    // bytes of the line before its text
	before, end ending // of the line before, and of this line
}

// add notes a fault of syntax at a byte of the line, counted from 1.
func (p *policyParser) add(reason string, line, column int, text, near string) {
	p.note(syntaxField, reason, line, column, text, near)
}

// syntax notes a fault of syntax at an index of the line's text.
func (p *policyParser) syntax(reason string, index int, text, near string) {
	p.add(reason, p.number, p.offset+index+1, text, near)
}

// note notes a fault of any field.
func (p *policyParser) note(of, reason string, line, column int, text, near string) {
	if !p.full() {
		p.problems = append(p.problems, Problem{Field: of, Reason: reason, Line: line, Column: column, Text: text, Near: near})
	}
}

func (p *policyParser) full() bool { return len(p.problems) >= field.MaxProblems-mostMissing }

func (p *policyParser) line(text string) {
	if p.end == bareCR && !p.bareCR {
		p.bareCR = true
		p.add("bare-cr", p.number, max(p.offset+len(text), 1), "a carriage return without a line feed ends no line", "")
	}
	trimmed := strings.Trim(text, field.WSP)
	switch {
	case trimmed == "":
		p.blankLine()
		return
	case isComment(trimmed):
		p.syntax("comment", len(text)-len(strings.TrimLeft(text, field.WSP)), "a policy cannot have comments", "")
	case p.badBytes(text):
	default:
		p.field(text)
	}
	p.blank = false
}

// isComment tells comments from lines with a bad name.
func isComment(line string) bool {
	return line[0] == '#' || line[0] == ';' || strings.HasPrefix(line, "//")
}

// blankLine notes a line of nothing or white space, RFC 8461 §3.2: each terminator but the last is
// followed by a field. What lies beside a bare CR is its fault, not another.
func (p *policyParser) blankLine() {
	if p.end == bareCR || p.before == bareCR {
		return
	}
	if !p.blank {
		p.add("blank-line", p.number, 1, "a blank line, which a policy cannot have, not even at its end", "")
	}
	p.blank = true
}

// badBytes notes what can stand nowhere in a policy: bytes that are no UTF-8, and control
// characters (HTAB is white space). The field of such a line counts as given, its value is not
// judged.
func (p *policyParser) badBytes(text string) bool {
	if i := field.IndexNot(text, isText); i >= 0 {
		p.syntax("control-character", i, fmt.Sprintf("a control character, %s", field.QuoteAt(text, i)), "")
	} else if !utf8.ValidString(text) {
		i := invalidUTF8(text)
		p.syntax("not-utf8", i, fmt.Sprintf("the byte %s is not UTF-8", field.QuoteAt(text, i)), "")
	} else {
		return false
	}
	name, _, _ := strings.Cut(text, ":")
	p.see(meantKey(name))
	return true
}

// isText is every byte but the controls of ASCII, HTAB let in.
func isText(c byte) bool { return c >= 0x20 && c != 0x7f || c == '\t' }

func invalidUTF8(s string) int {
	for i := range s {
		if r, size := utf8.DecodeRuneInString(s[i:]); r == utf8.RuneError && size == 1 {
			return i
		}
	}
	return 0
}

// meantKey is the known field that a name, written badly, was meant to be, "" if none.
func meantKey(name string) string {
	name = strings.TrimFunc(name, func(r rune) bool { return r >= 0x80 || !field.IsAlnum(byte(r)) })
	if isKnown(name) {
		return name
	}
	key, _ := NearKey(name)
	return key
}

// field reads a line of "name: value".
func (p *policyParser) field(text string) {
	left, right, found := strings.Cut(text, ":")
	if !found {
		p.noColon(text)
		return
	}
	name, value := strings.Trim(left, field.WSP), strings.Trim(right, field.WSP)
	begin := strings.Index(left, name)
	after := len(left) + 1 + strings.Index(right, value)
	if begin > 0 && name != "" {
		p.syntax("leading-space", 0, "white space before the name", name+": "+value)
	}
	if begin+len(name) < len(left) && name != "" {
		p.syntax("space-before-colon", begin+len(name), "white space before the colon", name+": "+value)
	}
	if !field.IsName(name) {
		if name = p.badKey(name, value, begin); name == "" {
			return
		}
	}
	p.take(Field{Name: name, Value: value, Line: p.number, Column: p.offset + begin + 1}, p.offset+after+1)
}

// badKey notes a name outside the grammar, and gives the known one that it was meant to be, if any.
func (p *policyParser) badKey(name, value string, begin int) string {
	key, near := meantKey(name), ""
	if key != "" {
		near = key + ": " + strings.Trim(value, `"',`)
	}
	text := fmt.Sprintf("%q is no field name: a letter or digit, then letters, digits, \"_\", \"-\" and \".\"", field.Clip(name))
	switch {
	case name == "":
		text = "no name before the colon"
	case len(name) > 32 && field.IsName(name[:32]):
		text = fmt.Sprintf("the name %q has %d characters: at most 32 are allowed", field.Clip(name), len(name))
	}
	p.syntax("bad-key", begin, text, near)
	return key
}

// noColon notes a line without a colon; "mode=enforce" and "mode enforce" are read on as fields. A
// rest that a bare CR cut off is its fault, not another.
func (p *policyParser) noColon(text string) {
	if p.before == bareCR && p.mended {
		return
	}
	begin := len(text) - len(strings.TrimLeft(text, field.WSP))
	i := strings.IndexAny(text[begin:], "= \t")
	if i < 0 {
		i = len(text) - begin
	}
	name := meantKey(text[begin : begin+i])
	value := strings.Trim(text[begin+i:], "= \t")
	if name == "" || value == "" {
		p.syntax("no-colon", begin, fmt.Sprintf("%q has no colon: a line is \"name: value\"", field.Clip(text[begin:])), "")
		return
	}
	p.syntax("no-colon", begin, "a colon belongs between name and value", name+": "+value)
	p.take(Field{Name: name, Value: value, Line: p.number, Column: p.offset + begin + 1}, p.offset+strings.LastIndex(text, value)+1)
}
