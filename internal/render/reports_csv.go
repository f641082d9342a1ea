package render

import (
	"cmp"
	"encoding/csv"
	"io"
	"strconv"
	"strings"
	"time"

	"mtasts/internal/reports"
)

// ReportsCSV writes a table (RFC 4180, lines ending in LF) of all that was reported, under a header that
// is there even when nothing else is. Each row tells of one thing, and the column kind of what: filter by
// it before you add anything up, for each kind has the same sessions again. Cells are empty where they do
// not apply. The columns keep their names and their order; new ones come at the end:
//
//	kind             domain, day, organization, failure or policy
//	domain           empty for reports that name none
//	first, last      days: the one day of a day
//	organization     of an organization or a failure; of a policy all of them, with ";" between
//	reports          of a domain, a day or an organization
//	sessions         all of them; of a failure those that failed
//	successful_sessions, failed_sessions
//	                 of a domain, a day or an organization; of a failure the latter
//	policy_type      of a failure or a policy
//	result_type, mx, reason
//	                 of a failure, as it was reported
//	receiving_ips    of a failure
//	cause            of a failure, the likeliest: smtp-certificate:expired
//	fix              of that
//	live             what a check of now says of a failure: confirmed, mended or unknown
//	policy           its lines, with ";" between
//	current          of a policy: true where it is the one that is published now, else false
//	ready            of a domain: yes, no or not-enough-data
//
// A text that a spreadsheet would take for a formula gets an apostrophe in front.
func ReportsCSV(w io.Writer, a *reports.Analysis) error {
	s := &sheet{out: csv.NewWriter(w)}
	_ = s.row(reportColumns()) // the first error stays
	for _, d := range reportedDomains(a) {
		for _, row := range reportRows(d) {
			_ = s.row(row.cells())
		}
	}
	return s.out.Error()
}

func reportColumns() []string {
	return []string{
		"kind", "domain", "first", "last", "organization", "reports", "sessions", "successful_sessions", "failed_sessions",
		"policy_type", "result_type", "mx", "reason", "receiving_ips", "cause", "fix", "live", "policy", "current", "ready",
	}
}

// reportRow is a row by the names of its columns.
type reportRow map[string]string

func (r reportRow) cells() []string {
	var list []string
	for _, name := range reportColumns() {
		list = append(list, cell(r[name]))
	}
	return list
}

// sessions puts the numbers of sessions into the row.
func (r reportRow) sessions(good, bad int64) reportRow {
	r["sessions"] = strconv.FormatInt(together(good, bad), 10)
	r["successful_sessions"], r["failed_sessions"] = strconv.FormatInt(good, 10), strconv.FormatInt(bad, 10)
	return r
}

// between puts the days of a range into the row.
func (r reportRow) between(from, to time.Time) reportRow {
	first, last, several := strings.Cut(period(from, to), " to ")
	r["first"], r["last"] = first, first
	if several {
		r["last"] = last
	}
	return r
}

func reportRows(d reported) []reportRow {
	list := []reportRow{totalRow(d)}
	for _, x := range d.Days {
		list = append(list, dayRow(x))
	}
	for _, o := range d.Organizations {
		list = append(list, organizationRow(o))
	}
	for _, k := range d.Failures {
		list = append(list, failureRow(k))
	}
	for _, s := range d.Policies {
		list = append(list, policyRow(s))
	}
	for _, row := range list {
		row["domain"] = d.Domain.Domain
	}
	return list
}

func totalRow(d reported) reportRow {
	row := reportRow{"kind": "domain", "reports": strconv.Itoa(d.reports())}
	if d.ready != nil {
		row["ready"] = d.ready.Verdict
	}
	return row.between(d.From, d.To).sessions(d.Successful, d.Failed)
}

func dayRow(d reports.Day) reportRow {
	row := reportRow{"kind": "day", "first": d.Date, "last": d.Date, "reports": strconv.Itoa(d.Reports)}
	return row.sessions(d.Successful, d.Failed)
}

func organizationRow(o reports.Organization) reportRow {
	row := reportRow{"kind": "organization", "organization": o.Name, "reports": strconv.Itoa(o.Reports)}
	return row.between(o.First, o.Last).sessions(o.Successful, o.Failed)
}

func failureRow(k reports.Kind) reportRow {
	n := strconv.FormatInt(k.Sessions, 10)
	row := reportRow{
		"kind": "failure", "organization": k.Organization, "sessions": n, "failed_sessions": n,
		"first": k.First, "last": cmp.Or(k.Last, k.First), "policy_type": k.PolicyType, "result_type": k.ResultType,
		"mx": k.MX, "reason": k.Reason, "receiving_ips": strings.Join(k.IPs, " "), "fix": k.Fix, "live": k.Live,
	}
	if len(k.Causes) > 0 {
		row["cause"] = k.Causes[0].Rule
	}
	return row
}

func policyRow(s reports.Seen) reportRow {
	row := reportRow{
		"kind": "policy", "organization": strings.Join(s.Organizations, ";"), "policy_type": s.Type,
		"sessions": strconv.FormatInt(s.Sessions, 10), "policy": strings.Join(s.String, ";"),
	}
	if s.Current != nil {
		row["current"] = strconv.FormatBool(*s.Current)
	}
	return row.between(s.First, s.Last)
}
