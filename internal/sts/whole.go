package sts

import (
	"regexp"
	"slices"
	"strings"

	"mtasts/internal/field"
)

// A file whose whole form is wrong (a web page, JSON, a file without line ends) gets one problem,
// not one for each line that follows from it.

// oneLineKey finds the known names inside a line, each where a field would begin.
var oneLineKey = regexp.MustCompile(`(?:^|[ \t,;]+)((?:version|mode|mx|max_age)[ \t]*:)`)

// wholeFault recognizes such a file. Where its fields can be told all the same, repaired is the
// text as it was meant.
func wholeFault(text string) (problem Problem, repaired string, found bool) {
	trimmed := strings.TrimSpace(text)
	switch {
	case trimmed == "":
		return Problem{Field: syntaxField, Reason: "empty", Text: "the file is empty"}, "", true
	case isMarkup(trimmed):
		return Problem{Field: syntaxField, Reason: "html", Text: "this is a web page (HTML or XML), not a policy"}, "", true
	case trimmed[0] == '{' || trimmed[0] == '[':
		return Problem{Field: syntaxField, Reason: "bad-key", Text: "this is JSON: a policy is lines of \"key: value\""}, "", true
	case strings.HasPrefix(trimmed, recordVersion+";"):
		return Problem{Field: syntaxField, Reason: "no-colon", Text: "this is the text of the DNS record: a policy is lines of \"key: value\""}, "", true
	case strings.ContainsAny(trimmed, "\r\n"):
		return Problem{}, "", false
	}
	return oneLineFault(trimmed)
}

// isMarkup reports whether a text begins with a tag, declaration or comment.
func isMarkup(text string) bool {
	return len(text) > 1 && text[0] == '<' && (field.IsLetter(text[1]) || text[1] == '!' || text[1] == '?')
}

// oneLineFault looks at a text without line ends, which cannot be a policy: that has three fields
// at least.
func oneLineFault(line string) (problem Problem, repaired string, found bool) {
	written := strings.NewReplacer(`\r\n`, "\n", `\n`, "\n").Replace(line)
	if written != line && strings.Contains(written, ":") {
		return Problem{Field: syntaxField, Reason: "bad-value", Text: `the line ends are written out as "\n": each field must stand on a line of its own`}, written, true
	}
	if len(oneLineKey.FindAllString(line, 2)) == 2 {
		repaired = strings.TrimPrefix(oneLineKey.ReplaceAllString(line, "\n$1"), "\n")
		return Problem{Field: syntaxField, Reason: "bad-value", Text: "everything stands on one line: each field needs a line of its own"}, repaired, true
	}
	return Problem{}, "", false
}

// tag is one of HTML.
var tag = regexp.MustCompile(`<[^<>\n]*>`)

// readMeant reads a text that was put right as a whole: the faults of its fields are not told
// besides that of the file, so the values that they were evidently meant to have are taken.
func readMeant(text string) Policy {
	policy, problems := parseText(text, "")
	for _, p := range problems {
		value := strings.TrimPrefix(p.Near, p.Field+": ")
		switch {
		case p.Field == modeField && policy.Mode == "" && isMode(Mode(strings.ToLower(value))):
			policy.Mode = Mode(strings.ToLower(value))
		case p.Field == maxAgeField && !policy.HasMaxAge:
			policy.MaxAge, policy.HasMaxAge = meantMaxAge(value)
		case p.Field == mxField && p.Reason == "bad-pattern":
			for pattern := range strings.SplitSeq(p.Near, "\n") {
				policy.MX = append(policy.MX, Pattern{pattern, p.Line, p.Column})
			}
		}
	}
	policy.MX = slices.DeleteFunc(policy.MX, func(p Pattern) bool { return !p.Valid() })
	return policy
}

func meantMaxAge(value string) (seconds int64, ok bool) {
	seconds, reason, _, _ := faultOfMaxAge(value)
	return seconds, reason == ""
}

// hasBreaks reports whether HTML line breaks stand in values of known fields, none of which can
// hold them.
func hasBreaks(fields []Field) bool {
	for _, f := range fields {
		if isKnown(f.Name) && (strings.Contains(f.Value, "<br") || strings.Contains(f.Value, "<BR") || strings.Contains(f.Value, "</")) {
			return true
		}
	}
	return false
}

// unplaced is a policy whose places are those of another text: all become the first of the file.
func unplaced(p Policy) Policy {
	for i := range p.Fields {
		p.Fields[i].Line, p.Fields[i].Column = 1, 1
	}
	for i := range p.MX {
		p.MX[i].Line, p.MX[i].Column = 1, 1
	}
	return p
}
