package tlsrpt

import (
	"fmt"
	"strings"
)

// recordVersion begins every record, RFC 8460 §3.
const recordVersion = "v=TLSRPTv1"

// Record is a TXT record of _smtp._tls.DOMAIN, RFC 8460 §3.
type Record struct {
	// RUA are the well-formed destinations of every rua field, in order.
	RUA []URI
	// Fields are the well-formed name=value pairs behind the version, in order, duplicates
	// included. rua is among them also when its value is not good.
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

// Select returns those of the TXT records at _smtp._tls.DOMAIN that are TLS-RPT records (RFC 8460
// §3): the ones that begin "v=TLSRPTv1;". That rule speaks of several records only, so a lone one
// also counts with white space before its first ";", as the ABNF allows. Each text is one record,
// its character-strings joined without spaces. The domain has TLS-RPT only if exactly one is
// returned.
func Select(txts []string) (chosen []string) {
	for _, txt := range txts {
		if strings.HasPrefix(txt, recordVersion+";") || len(txts) == 1 && beginsSpaced(txt) {
			chosen = append(chosen, txt)
		}
	}
	return chosen
}

// beginsSpaced reports whether txt begins "v=TLSRPTv1", white space or none, ";".
func beginsSpaced(txt string) bool {
	rest, ok := strings.CutPrefix(txt, recordVersion)
	return ok && strings.HasPrefix(strings.TrimLeft(rest, wsp), ";")
}

// ParseRecord reads a record as RFC 8460 §3 has it. The problems are those that make it invalid:
// unknown fields, several rua and unsupported schemes are none.
func ParseRecord(txt string) (Record, []Problem) {
	var p parser
	head, rest, more := strings.Cut(txt, ";")
	meant := strings.TrimRight(head, wsp) == recordVersion
	if !meant {
		p.add("field-syntax", 1, `it does not begin with "v=TLSRPTv1;"`, "")
	}
	for column := len(head) + 2; more; column += len(head) + 1 {
		head, rest, more = strings.Cut(rest, ";")
		p.piece(head, column, !more)
	}
	if meant {
		p.requireRUA()
	}
	return p.record, p.problems
}

type parser struct {
	record   Record
	problems []Problem
	sawRUA   bool // a rua was given, well or badly
	empty    bool // the piece before was empty: one run of ";" is one problem
}

func (p *parser) add(reason string, column int, text, near string) {
	if len(p.problems) < MaxProblems-1 {
		p.problems = append(p.problems, Problem{"record", reason, 1, column, text, near})
	}
}

// piece reads what stands between two ";", or behind the last one. field-delim is *WSP ";" *WSP, so
// white space belongs to it, but for that at the very end.
func (p *parser) piece(text string, column int, last bool) {
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

func (p *parser) field(body string, column int) {
	if p.strayURI(body, column) {
		return
	}
	left, right, found := strings.Cut(body, "=")
	name, value := strings.Trim(left, " \t\r\n"), strings.TrimLeft(right, wsp)
	p.sawRUA = p.sawRUA || name == "rua"
	switch {
	case !found:
		p.add("field-syntax", column, fmt.Sprintf("%q has no \"=\": a field is name=value, and a \";\" inside a URI is written %%3B", clip(body)), "")
		return
	case name != left && isName(name), value != right:
		p.add("field-syntax", column, `white space beside "=" or in the name`, name+"="+value)
	case !isName(name):
		p.add("field-syntax", column, fmt.Sprintf("%q is no field name: a letter or digit, then at most 31 of letters, digits, \"_\", \"-\" and \".\"", clip(name)), "")
		return
	}
	p.take(Field{name, value, 1, column}, column+len(body)-len(value))
}

// strayURI takes a URI that stands where a field should: behind a ";" in place of a comma, or with
// "rua:" before it.
func (p *parser) strayURI(body string, column int) bool {
	name, uri, found := strings.Cut(body, ":")
	if !found || !isScheme(strings.TrimRight(name, wsp)) {
		return false
	}
	if strings.EqualFold(strings.TrimRight(name, wsp), "rua") {
		p.sawRUA = true
		if uri = strings.TrimLeft(uri, wsp); uri == "" {
			p.add("rua-missing", column, "rua has no value", "")
			return true
		}
		p.add("field-syntax", column, `":" stands in place of "=" behind rua`, "rua="+uri)
		p.uri(uri, column+len(body)-len(uri))
		return true
	}
	fault, _ := faultOfURI(body)
	switch known := strings.EqualFold(name, "mailto") || strings.EqualFold(name, "https"); {
	case fault != "" || !p.sawRUA && !known:
		return false
	case p.sawRUA:
		p.add("rua-separator", column, `a URI stands behind a ";": URIs have commas between them`, "")
	default:
		p.sawRUA = true
		p.add("rua-missing", column, `"rua=" is missing before the URI`, "rua="+body)
	}
	p.record.RUA = append(p.record.RUA, newURI(body, column))
	return true
}

// take stores a field and judges its value, which begins at column.
func (p *parser) take(f Field, column int) {
	bad := indexNot(f.Value, isExtension)
	switch {
	case f.Name == "rua":
		if f.Value == "" {
			p.add("rua-missing", f.Column, "rua= has no value", "")
			return
		}
		p.rua(f.Value, column)
	case f.Value == "":
		p.add("field-syntax", f.Column, fmt.Sprintf("%s= has no value", f.Name), "")
		return
	case bad >= 0:
		p.add("field-syntax", column+bad, fmt.Sprintf("the value of %s holds %s: printable ASCII without space, \"=\" and \";\" is allowed", f.Name, charAt(f.Value, bad)), "")
		return
	}
	p.record.Fields = append(p.record.Fields, f)
}

// rua reads tlsrpt-uri *(*WSP "," *WSP tlsrpt-uri).
func (p *parser) rua(value string, column int) {
	empty := false
	for uri := range strings.SplitSeq(value, ",") {
		bare := strings.Trim(uri, wsp)
		if bare != "" {
			p.uri(bare, column+strings.Index(uri, bare))
		} else if !empty {
			// The comma behind it, or at the very end the one before.
			p.add("field-syntax", min(column+len(uri), column+len(value)-1), `no URI stands beside a comma`, "")
		}
		empty = bare == ""
		column += len(uri) + 1
		value = value[min(len(uri)+1, len(value)):]
	}
}

// uri judges one destination.
func (p *parser) uri(text string, column int) {
	if fault, index := faultOfURI(text); fault != "" {
		p.add("field-syntax", column+index, fault, repairURI(text))
		return
	}
	p.record.RUA = append(p.record.RUA, newURI(text, column))
}

// requireRUA tells that there is no rua, and of a field that was meant as one: names are
// case-sensitive.
func (p *parser) requireRUA() {
	if p.sawRUA {
		return
	}
	for _, f := range p.record.Fields {
		if isNearRUA(f.Name) {
			p.problems = append(p.problems, Problem{
				"record", "rua-missing", 1, f.Column,
				fmt.Sprintf("the field is called rua, not %s", f.Name), "rua=" + f.Value,
			})
			return
		}
	}
	p.problems = append(p.problems, Problem{Field: "record", Reason: "rua-missing", Text: "there is no rua="})
}

// isNearRUA knows the names that people give to rua. ruf is one of DMARC's, for something else, but
// where it stands alone reports are wanted all the same.
func isNearRUA(name string) bool {
	switch strings.ToLower(name) {
	case "rua", "ruf", "rau", "ru", "uri", "ruas":
		return true
	}
	return false
}
