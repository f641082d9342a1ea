package tlsrpt

import (
	"strings"

	"mtasts/internal/field"
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
func (r Record) String() string { return field.Render(recordVersion, r.Fields) }

// Select returns those of the TXT records at _smtp._tls.DOMAIN that are TLS-RPT records (RFC 8460
// §3): the ones that begin "v=TLSRPTv1;". That rule speaks of several records only, so a lone one
// also counts with white space before its first ";", as the ABNF allows. Each text is one record,
// its character-strings joined without spaces. The domain has TLS-RPT only if exactly one is
// returned.
func Select(txts []string) []string { return field.Select(recordVersion, txts) }

// ParseRecord reads a record as RFC 8460 §3 has it. The problems are those that make it invalid:
// unknown fields, several rua and unsupported schemes are none.
func ParseRecord(txt string) (Record, []Problem) {
	p := parser{Parser: field.Parser{
		Version: recordVersion, Required: "rua", Meant: isNearRUA,
		Hint: `, and a ";" inside a URI is written %3B`,
	}}
	p.Whole = p.strayURI
	p.Judge = func(f Field, column int) { p.list(f.Value, column) }
	p.Parse(txt)
	return Record{p.rua, p.Fields}, p.Problems
}

type parser struct {
	field.Parser
	rua []URI
}

// strayURI takes a URI that stands where a field should: behind a ";" in place of a comma, or with
// "rua:" before it.
func (p *parser) strayURI(body string, column int) bool {
	name, uri, found := strings.Cut(body, ":")
	if !found || !isScheme(strings.TrimRight(name, field.WSP)) {
		return false
	}
	if strings.EqualFold(strings.TrimRight(name, field.WSP), "rua") {
		p.Seen = true
		if uri = strings.TrimLeft(uri, field.WSP); uri == "" {
			p.Empty(column)
			return true
		}
		p.Syntax(column, `":" stands in place of "=" behind rua`, "rua="+uri)
		p.uri(uri, column+len(body)-len(uri))
		return true
	}
	fault, _ := faultOfURI(body)
	switch known := strings.EqualFold(name, "mailto") || strings.EqualFold(name, "https"); {
	case fault != "" || !p.Seen && !known:
		return false
	case p.Seen:
		p.Add("rua-separator", column, `a URI stands behind a ";": URIs have commas between them`, "")
	default:
		p.Seen = true
		p.Add("rua-missing", column, `"rua=" is missing before the URI`, "rua="+body)
	}
	p.rua = append(p.rua, newURI(body, column))
	return true
}

// list reads tlsrpt-uri *(*WSP "," *WSP tlsrpt-uri).
func (p *parser) list(value string, column int) {
	empty := false
	for uri := range strings.SplitSeq(value, ",") {
		bare := strings.Trim(uri, field.WSP)
		if bare != "" {
			p.uri(bare, column+strings.Index(uri, bare))
		} else if !empty {
			// The comma behind it, or at the very end the one before.
			p.Syntax(min(column+len(uri), column+len(value)-1), `no URI stands beside a comma`, "")
		}
		empty = bare == ""
		column += len(uri) + 1
		value = value[min(len(uri)+1, len(value)):]
	}
}

// uri judges one destination.
func (p *parser) uri(text string, column int) {
	if fault, index := faultOfURI(text); fault != "" {
		p.Syntax(column+index, fault, repairURI(text))
		return
	}
	p.rua = append(p.rua, newURI(text, column))
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
