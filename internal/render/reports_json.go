package render

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"mtasts/internal/reports"
)

// reportSchema is the schema of a line of [ReportsJSONL].
const reportSchema = 1

// ReportsJSON writes an analysis as one JSON object (schema 1), in which no list is null. It is spelt as
// by [NewJSON]. It is written a domain at a time, since anybody may send reports: all of them as a text
// would take many times the room of the analysis.
func ReportsJSON(w io.Writer, a *reports.Analysis) error {
	text, err := marshal(withoutDomains(a), "")
	if err != nil {
		return fmt.Errorf("encode the reports as JSON: %w", err)
	}
	const empty = "\n  \"domains\": ["
	before, after, _ := strings.Cut(text, empty+"]") // no string has a line end in it
	out := bufio.NewWriterSize(w, 64<<10)
	_, _ = out.WriteString(before + empty) // Flush tells
	separator, end := "\n    ", "]"
	for _, d := range a.Domains {
		_, _ = out.WriteString(separator)
		if err := writeShown(out, wholeDomain(d), "    "); err != nil {
			return fmt.Errorf("encode the reports of %s as JSON: %w", Escape(d.Domain), err)
		}
		separator, end = ",\n    ", "\n  ]"
	}
	_, _ = out.WriteString(end + after + "\n")
	return out.Flush()
}

// writeShown is marshal without a text of it all.
func writeShown(out *bufio.Writer, v any, prefix string) error {
	e := json.NewEncoder(shownTo{out})
	e.SetEscapeHTML(false)
	e.SetIndent(prefix, "  ")
	return e.Encode(v)
}

// shownTo is for an encoder, which writes a whole value with a line end behind it.
type shownTo struct{ out *bufio.Writer }

// Write implements io.Writer.
func (s shownTo) Write(all []byte) (int, error) {
	text := bytes.TrimSuffix(all, []byte("\n"))
	for at := hiddenJSON(text); at < len(text); at = hiddenJSON(text) {
		r, n := utf8.DecodeRune(text[at:])
		_, _ = s.out.Write(text[:at])
		_, _ = s.out.WriteString(unicodeEscape(r))
		text = text[at+n:]
	}
	_, err := s.out.Write(text)
	return len(all), err
}

// domainOf is embedded under a name that does not hide its field Domain.
type domainOf = reports.Domain

// reportLine is what a line of JSON tells of a domain.
type reportLine struct {
	Schema int `json:"schema"`
	domainOf
	Ready *reports.Readiness `json:"ready,omitempty"`
}

// ReportsJSONL writes one JSON object a line, each a domain as it stands in [ReportsJSON] with the answer
// to --ready in it. A domain that was asked about and of which nothing was reported has a line too.
func ReportsJSONL(w io.Writer, a *reports.Analysis) error {
	l := &lines{out: w}
	e := json.NewEncoder(l)
	e.SetEscapeHTML(false)
	for _, d := range reportedDomains(a) {
		if d.ready != nil {
			whole := wholeReadiness(*d.ready)
			d.ready = &whole
		}
		err := e.Encode(reportLine{reportSchema, wholeDomain(d.Domain), d.ready})
		if l.err != nil {
			return l.err
		}
		if err != nil {
			return fmt.Errorf("encode the reports of %s as JSON: %w", d.name(), err)
		}
	}
	return nil
}

// withoutDomains is an analysis but for the domains, of which no list is null. What it was made of stays
// as it is.
func withoutDomains(a *reports.Analysis) *reports.Analysis {
	whole := *a
	whole.Skipped, whole.Notes, whole.Domains = notNull(a.Skipped), notNull(a.Notes), []reports.Domain{}
	if a.Ready != nil {
		whole.Ready = map[string]reports.Readiness{}
	}
	for domain, r := range a.Ready {
		whole.Ready[domain] = wholeReadiness(r)
	}
	return &whole
}

func wholeReadiness(r reports.Readiness) reports.Readiness {
	r.Conditions, r.Unproved = notNull(r.Conditions), notNull(r.Unproved)
	for i := range r.Conditions {
		r.Conditions[i].Evidence = notNull(r.Conditions[i].Evidence)
	}
	return r
}

func wholeDomain(d reports.Domain) reports.Domain {
	d.Days, d.Organizations, d.Hosts = notNull(d.Days), notNull(d.Organizations), notNull(d.Hosts)
	d.Failures, d.Policies = notNull(d.Failures), notNull(d.Policies)
	for i := range d.Hosts {
		d.Hosts[i].IPs = notNull(d.Hosts[i].IPs)
	}
	for i := range d.Failures {
		d.Failures[i].Causes = notNull(d.Failures[i].Causes)
	}
	for i := range d.Policies {
		s := &d.Policies[i]
		s.String, s.Organizations, s.Held = notNull(s.String), notNull(s.Organizations), notNull(s.Held)
	}
	return d
}

// notNull is a copy of a list that JSON does not have as null.
func notNull[T any](list []T) []T { return append([]T{}, list...) }
