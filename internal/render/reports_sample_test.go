package render

import (
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"mtasts/internal/reports"
)

func asReports(t testing.TB, write func(io.Writer, *reports.Analysis) error, a *reports.Analysis) string {
	t.Helper()
	var b strings.Builder
	if err := write(&b, a); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func inStyle(s Style) func(io.Writer, *reports.Analysis) error {
	return func(w io.Writer, a *reports.Analysis) error { return Reports(w, s, a) }
}

// reportForms are all forms in which an analysis is written.
func reportForms() map[string]func(io.Writer, *reports.Analysis) error {
	return map[string]func(io.Writer, *reports.Analysis) error{
		"txt": inStyle(Style{}), "json": ReportsJSON, "jsonl": ReportsJSONL,
		"csv": ReportsCSV, "prom": ReportsPrometheus, "md": ReportsMarkdown,
	}
}

// january is a day of the month in which the samples are.
func january(n int) time.Time { return time.Date(2026, 1, n, 0, 0, 0, 0, time.UTC) }

// month are so many days, of which each has more sessions than the one before.
func month(n int) []reports.Day {
	var list []reports.Day
	for i := range n {
		list = append(list, reports.Day{Date: day(january(i + 1)), Reports: 2, Successful: int64(400 + 37*i)})
	}
	return list
}

func heldBy(organization string, first, last int) reports.Held {
	return reports.Held{Organization: organization, First: january(first), Last: january(last)}
}

func policyLines(mode string, mx ...string) []string {
	list := []string{"version: STSv1", "mode: " + mode}
	for _, m := range mx {
		list = append(list, "mx: "+m)
	}
	return append(list, "max_age: 604800")
}

// clean is a month in which all went well.
func clean() *reports.Analysis {
	return &reports.Analysis{
		Schema: 1, Reports: 40, Domains: []reports.Domain{{
			Domain: "example.com", From: january(1), To: january(21), Successful: 15030, Days: month(20),
			Organizations: []reports.Organization{
				{Name: "Google Inc.", Reports: 20, Successful: 12000, First: january(1), Last: january(21)},
				{Name: "Microsoft Corporation", Reports: 20, Successful: 3030, First: january(1), Last: january(21)},
			},
			Hosts: []reports.Host{{MX: "mx1.example.com"}, {MX: "mx2.example.com"}},
			Policies: []reports.Seen{{
				Type: "sts", String: policyLines("testing", "mx1.example.com", "mx2.example.com"), Sessions: 15030,
				Organizations: []string{"Google Inc.", "Microsoft Corporation"}, First: january(1), Last: january(21),
				Held: []reports.Held{heldBy("Google Inc.", 1, 21), heldBy("Microsoft Corporation", 1, 21)},
			}},
		}},
	}
}

func expiredCauses() []reports.Cause {
	return []reports.Cause{
		{Rule: "smtp-certificate:expired", Text: "The certificate of the MX host expired.", Reason: "the senders say so"},
		{Rule: "smtp-certificate:not-yet-valid", Text: "The certificate of the MX host is not valid yet."},
	}
}

// troubled is a month with failures of several kinds, an old policy in use and reports that are hard to read.
func troubled() *reports.Analysis {
	a := clean()
	a.Duplicates, a.Other, a.SkippedAll = 3, 1217, 25
	a.Skipped = []reports.Skipped{{Source: "mail.mbox: mail 17: report.json.gz", Why: "gzip: invalid checksum"}, {Source: "reports/old.json", Why: "not JSON: it ends in the middle"}}
	a.Notes = []reports.Count{{Text: "times without a zone", Count: 20}, {Text: "contact-info is null", Count: 1}}
	d := &a.Domains[0]
	for i, n := range []int64{0, 0, 12, 300, 1} {
		d.Days[i].Failed = n
	}
	d.Days[10] = reports.Day{Date: "2026-01-11"}
	d.Days[12], d.Days[13], d.Days[14] = reports.Day{Date: "2026-01-13"}, reports.Day{Date: "2026-01-14"}, reports.Day{Date: "2026-01-15"}
	d.Failed, d.NoPolicy = 313, 0.0215
	d.Organizations[0].Failed, d.Organizations[1].Failed = 13, 300
	d.Hosts[0].Failed, d.Hosts[0].LastSeen, d.Hosts[0].IPs = 300, "2026-01-05", []string{"192.0.2.25", "2001:db8::25"}
	const renew = "Renew the certificate of the MX host, and have the mail server load it."
	d.Failures = []reports.Kind{
		{ResultType: "certificate-expired", Organization: "Microsoft Corporation", MX: "mx1.example.com", PolicyType: "sts", IPs: []string{"192.0.2.25"}, Sessions: 288, First: "2026-01-03", Last: "2026-01-05", Causes: expiredCauses(), Fix: renew, Live: "confirmed"},
		{ResultType: "certificate-expired", Organization: "Google Inc.", MX: "mx1.example.com", Reason: "X509_V_ERR_CERT_HAS_EXPIRED", PolicyType: "sts", Sessions: 12, First: "2026-01-03", Last: "2026-01-03", Causes: expiredCauses(), Fix: renew, Live: "confirmed"},
		{ResultType: "validation-failure", Organization: "Microsoft Corporation", PolicyType: "tlsa", Sessions: 12, First: "2026-01-04", Last: "2026-01-04", Live: "unknown"},
		{ResultType: "sts-policy-fetch-error", Organization: "Google Inc.", PolicyType: "no-policy-found", Sessions: 1, First: "2026-01-04", Last: "2026-01-04", Live: "mended", Fix: "Serve the policy.", Causes: []reports.Cause{{Rule: "policy-status:404", Text: "The policy host answered with 404."}}},
	}
	now := &d.Policies[0]
	yes, no := true, false
	now.Current, now.Sessions, now.First, now.Organizations, now.Held = &yes, 12000, january(8), []string{"Google Inc."}, []reports.Held{heldBy("Google Inc.", 8, 21)}
	d.Policies = append(d.Policies, reports.Seen{
		Type: "sts", String: policyLines("testing", "mx1.example.com", "old.example.net"), Sessions: 3030, Current: &no,
		Organizations: []string{"Google Inc.", "Microsoft Corporation"}, First: january(1), Last: january(21),
		Held: []reports.Held{heldBy("Google Inc.", 1, 9), heldBy("Microsoft Corporation", 1, 21)},
	}, reports.Seen{
		Type: "sts", String: policyLines("none"), Sessions: 4, Current: &no, Organizations: []string{"Google Inc."},
		First: january(1), Last: january(2), Held: []reports.Held{heldBy("Google Inc.", 1, 2)},
	}, reports.Seen{Type: "no-policy-found", Sessions: 323, Organizations: []string{"Google Inc."}, First: january(1), Last: january(5)})
	return a
}

func conditionOf(id string, holds *bool, evidence ...string) reports.Condition {
	return reports.Condition{ID: id, Holds: holds, Evidence: evidence}
}

// answered is an analysis with an answer of each kind.
func answered() *reports.Analysis {
	a := clean()
	yes, no := true, false
	for _, name := range []string{"example.net", "example.org"} {
		other := clean().Domains[0]
		other.Domain, other.Days = name, other.Days[:3]
		a.Domains = append(a.Domains, other)
	}
	conditions := []reports.Condition{
		conditionOf("days", &yes, "reports of 20 days, 14 are asked for"),
		conditionOf("organizations", &yes, "2: Google Inc., Microsoft Corporation"),
		conditionOf("recent-failures", &yes, "none since 2026-01-13"),
		conditionOf("mx-seen", &yes, "mx1.example.com", "mx2.example.com"),
		conditionOf("policy-seen", &yes),
		conditionOf("live", &yes, "nothing fails"),
	}
	unproved := []string{"Senders that send no reports: few do but Google and Microsoft."}
	bad := append([]reports.Condition{}, conditions...)
	bad[2] = conditionOf("recent-failures", &no, "12 sessions failed since 2026-01-13: certificate-expired at mx1.example.com, last on 2026-01-19, by Microsoft Corporation")
	bad[5] = conditionOf("live", nil, "port 25 is closed here")
	a.Ready = map[string]reports.Readiness{
		"example.com":     {Verdict: reports.IsReady, Conditions: conditions, Unproved: unproved},
		"example.net":     {Verdict: reports.NotReady, Conditions: bad, Unproved: unproved},
		"example.org":     {Verdict: reports.NotEnoughData, Conditions: []reports.Condition{conditionOf("days", &no, "reports of 3 days, 14 are asked for")}},
		"unknown.example": {Verdict: reports.NotEnoughData, Conditions: []reports.Condition{conditionOf("days", &no)}},
	}
	return a
}

// strange is an analysis that says s wherever reports get something in, with numbers as odd as n.
func strange(s string, n int64) *reports.Analysis {
	when := time.Unix(max(n, 0)%253402300799, 0).UTC()
	yes := n%2 == 0
	d := reports.Domain{
		Domain: s, From: january(1), To: when, Successful: n, Failed: n / 2,
		Days:          []reports.Day{{Date: s, Successful: n, Failed: n}, {Date: s}, {Date: "2026-01-01", Reports: int(n), Failed: n}},
		Organizations: []reports.Organization{{Name: s, Successful: n, Failed: n, First: when}, {Name: s + "\x00"}, {Name: s}},
		Hosts:         []reports.Host{{MX: s, IPs: []string{s, s}, Failed: 1, LastSeen: s}},
		Failures: []reports.Kind{
			{ResultType: s, Organization: s, MX: s, Reason: s, PolicyType: s, IPs: []string{s}, Sessions: n, First: s, Last: s, Causes: []reports.Cause{{Rule: s, Text: s, Reason: s}, {}}, Fix: s, Live: s},
			{ResultType: s, Organization: s, Sessions: n},
		},
		Policies: []reports.Seen{
			{Type: "sts", String: []string{s, s}, Organizations: []string{s}, Sessions: n, First: when, Current: &yes, Held: []reports.Held{{Organization: s, Last: when}}},
			{Type: "sts", String: []string{s}, Organizations: []string{s}, Held: []reports.Held{{Organization: s, Last: when}}},
			{Type: s, String: []string{s}, Organizations: []string{s}},
			{Type: "no-policy-found"},
		},
		NoPolicy: 0.5,
	}
	second := d
	second.Domain = s + "\x00"
	return &reports.Analysis{
		Schema: 1, Reports: int(n), Other: 1, Skipped: []reports.Skipped{{Source: s, Why: s}}, SkippedAll: 1,
		Notes: []reports.Count{{Text: s, Count: 1}}, Domains: []reports.Domain{d, second},
		Ready: map[string]reports.Readiness{
			s:       {Verdict: s, Conditions: []reports.Condition{conditionOf(s, nil, s)}, Unproved: []string{s}},
			s + "x": {Verdict: "no", Conditions: []reports.Condition{conditionOf(s, &yes, s)}},
		},
	}
}

// endless is more of everything than is told.
func endless(n int) *reports.Analysis {
	a := troubled()
	d := &a.Domains[0]
	d.Days = nil
	for i := range n {
		name := fmt.Sprintf("%d.example", i)
		d.Days = append(d.Days, reports.Day{Date: day(january(1).AddDate(0, 0, 3*i)), Reports: 1, Successful: int64(i)})
		d.Organizations = append(d.Organizations, reports.Organization{Name: name, Reports: 1})
		d.Hosts = append(d.Hosts, reports.Host{MX: "mx." + name})
		d.Failures = append(d.Failures, reports.Kind{ResultType: "certificate-expired", MX: name, Sessions: 1}, reports.Kind{ResultType: name, Sessions: 1, First: "2026-01-01"})
		d.Policies = append(d.Policies, reports.Seen{Type: "tlsa", String: []string{name}, Sessions: 1})
		a.Skipped = append(a.Skipped, reports.Skipped{Source: name, Why: "no report"})
		a.Notes = append(a.Notes, reports.Count{Text: name, Count: 1})
	}
	return a
}
