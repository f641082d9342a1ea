package sts

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// recordVersion begins every record, RFC 8461 §3.1.
const recordVersion = "v=STSv1"

// maxID is the most characters an id can have.
const maxID = 32

// Record is a TXT record of _mta-sts.DOMAIN, RFC 8461 §3.1.
type Record struct {
	// ID is the first id, "" if there is none or it is not well-formed.
	ID string
	// Fields are all well-formed name=value pairs behind the version, in order, id and duplicates
	// included. The id is among them also when its value is not good.
	Fields []Field
}

// String is the record as text to publish: the version and all fields, "; " between them. What
// parses without problems parses to the same value when written so.
func (r Record) String() string {
	var b strings.Builder
	b.WriteString(recordVersion)
	for _, f := range r.Fields {
		b.WriteString("; " + f.Name + "=" + f.Value)
	}
	return b.String()
}

// Select returns those of the TXT records at _mta-sts.DOMAIN that are MTA-STS records (RFC 8461
// §3.1): the ones that begin "v=STSv1;". The discard rule speaks of several records only, so a lone
// one also counts with white space before its first ";", as the ABNF allows. Each text is one
// record, its character-strings joined without spaces. The domain has a policy only if exactly one
// is returned and it parses without problems.
func Select(txts []string) (chosen []string) {
	for _, txt := range txts {
		if strings.HasPrefix(txt, recordVersion+";") || len(txts) == 1 && beginsSpaced(txt) {
			chosen = append(chosen, txt)
		}
	}
	return chosen
}

// beginsSpaced reports whether txt begins "v=STSv1", white space or none, ";".
func beginsSpaced(txt string) bool {
	rest, ok := strings.CutPrefix(txt, recordVersion)
	return ok && strings.HasPrefix(strings.TrimLeft(rest, wsp), ";")
}

// ParseRecord reads a record as RFC 8461 §3.1 has it. The problems are those that make it invalid;
// their Line is 1, or 0 when the id is missing altogether. Duplicates and unknown fields are no
// problems.
func ParseRecord(txt string) (Record, []Problem) {
	var p recordParser
	head, rest, more := strings.Cut(txt, ";")
	meant := strings.TrimRight(head, wsp) == recordVersion
	if !meant {
		p.add("field-syntax", 1, `it does not begin with "v=STSv1;"`, "")
	}
	for column := len(head) + 2; more; column += len(head) + 1 {
		head, rest, more = strings.Cut(rest, ";")
		p.piece(head, column, !more)
	}
	if meant {
		p.requireID()
	}
	return p.record, p.problems
}

type recordParser struct {
	record   Record
	problems []Problem
	sawID    bool // an id was given, well or badly
	empty    bool // the piece before was empty: one run of ";" is one problem
}

func (p *recordParser) add(reason string, column int, text, near string) {
	if len(p.problems) < MaxProblems-1 {
		p.problems = append(p.problems, Problem{recordField, reason, 1, column, text, near})
	}
}

// piece reads what stands between two ";", or behind the last one. sts-field-delim is
// *WSP ";" *WSP, so white space belongs to it, but for that at the very end.
func (p *recordParser) piece(text string, column int, last bool) {
	left := strings.TrimLeft(text, wsp)
	column += len(text) - len(left)
	body := strings.TrimRight(left, wsp)
	empty := body == ""
	switch {
	case empty && !last && !p.empty:
		p.add("field-syntax", column, `nothing stands between two ";"`, "")
	case !empty && last && body != left:
		p.add("field-syntax", column+len(body), `white space at the end, which only a ";" may have around it`, body)
	}
	p.empty = empty
	if !empty {
		p.field(body, column)
	}
}

func (p *recordParser) field(body string, column int) {
	left, right, found := strings.Cut(body, "=")
	name, value := strings.Trim(left, " \t\r\n"), strings.TrimLeft(right, wsp)
	near := name + "=" + value
	isID := name == "id" && !p.sawID
	p.sawID = p.sawID || name == "id"
	switch {
	case !found:
		p.add("field-syntax", column, fmt.Sprintf("%q has no \"=\": a field is name=value", clip(body)), "")
		return
	case name != left && isName(name), value != right:
		p.add("field-syntax", column, `white space beside "=" or in the name`, near)
	case !isName(name):
		p.add("field-syntax", column, fmt.Sprintf("%q is no field name: a letter or digit, then at most 31 of letters, digits, \"_\", \"-\" and \".\"", clip(name)), "")
		return
	}
	p.take(Field{name, value, 1, column}, column+len(body)-len(value), isID)
}

// take stores a field and judges its value, which begins at column.
func (p *recordParser) take(f Field, column int, isID bool) {
	bad := indexNot(f.Value, isExtension)
	switch {
	case isID:
		p.id(f, column)
	case f.Value == "":
		p.add("field-syntax", f.Column, fmt.Sprintf("%s= has no value", f.Name), "")
		return
	case bad >= 0:
		p.add("field-syntax", column+bad, fmt.Sprintf("the value of %s holds %s: printable ASCII without space, \"=\" and \";\" is allowed", f.Name, charAt(f.Value, bad)), "")
		return
	}
	p.record.Fields = append(p.record.Fields, f)
}

// isExtension is one character of sts-ext-value.
func isExtension(c byte) bool { return 0x21 <= c && c <= 0x7e && c != '=' && c != ';' }

// charAt quotes the character of s at i, where a byte that is no UTF-8 is quoted as it is.
func charAt(s string, i int) string {
	_, size := utf8.DecodeRuneInString(s[i:])
	return fmt.Sprintf("%q", s[i:i+size])
}

// id judges the first id: 1*32(ALPHA / DIGIT).
func (p *recordParser) id(f Field, column int) {
	near := repairID(f.Value)
	bad := indexNot(f.Value, isAlnum)
	switch {
	case f.Value == "":
		p.add("id-missing", f.Column, "id= has no value", "")
		return
	case bad >= 0:
		p.add("id-characters", column+bad, fmt.Sprintf("the id holds %s: only letters and digits are allowed", charAt(f.Value, bad)), near)
	}
	if n := len(keep(f.Value, isAlnum)); n > maxID {
		p.add("id-length", column, fmt.Sprintf("the id has %d letters and digits: at most 32 are allowed", n), near)
	}
	if near == f.Value {
		p.record.ID = f.Value
	}
}

// repairID is the id that value was meant to be: its letters and digits, 32 of them at most. What
// looks like a further field behind a comma or space is left away.
func repairID(value string) string {
	if i := strings.IndexAny(value, ", \t"); i > 0 && strings.Contains(value[i:], "=") {
		value = value[:i]
	}
	id := keep(value, isAlnum)
	return id[:min(len(id), maxID)]
}

// requireID tells that there is no id, and of a field that was meant as one: ID=1 is a well-formed
// extension, since names are case-sensitive.
func (p *recordParser) requireID() {
	if p.sawID {
		return
	}
	for _, f := range p.record.Fields {
		if strings.EqualFold(f.Name, "id") {
			p.problems = append(p.problems, Problem{
				recordField, "id-missing", 1, f.Column,
				fmt.Sprintf("the field is called id, in small letters, not %s", f.Name), "id=" + f.Value,
			})
			return
		}
	}
	p.problems = append(p.problems, Problem{Field: recordField, Reason: "id-missing", Text: "there is no id="})
}
