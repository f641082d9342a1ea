package sts

import (
	"fmt"
	"strings"

	"mtasts/internal/field"
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
func (r Record) String() string { return field.Render(recordVersion, r.Fields) }

// Select returns those of the TXT records at _mta-sts.DOMAIN that are MTA-STS records (RFC 8461
// §3.1): the ones that begin "v=STSv1;". The discard rule speaks of several records only, so a lone
// one also counts with white space before its first ";", as the ABNF allows. Each text is one
// record, its character-strings joined without spaces. The domain has a policy only if exactly one
// is returned and it parses without problems.
func Select(txts []string) []string { return field.Select(recordVersion, txts) }

// ParseRecord reads a record as RFC 8461 §3.1 has it. The problems are those that make it invalid;
// their Line is 1, or 0 when the id is missing altogether. Duplicates and unknown fields are no
// problems.
func ParseRecord(txt string) (Record, []Problem) {
	var r Record
	p := field.Parser{
		Version: recordVersion, Required: "id", Once: true,
		Meant: func(name string) bool { return strings.EqualFold(name, "id") },
	}
	p.Judge = func(f Field, column int) { r.ID = judgeID(&p, f.Value, column) }
	p.Parse(txt)
	r.Fields = p.Fields
	return r, p.Problems
}

// judgeID notes what is wrong with an id, 1*32(ALPHA / DIGIT), that begins at column. It gives the
// id if it is good, else "".
func judgeID(p *field.Parser, id string, column int) string {
	near := repairID(id)
	if bad := field.IndexNot(id, field.IsAlnum); bad >= 0 {
		p.Add("id-characters", column+bad, fmt.Sprintf("the id holds %s: only letters and digits are allowed", field.QuoteAt(id, bad)), near)
	}
	if n := len(field.Keep(id, field.IsAlnum)); n > maxID {
		p.Add("id-length", column, fmt.Sprintf("the id has %d letters and digits: at most 32 are allowed", n), near)
	}
	if near != id {
		return ""
	}
	return id
}

// repairID is the id that value was meant to be: its letters and digits, 32 of them at most. What
// looks like a further field behind a comma or space is left away.
func repairID(value string) string {
	if i := strings.IndexAny(value, ", \t"); i > 0 && strings.Contains(value[i:], "=") {
		value = value[:i]
	}
	id := field.Keep(value, field.IsAlnum)
	return id[:min(len(id), maxID)]
}
