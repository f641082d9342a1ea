package render

import (
	"encoding/json"
	"fmt"
	"io"

	"mtasts/internal/reports"
)

// reportSchema is the schema of a line of [ReportsJSONL].
const reportSchema = 1

// ReportsJSON writes an analysis as one JSON object (schema 1), in which no list is null. It is spelt as
// by [NewJSON].
func ReportsJSON(w io.Writer, a *reports.Analysis) error {
	text, err := marshal(wholeAnalysis(a), "")
	if err != nil {
		return fmt.Errorf("encode the reports as JSON: %w", err)
	}
	_, err = io.WriteString(w, text+"\n")
	return err
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
	for _, d := range reportedDomains(wholeAnalysis(a)) {
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

// wholeAnalysis is an analysis of which no list is null. What it was made of stays as it is.
func wholeAnalysis(a *reports.Analysis) *reports.Analysis {
	whole := *a
	whole.Skipped, whole.Notes, whole.Domains = notNull(a.Skipped), notNull(a.Notes), notNull(a.Domains)
	for i, d := range whole.Domains {
		whole.Domains[i] = wholeDomain(d)
	}
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
