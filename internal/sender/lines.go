package sender

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"mtasts/internal/field"
)

// entry is one field of a policy as a sender takes it.
type entry struct {
	name, value string
	line        int  // of the colon, from 1
	colonless   bool // a line without a colon
}

// fields cuts a text into fields, or tells what is wrong with a line.
func (d dialect) cut(text string) ([]entry, *cause) {
	if d.text.ends == melting {
		return d.text.melt(text), nil
	}
	const usual = 8 // fields of a policy, to take the room for at once
	list := make([]entry, 0, usual)
	seen := map[string]bool{}
	for number := 1; text != ""; {
		line, rest := d.text.cutLine(text)
		f, found, why := d.text.field(line, number)
		if why == nil && found && !seen[f.name] {
			why = d.text.extensionFault(f)
		}
		if why != nil {
			return nil, why
		}
		if found {
			list = append(list, f)
		}
		if found && d.values.repeated == firstOnly {
			seen[f.name] = true // its later values are not looked at
		}
		number += ended(text[len(line) : len(text)-len(rest)])
		text = rest
	}
	return list, nil
}

// cutLine takes the first line off a text. The ends are not part of line.
func (h textHabits) cutLine(text string) (line, rest string) {
	if h.ends == pythonEnds {
		return cutPython(text)
	}
	line, rest, found := strings.Cut(text, "\n")
	if found || h.ends == lfEndsLoose {
		line = strings.TrimSuffix(line, "\r")
	}
	return line, rest
}

func cutPython(text string) (line, rest string) {
	i := strings.IndexFunc(text, endsPython)
	if i < 0 {
		return text, ""
	}
	_, size := utf8.DecodeRuneInString(text[i:])
	if strings.HasPrefix(text[i:], "\r\n") {
		size = 2
	}
	return text[:i], text[i+size:]
}

func endsPython(r rune) bool {
	return '\n' <= r && r <= '\r' || 0x1c <= r && r <= 0x1e || r == 0x85 || r == 0x2028 || r == 0x2029
}

// ended is how many lines an end of line ends to people, who number them: one or, where it is some
// sender's own idea, none.
func ended(end string) int {
	if strings.ContainsAny(end, "\r\n") {
		return 1
	}
	return 0
}

// field reads a line as a field; false where nothing stands there.
func (h textHabits) field(line string, number int) (entry, bool, *cause) {
	if h.longest > 0 && len(line) > h.longest {
		return entry{}, false, because(number, "a line of more than %d bytes", h.longest)
	}
	if line == "" && h.empty {
		return entry{}, false, nil
	}
	name, value, found := strings.Cut(line, ":")
	if !found {
		return h.withoutColon(line, number)
	}
	f := entry{h.name(name), strings.TrimFunc(value, h.blanks.has), number, false}
	if h.oneColon && strings.Contains(value, ":") {
		return f, false, because(number, "a second colon in the line")
	}
	if !h.names.allow(f.name) {
		return f, false, badName(f)
	}
	return f, true, nil
}

// withoutColon is what a line without a colon is. One that is passed over becomes a field without a
// name, which nothing asks for, so that it can be told when something is missing.
func (h textHabits) withoutColon(line string, number int) (entry, bool, *cause) {
	switch bare := strings.TrimSpace(line); {
	case bare == "" && h.colonless != colonlessBad:
		return entry{}, false, nil
	case h.colonless == colonlessSkip:
		return entry{"", line, number, true}, true, nil
	case h.colonless == colonlessName:
		return entry{strings.TrimRightFunc(line, h.blanks.has), "", number, true}, true, nil
	case bare == "":
		return entry{}, false, because(number, "empty line")
	case bare[0] == '#':
		return entry{}, false, because(number, "a comment")
	}
	return entry{}, false, because(number, "line without a colon")
}

func (h textHabits) name(name string) string {
	if h.trimNames {
		name = strings.TrimFunc(name, h.blanks.has)
	}
	if h.foldNames {
		name = lower(name)
	}
	return name
}

// melt reads a text of which only the line ends behind colons count: what stands before the next
// colon is the name, over lines.
func (h textHabits) melt(text string) (list []entry) {
	for number := 1; ; {
		name, rest, found := strings.Cut(text, ":")
		if !found {
			return list
		}
		number += strings.Count(name, "\n")
		value, rest, _ := strings.Cut(rest, "\n")
		list = append(list, entry{h.name(name), strings.TrimFunc(value, h.blanks.has), number, false})
		number++
		text = rest
	}
}

// extensionFault is what is wrong with the value of a field that a sender does not know.
func (h textHabits) extensionFault(f entry) *cause {
	if h.extension == extensionAny || known(f.name) {
		return nil
	}
	switch {
	case f.value == "":
		return because(f.line, "%s without a value", quote(f.name))
	case strings.IndexFunc(f.value, func(r rune) bool { return r < ' ' || r == 0x7f }) >= 0:
		return because(f.line, "a control character")
	case h.extension == extensionUTF8 && !utf8.ValidString(f.value):
		return because(f.line, "a byte that is not UTF-8")
	case h.extension == extensionUTF8 && strings.IndexFunc(f.value, unicode.IsControl) >= 0:
		return because(f.line, "a control character")
	}
	return nil
}

// known tells the fields of RFC 8461 §3.2.
func known(name string) bool {
	return name == "version" || name == "mode" || name == "mx" || name == "max_age"
}

// allow tells whether a name may stand there.
func (h nameHabit) allow(name string) bool {
	switch h {
	case rfcNames:
		return field.IsName(name)
	case looseNames:
		// mox lets "-" and "." begin, where RFC 8461 §3.2 does not.
		return field.IsName(name) || name != "" && (name[0] == '-' || name[0] == '.') && field.IsName("a"+name[1:])
	default:
		return true
	}
}

// has tells white space.
func (h blankHabit) has(r rune) bool {
	switch h {
	case unicodeBlanks:
		return unicode.IsSpace(r)
	case pythonBlanks:
		return unicode.IsSpace(r) || 0x1c <= r && r <= 0x1f
	case jsBlanks:
		return unicode.IsSpace(r) && r != 0x85 || r == 0xfeff
	default:
		return r == ' ' || r == '\t'
	}
}

// lower makes ASCII letters small, and leaves others: no other letter's small form is of ASCII
// everywhere.
func lower(s string) string {
	return strings.Map(func(r rune) rune {
		if 'A' <= r && r <= 'Z' {
			return r + 'a' - 'A'
		}
		return r
	}, s)
}
