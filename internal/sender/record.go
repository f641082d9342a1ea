package sender

import (
	"strings"

	"mtasts/internal/field"
)

const tag = "v=STSv1"

// fault tells why a sender takes none of the TXT records.
func (h recordHabits) fault(in Served) *cause {
	if in.Records == nil {
		return nil
	}
	var list []string
	for _, txt := range in.Records {
		if h.begin(txt) {
			list = append(list, txt)
		}
	}
	switch {
	case h.count == joined:
		list = []string{strings.Join(list, "")}
	case len(list) == 0:
		return because(0, "no TXT record that it takes for one of MTA-STS")
	case len(list) > 1 && h.count == exactlyOne:
		return because(0, "%d TXT records, where it wants one", len(list))
	}
	return h.form.fault(h, list[0])
}

// begin tells which records count.
func (h recordHabits) begin(txt string) bool {
	rest, tagged := strings.CutPrefix(txt, tag)
	switch h.begins {
	case withTag:
		// What is not ASCII it does not even look at.
		return tagged && field.IndexNot(rest, func(c byte) bool { return c < 0x80 }) < 0
	case withField:
		return tagged && strings.HasPrefix(rest, ";")
	case withDelim:
		return tagged && strings.HasPrefix(strings.TrimLeft(rest, field.WSP), ";")
	case withWord:
		txt = strings.TrimFunc(txt, jsBlanks.has)
		return len(txt) >= len(tag) && lower(txt[:len(tag)]) == lower(tag) && (len(txt) == len(tag) || !isWord(txt[len(tag)]))
	case wellFormed:
		return h.form.fault(h, txt) == nil
	default:
		return true
	}
}

// isWord tells the characters of words in regular expressions.
func isWord(c byte) bool { return field.IsAlnum(c) || c == '_' }

// fault tells what a sender has against a record.
func (form formHabit) fault(h recordHabits, txt string) *cause {
	switch form {
	case unread:
		return nil
	case grammar:
		return h.grammarFault(txt)
	default:
		return h.pairsFault(txt)
	}
}

// grammarFault reads a record as RFC 8461 §3.1 has it. It begins with the version and ";".
func (h recordHabits) grammarFault(txt string) *cause {
	if field.IndexNot(txt, func(c byte) bool { return ' ' <= c && c < 0x7f || c == '\t' }) >= 0 {
		return because(0, "the record: a byte that is not ASCII, or a control character")
	}
	pieces := strings.Split(txt, ";")[1:]
	given := false
	for i, piece := range pieces {
		piece = strings.TrimLeft(piece, field.WSP)
		if i < len(pieces)-1 {
			piece = strings.TrimRight(piece, field.WSP)
		} else if piece == "" {
			break
		}
		name, value, found := strings.Cut(piece, "=")
		if !found || !h.goodPair(name, value, given) {
			return because(0, "the record: %s", quote(piece))
		}
		given = given || name == "id"
	}
	if !given {
		return because(0, "the record: no id")
	}
	return nil
}

// goodPair tells whether a pair can stand in a record, after an id if one was given.
func (h recordHabits) goodPair(name, value string, given bool) bool {
	if name != "id" {
		return h.names.allow(name) && value != "" && field.IndexNot(value, field.IsValue) < 0
	}
	if given {
		return h.repeatID || value == ""
	}
	return isID(value)
}

// isID is 1*32(ALPHA / DIGIT), RFC 8461 §3.1.
func isID(s string) bool { return s != "" && len(s) <= 32 && field.IndexNot(s, field.IsAlnum) < 0 }

// pairsFault reads a record as names and values.
func (h recordHabits) pairsFault(txt string) *cause {
	if _, behind, found := strings.Cut(txt, ":"); found && h.header {
		txt = behind
	}
	values := map[string]string{}
	for piece := range strings.SplitSeq(txt, ";") {
		name, value, found, why := h.pair(piece)
		if why != nil {
			return why
		}
		if found && name == "v" && h.everyV && !h.isVersion(value) {
			return because(0, "the record: v=%s", show(value))
		}
		if found {
			values[name] = value
		}
	}
	id, given := values["id"]
	switch {
	case !h.isVersion(values["v"]):
		return because(0, "the record: no v=STSv1")
	case !given, id == "" && !h.emptyID:
		return because(0, "the record: no id")
	}
	return nil
}

func (h recordHabits) isVersion(value string) bool {
	return value == "STSv1" || h.fold && lower(value) == "stsv1"
}

// pair cuts a piece into name and value; false where it is let pass as none.
func (h recordHabits) pair(piece string) (name, value string, found bool, why *cause) {
	bare := strings.TrimFunc(piece, pythonBlanks.has)
	if piece == "" || bare == "" && !h.strays {
		return "", "", false, nil
	}
	name, value, found = strings.Cut(bare, "=")
	if !found && h.equalless == colonlessSkip {
		return "", "", false, nil
	}
	bad := !found && h.equalless == colonlessBad || h.strict && (strings.Contains(value, "=") || strings.ContainsAny(bare, field.WSP))
	if bad {
		return "", "", false, because(0, "the record: %s", quote(piece))
	}
	if h.bare {
		name, value = strings.TrimSpace(name), strings.TrimSpace(value)
	}
	if h.fold {
		name = lower(name)
	}
	return name, value, true, nil
}
