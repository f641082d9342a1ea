package sender

import (
	"fmt"
	"strings"

	"mtasts/internal/field"
)

// cause is why a sender does not accept.
type cause struct {
	verdict Verdict
	text    string // a clause
	line    int    // 0: none
}

func because(line int, format string, args ...any) *cause {
	return &cause{Refuses, fmt.Sprintf(format, args...), line}
}

func unknown(format string, args ...any) *cause {
	return &cause{Unknown, fmt.Sprintf(format, args...), 0}
}

// quote is a peer's text, cut and in quotation marks.
func quote(s string) string { return fmt.Sprintf("%q", field.Clip(s)) }

// bad is the cause where a value is not what it must be.
func bad(f entry) *cause {
	if f.value == "" {
		return because(f.line, "%s without a value", f.name)
	}
	return because(f.line, "%s %s", f.name, show(f.value))
}

// show is a peer's text, cut, and in quotation marks where it could be mistaken for something else.
func show(s string) string {
	if s != "" && field.IndexNot(s, func(c byte) bool { return ' ' < c && c < 0x7f }) < 0 {
		return field.Clip(s)
	}
	return quote(s)
}

const bom = "\ufeff"

// oddName is what is odd about a name, "" if nothing is.
func oddName(name string) string {
	switch bare := strings.TrimSpace(strings.TrimPrefix(name, bom)); {
	case strings.HasPrefix(name, bom):
		return "a byte order mark"
	case bare == "":
		return "no name before the colon"
	case bare[0] == '#':
		return "a comment"
	case !strings.HasPrefix(name, bare):
		return "white space before the name"
	case !strings.HasSuffix(name, bare):
		return "white space before the colon"
	}
	return ""
}

// badName is the cause where a name is not allowed.
func badName(f entry) *cause {
	if odd := oddName(f.name); odd != "" {
		return because(f.line, "%s", odd)
	}
	return because(f.line, "the name %s", quote(f.name))
}

// missing is the cause where a field is not found: it may stand there in a form that this sender
// does not know.
func missing(name string, fields []entry) *cause {
	for _, f := range fields {
		switch {
		case f.name == name && !f.colonless:
			return bad(f)
		case f.colonless && begins(f.name+f.value, name):
			return because(f.line, "line without a colon")
		case melted(f.name, name):
			return because(f.line-1, "line without a colon")
		case plain(f.name) != plain(name):
		case oddName(f.name) != "":
			return because(f.line, "%s", oddName(f.name))
		default:
			return because(f.line, "no %s: %s is another name", name, quote(f.name))
		}
	}
	return because(0, "no %s", name)
}

// begins tells whether the first word of a line was meant as that name.
func begins(line, name string) bool {
	for word := range strings.FieldsFuncSeq(line, func(r rune) bool { return r == ' ' || r == '\t' || r == '=' }) {
		return plain(word) == plain(name)
	}
	return false
}

// melted tells a name into which the line before has melted.
func melted(name, want string) bool {
	rest, found := strings.CutSuffix(name, want)
	return found && strings.HasSuffix(strings.TrimRight(rest, field.WSP), "\n")
}

// plain is a name in small letters and digits alone: Max-Age and max_age are the same.
func plain(name string) string {
	const longest = 2 * len("max_age")
	name = strings.TrimFunc(name, jsBlanks.has)
	if len(name) > longest {
		return ""
	}
	return strings.ToLower(field.Keep(name, field.IsAlnum))
}
