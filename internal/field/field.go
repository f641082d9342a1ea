// Package field holds the grammar that the TXT records of MTA-STS (RFC 8461 §3.1) and TLS-RPT (RFC
// 8460 §3) share: a version, then fields, each name=value, with ";" between them.
//
//	record = version field-delim field *(field-delim field) [field-delim]
//	delim  = *WSP ";" *WSP
//	field  = ext-name "=" ext-value
//
// One field is required (id, rua) and has a grammar of its own, which the package of the record
// knows; all others are extensions, which senders ignore. The two RFCs call the same productions
// sts-... and tlsrpt-...; names of fields in a policy file (RFC 8461 §3.2) follow them too.
//
// The package is pure. Reading goes on behind a fault, one fault gives one problem, and all that is
// quoted from the input is escaped and short.
package field

import "strings"

// MaxProblems is how many problems are given for one text at most; the first ones are kept, and
// what is missing is always told. It bounds the answer to a hostile text.
const MaxProblems = 100

// Problem is one fault that makes a record, or a policy, invalid.
type Problem struct {
	// Field is what the fault is about: "record", and for a policy "syntax", "version", "mode",
	// "max_age" or "mx".
	Field string
	// Reason is a stable word within Field; packages sts and tlsrpt list theirs.
	Reason string
	// Line and Column count from 1, columns in bytes. Line 0 (then Column 0 as well) stands for
	// the text as a whole: something is missing. A record is one line, whatever it holds. In a
	// policy a bare CR ends a line too; in one that came as UTF-16 the places are those of the
	// text as UTF-8.
	Line, Column int
	// Text says in one clause what is wrong; what is quoted from the input is escaped.
	Text string
	// Near is what was evidently meant, in the place of the faulty part: a value, a URI, a pattern
	// (several of them separated by LF), or for faults of form and missing fields the whole field
	// as it should read. Empty when it is not evident.
	Near string
}

// Field is one name with its value as written, without the white space around them, and the place
// of its name.
type Field struct {
	Name, Value  string
	Line, Column int
}

// Render is a record as text to publish: the version ("v=STSv1") and all fields, "; " between them.
func Render(version string, fields []Field) string {
	var b strings.Builder
	b.WriteString(version)
	for _, f := range fields {
		b.WriteString("; " + f.Name + "=" + f.Value)
	}
	return b.String()
}

// Select returns those of the TXT records at a name that are of that version ("v=STSv1"): the ones
// that begin with it and ";". That rule of both RFCs speaks of several records only, so a lone one
// also counts with white space before its first ";", as the ABNF allows.
func Select(version string, txts []string) (chosen []string) {
	for _, txt := range txts {
		rest, ok := strings.CutPrefix(txt, version)
		if len(txts) == 1 {
			rest = strings.TrimLeft(rest, WSP)
		}
		if ok && strings.HasPrefix(rest, ";") {
			chosen = append(chosen, txt)
		}
	}
	return chosen
}
