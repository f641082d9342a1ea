package render

import (
	"cmp"
	"io"
	"maps"
	"math"
	"slices"
	"strings"
	"time"

	"mtasts/internal/reports"
	"mtasts/internal/rule"
)

// noDomain stands for the domain of reports that name none.
const noDomain = "(no domain named)"

// Reports writes what reports come to for a person at a terminal, a domain at a time, those with the most
// failures first: what it comes to, whether the domain may go to enforce where that was asked, a chart of
// its days, what failed with cause and fix, what to do first, and how senders saw it. What was not read
// comes last.
func Reports(w io.Writer, s Style, a *reports.Analysis) error {
	p := &reportPage{page{width: s.columns(), tint: newPalette(s.Color), verbose: s.Verbose}}
	all := reportedDomains(a)
	list := some(p, all, mostDomains)
	for _, d := range list {
		p.blank()
		p.about(d)
	}
	if text := others(all[len(list):]); text != "" {
		p.blank()
		p.para("", indent, words(p.tint.dim, text))
	}
	p.blank()
	p.para("", indent, words(nil, pile(a)))
	p.skipped(a)
	p.notes(a.Notes)
	_, err := io.WriteString(w, p.out.String())
	return err
}

// reportPage is the text of an analysis in the making.
type reportPage struct{ page }

// Anybody may send reports, of however many domains and kinds of failures: so many are told of, and ten
// times as many where everything is wanted. JSON and CSV have them all.
const (
	mostDomains = 50
	mostBlocks  = 30 // failures of a domain
	inVerbose   = 10 // times
)

// reported is a domain with what its details come to, and the answer to whether it may go to enforce,
// where that was asked.
type reported struct {
	reports.Domain
	detailed int64 // sessions that failed by the details; Failed are those of the summaries
	ready    *reports.Readiness
}

func newReported(d reports.Domain, ready *reports.Readiness) reported {
	r := reported{Domain: d, ready: ready}
	for _, k := range d.Failures {
		r.detailed = together(r.detailed, k.Sessions)
	}
	return r
}

// worst is how many sessions failed, by whichever counts more of them.
func (d reported) worst() int64 { return max(d.Failed, d.detailed) }

// reportedDomains are the domains, most failures first; those that were only asked about come first of
// all, for nothing was reported of them.
func reportedDomains(a *reports.Analysis) []reported {
	var list []reported
	known := map[string]bool{}
	for _, d := range a.Domains {
		known[d.Domain] = true
		list = append(list, newReported(d, readiness(a, d.Domain)))
	}
	slices.SortStableFunc(list, func(a, b reported) int { return cmp.Compare(b.worst(), a.worst()) })
	var asked []reported
	for _, name := range slices.Sorted(maps.Keys(a.Ready)) {
		if !known[name] {
			asked = append(asked, newReported(reports.Domain{Domain: name}, readiness(a, name)))
		}
	}
	return append(asked, list...)
}

func readiness(a *reports.Analysis, domain string) *reports.Readiness {
	if r, asked := a.Ready[domain]; asked {
		return &r
	}
	return nil
}

// name is the domain as it is shown.
func (d reported) name() string {
	if d.Domain.Domain == "" {
		return noDomain
	}
	return said(d.Domain.Domain)
}

// status is what the sessions come to.
func (d reported) status() rule.Status {
	switch {
	case d.Failed > 0, len(d.Failures) > 0:
		return rule.Fail
	case d.Successful > 0:
		return rule.Pass
	}
	return rule.Unknown
}

// gist is "12,345 sessions, 23 failed (0.2 %), 2026-01-01 to 2026-01-20, 3 organisations, 45 reports".
func (d reported) gist() string {
	if d.reports() == 0 && d.From.IsZero() {
		return "no reports"
	}
	return strings.Join([]string{
		d.sessions(), period(d.From, d.To), amount(len(d.Organizations), "organisation"), amount(d.reports(), "report"),
	}, ", ")
}

func (d reported) sessions() string {
	all := together(d.Successful, d.Failed)
	text := amount(all, "session")
	switch {
	case d.Failed > 0 && d.detailed > d.Failed:
		text += " (the summaries count " + grouped(d.Failed) + " failed, the details " + grouped(d.detailed) + ")"
	case d.Failed > 0:
		text += ", " + grouped(d.Failed) + " failed (" + share(d.Failed, all) + ")"
	case d.detailed > 0:
		text += " (the summaries count none failed, the details " + grouped(d.detailed) + ")"
	case len(d.Failures) > 0:
		text += " (the summaries count none failed, the details tell of failures without a number)"
	case all > 0:
		text += ", none failed"
	}
	return text
}

// reports are those of all organisations.
func (d reported) reports() int {
	n := 0
	for _, o := range d.Organizations {
		n += o.Reports
	}
	return n
}

// together is a sum that has an end: reports may say anything.
func together(a, b int64) int64 {
	if a > math.MaxInt64-b {
		return math.MaxInt64
	}
	return a + b
}

// period is the days of a range whose end is the first moment behind it, or its last; empty where nothing
// is known of it.
func period(from, to time.Time) string {
	if from.IsZero() {
		return ""
	}
	last := to.Add(-time.Nanosecond)
	if !to.After(from) {
		last = from
	}
	return days(day(from), day(last))
}

func day(t time.Time) string { return t.UTC().Format(time.DateOnly) }

// days is "2026-01-01 to 2026-01-20", or the one day.
func days(first, last string) string {
	if first == last || last == "" {
		return Escape(first)
	}
	return Escape(first + " to " + last)
}

func (p *reportPage) about(d reported) {
	p.para("", indent, []span{p.tint.mark(d.status()), {}}, words(p.tint.strong, d.name()+":"), words(nil, d.gist()))
	p.ready(d)
	p.chart(d)
	groups := failuresOf(d.Domain)
	p.failures(d, groups)
	p.steps("What to do first", firstSteps(d, groups))
	p.policies(d.Domain)
	p.organizations(d.Organizations)
	p.hosts(d.Hosts)
}

// organizations are a table, most failures first.
func (p *reportPage) organizations(all []reports.Organization) {
	if len(all) == 0 {
		return
	}
	p.section("Organisations that reported")
	g := grid{header: organizationHeader(), numbers: 3}
	for _, o := range some(p, worstOrganizations(all), mostRows) {
		g.rows = append(g.rows, gridRow{cells: organizationCells(o)})
	}
	p.grid(g)
	p.more(len(all)-len(g.rows), "organisation", "organisations")
}

func organizationHeader() []string {
	return []string{"reports", "sessions", "failed", "organisation", "days"}
}

func organizationCells(o reports.Organization) []string {
	return []string{
		grouped(o.Reports), grouped(together(o.Successful, o.Failed)), grouped(o.Failed), organization(o.Name), period(o.First, o.Last),
	}
}

func worstOrganizations(all []reports.Organization) []reports.Organization {
	return slices.SortedStableFunc(slices.Values(all), func(a, b reports.Organization) int { return cmp.Compare(b.Failed, a.Failed) })
}

// organization is the name of one, in a table.
func organization(name string) string {
	if name == "" {
		return "(no name)"
	}
	return fit(Escape(name), longestShown)
}

// hosts are a line, or all that is known of them where everything is wanted.
func (p *reportPage) hosts(all []reports.Host) {
	if len(all) == 0 {
		return
	}
	p.section("MX hosts that reports name")
	if p.verbose {
		p.hostsAt(all)
		return
	}
	var list []string
	for _, h := range some(p, all, mostRows) {
		list = append(list, hostShort(h))
	}
	p.para(body, body, words(nil, strings.Join(list, ", ")+"."))
	p.more(len(all)-len(list), "host", "hosts")
}

// hostsAt are a line each, with the addresses at which they failed.
func (p *reportPage) hostsAt(all []reports.Host) {
	list := some(p, all, mostRows)
	for _, h := range list {
		text := hostShort(h)
		if len(h.IPs) > 0 {
			text += " at " + addresses(h.IPs)
		}
		p.para(body, body+indent, words(nil, text))
	}
	p.more(len(all)-len(list), "host", "hosts")
}

// hostShort is "mx1.example.com (23 failed, last on 2026-01-07)".
func hostShort(h reports.Host) string {
	switch {
	case h.Failed == 0:
		return said(h.MX)
	case h.LastSeen == "":
		return said(h.MX) + " (" + grouped(h.Failed) + " failed)"
	}
	return said(h.MX) + " (" + grouped(h.Failed) + " failed, last on " + said(h.LastSeen) + ")"
}

// addresses are those there are, or the first few.
func addresses(all []string) string {
	var list []string
	for _, ip := range all[:min(mostListed, len(all))] {
		list = append(list, said(ip))
	}
	text := strings.Join(list, ", ")
	if n := len(all) - len(list); n > 0 {
		text += " and " + grouped(n) + " more"
	}
	return text
}

// pile is what all of it was: "45 reports, 3 duplicates left out, 1 not readable, 17 other mails or files
// passed over."
func pile(a *reports.Analysis) string {
	text := "No report was found"
	if a.Reports > 0 {
		text = amount(a.Reports, "report")
	}
	if a.Duplicates > 0 {
		text += ", " + amount(a.Duplicates, "duplicate") + " left out"
	}
	if n := notReadable(a); n > 0 {
		text += ", " + grouped(n) + " not readable"
	}
	if a.Other > 0 {
		text += ", " + plural(a.Other, "1 other mail or file", grouped(a.Other)+" other mails or files") + " passed over"
	}
	return text + "."
}

func notReadable(a *reports.Analysis) int { return max(a.SkippedAll, len(a.Skipped)) }

func (p *reportPage) skipped(a *reports.Analysis) {
	if len(a.Skipped) == 0 {
		return
	}
	p.section("Not readable")
	list := some(p, a.Skipped, mostRows)
	for _, s := range list {
		p.para(body, body+indent, words(nil, said(s.Source)+": "+said(s.Why)))
	}
	p.more(notReadable(a)-len(list), "report", "reports")
}

func (p *reportPage) notes(all []reports.Count) {
	if len(all) == 0 {
		return
	}
	p.section("Not as the standard has it, and read all the same")
	g := grid{header: []string{"reports", "what"}, numbers: 1}
	for _, n := range some(p, all, mostRows) {
		g.rows = append(g.rows, gridRow{cells: []string{grouped(n.Count), said(n.Text)}})
	}
	p.grid(g)
	p.more(len(all)-len(g.rows), "kind", "kinds")
}

// some are the first of a list; more of them where everything is wanted.
func some[T any](p *reportPage, list []T, most int) []T {
	if p.verbose {
		most *= inVerbose
	}
	return first(list, most)
}

func first[T any](list []T, most int) []T { return list[:min(most, len(list))] }

// others are the domains that are not told of: "... and 7 more domains: 1,234 sessions, 12 failed; may they
// go to enforce? 3 yes, 4 no".
func others(list []reported) string {
	if len(list) == 0 {
		return ""
	}
	var good, bad int64
	answers := map[string]int{}
	for _, d := range list {
		good, bad = together(good, d.Successful), together(bad, d.worst())
		if d.ready != nil {
			answers[d.ready.Verdict]++
		}
	}
	var told []string
	for _, v := range verdicts() {
		if n := answers[v]; n > 0 {
			told = append(told, grouped(n)+" "+strings.ReplaceAll(v, "-", " "))
		}
	}
	text := "... and " + amount(len(list), "more domain") + ": " + amount(together(good, bad), "session") + ", " + grouped(bad) + " failed"
	if len(told) > 0 {
		text += "; may they go to enforce? " + strings.Join(told, ", ")
	}
	return text
}

// more is what is not listed.
func (p *reportPage) more(n int, one, many string) {
	if n > 0 {
		p.small("... and " + grouped(n) + " more " + plural(n, one, many))
	}
}
