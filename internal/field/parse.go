package field

import (
	"fmt"
	"strings"
)

// Parser reads one record, and collects its well-formed fields and its problems. What the grammars
// do not share is handed in.
type Parser struct {
	// Version begins the record: "v=STSv1".
	Version string
	// Required is the name of the field that must be there.
	Required string
	// Once tells that only the first required field is one (RFC 8461 §3.2: all but the first are
	// ignored); later ones are read as extensions.
	Once bool
	// Hint is added to the message about a piece without "=".
	Hint string
	// Meant tells that a field of another name was meant as the required one.
	Meant func(name string) bool
	// Judge takes a required field that has a value, which begins at column.
	Judge func(f Field, column int)
	// Whole, where there is one, may take what stands between two ";" before it is read as a field.
	Whole func(text string, column int) bool

	// Fields are the well-formed ones, in order, duplicates included; a required one is among them
	// also when its value is not good.
	Fields []Field
	// Problems are those found so far, at most MaxProblems.
	Problems []Problem
	// Seen tells that the required field was given, well or badly.
	Seen bool

	empty bool // the piece before was empty: one run of ";" is one problem
}

// Parse reads the whole text. Columns are those of its bytes, from 1.
func (p *Parser) Parse(txt string) {
	head, rest, more := strings.Cut(txt, ";")
	meant := strings.TrimRight(head, WSP) == p.Version
	if !meant {
		p.Syntax(1, `it does not begin with "`+p.Version+`;"`, "")
	}
	for column := len(head) + 2; more; column += len(head) + 1 {
		head, rest, more = strings.Cut(rest, ";")
		p.piece(head, column, !more)
	}
	if meant && !p.Seen {
		p.Problems = append(p.Problems, p.missing())
	}
}

// Add notes a problem, unless there are too many: one more must have room, for what is missing.
func (p *Parser) Add(reason string, column int, text, near string) {
	if len(p.Problems) < MaxProblems-1 {
		p.Problems = append(p.Problems, Problem{"record", reason, 1, column, text, near})
	}
}

// Syntax notes a fault of form.
func (p *Parser) Syntax(column int, text, near string) { p.Add("field-syntax", column, text, near) }

// Empty notes that the required field stands there without a value.
func (p *Parser) Empty(column int) {
	p.Add(p.Required+"-missing", column, p.Required+"= has no value", "")
}

// piece reads what stands between two ";", or behind the last one. The delimiter is *WSP ";" *WSP,
// so white space belongs to it, but for that at the very end.
func (p *Parser) piece(text string, column int, last bool) {
	left := strings.TrimLeft(text, WSP)
	column += len(text) - len(left)
	body := strings.TrimRight(left, WSP)
	empty := body == ""
	switch {
	case empty && !last && !p.empty:
		p.Syntax(column, `nothing stands between two ";"`, "")
	case !empty && last && body != left:
		p.Syntax(column+len(body), `white space at the end, which only a ";" may have around it`, body)
	}
	p.empty = empty
	if !empty && (p.Whole == nil || !p.Whole(body, column)) {
		p.field(body, column)
	}
}

// field reads name=value.
func (p *Parser) field(body string, column int) {
	left, right, found := strings.Cut(body, "=")
	name, value := strings.Trim(left, " \t\r\n"), strings.TrimLeft(right, WSP)
	required := name == p.Required && (!p.Once || !p.Seen)
	p.Seen = p.Seen || name == p.Required
	switch {
	case !found:
		p.Syntax(column, fmt.Sprintf("%q has no \"=\": a field is name=value%s", Clip(body), p.Hint), "")
		return
	case !IsName(name):
		p.Syntax(column, fmt.Sprintf("%q is no field name: a letter or digit, then at most 31 of letters, digits, \"_\", \"-\" and \".\"", Clip(name)), "")
		return
	case name != left || value != right:
		p.Syntax(column, `white space beside "=" or in the name`, name+"="+value)
	}
	place := column + strings.Index(left, name)
	p.take(Field{name, value, 1, place}, column+len(body)-len(value), required)
}

// take stores a field and judges its value, which begins at column.
func (p *Parser) take(f Field, column int, required bool) {
	bad := IndexNot(f.Value, IsValue)
	switch {
	case f.Value == "" && required:
		p.Empty(f.Column)
		return
	case f.Value == "":
		p.Syntax(f.Column, f.Name+"= has no value", "")
		return
	case required:
		p.Judge(f, column)
	case bad >= 0:
		p.Syntax(column+bad, fmt.Sprintf("the value of %s holds %s: printable ASCII without space, \"=\" and \";\" is allowed", f.Name, QuoteAt(f.Value, bad)), "")
		return
	}
	p.Fields = append(p.Fields, f)
}

// missing tells that the required field is not there, or of one that was meant as it: names are
// case-sensitive, so ID=1 is a well-formed extension.
func (p *Parser) missing() Problem {
	problem := Problem{Field: "record", Reason: p.Required + "-missing", Text: "there is no " + p.Required + "="}
	for _, f := range p.Fields {
		if !p.Meant(f.Name) {
			continue
		}
		letters := ""
		if strings.EqualFold(f.Name, p.Required) {
			letters = " in small letters,"
		}
		problem.Line, problem.Column = 1, f.Column
		problem.Text = fmt.Sprintf("the field is called %s,%s not %s", p.Required, letters, f.Name)
		problem.Near = p.Required + "=" + f.Value
		break
	}
	return problem
}
