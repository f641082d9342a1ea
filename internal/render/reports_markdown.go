package render

import (
	"io"
	"strings"

	"mtasts/internal/reports"
	"mtasts/internal/rule"
)

// ReportsMarkdown writes what [Reports] does for people who read it in an issue or a wiki: the tables as
// tables, the chart in a fenced block. What senders said can neither be markup nor call somebody by name.
func ReportsMarkdown(w io.Writer, a *reports.Analysis) error {
	m := &reportText{}
	all := reportedDomains(a)
	list := first(all, mostDomains)
	for _, d := range list {
		m.about(d)
	}
	if text := others(all[len(list):]); text != "" {
		m.put("---")
		m.paragraph("", text)
	}
	m.pile(a)
	_, err := io.WriteString(w, strings.TrimPrefix(m.out.String(), "\n"))
	return err
}

// reportText is the Markdown of an analysis in the making.
type reportText struct{ itemText }

func (m *reportText) about(d reported) {
	m.put("## " + symbol(d.status()) + " " + proseMarkdown(d.name()))
	m.paragraph("", d.gist()+".")
	m.ready(d)
	m.chart(d)
	groups := failuresOf(d.Domain)
	m.failures(d, groups)
	m.list("### What to do first", "1. ", firstSteps(d, groups))
	m.policies(d.Domain)
	m.organizations(d.Organizations)
}

// list is a list of texts under a heading.
func (m *reportText) list(heading, mark string, texts []string) {
	var b strings.Builder
	for _, s := range texts {
		b.WriteString("\n" + mark + proseMarkdown(said(s)))
	}
	if b.Len() > 0 {
		m.put(heading + "\n" + b.String())
	}
}

func (m *reportText) ready(d reported) {
	if d.ready == nil {
		return
	}
	status, word, text := readyText(d)
	m.put("### May it go to enforce?")
	m.paragraph("**"+symbol(status)+" "+word+":** ", text)
	var rows [][]string
	for _, c := range conditions(d.ready) {
		var seen []string
		for _, e := range c.Evidence {
			seen = append(seen, proseMarkdown(said(e)))
		}
		rows = append(rows, []string{symbol(holdingStatus(c)) + " " + holding(c), proseMarkdown(conditionTitle(c.ID)), strings.Join(seen, "<br>")})
	}
	m.table([]string{"", "condition", "seen"}, rows)
	m.list("### What reports cannot show", "- ", d.ready.Unproved)
}

// chart is the one of the text, which needs no colour.
func (m *reportText) chart(d reported) {
	p := &page{width: defaultWidth, tint: newPalette(false)}
	p.chart(d)
	title, text, drawn := strings.Cut(p.out.String(), "\n")
	if !drawn {
		return
	}
	var lines []string
	for l := range strings.Lines(text) {
		lines = append(lines, strings.TrimPrefix(strings.TrimSuffix(l, "\n"), body))
	}
	m.put("### " + strings.TrimSpace(title))
	m.put(fencedMarkdown(lines))
}

func (m *reportText) failures(d reported, all []*failures) {
	untold := d.untold()
	if len(all) > 0 || untold != "" {
		m.put("### Failures")
	}
	for _, f := range first(all, mostBlocks) {
		m.put("#### ✗ " + proseMarkdown(f.title()) + ": " + amount(f.sessions, "session"))
		var rows [][]string
		for _, k := range first(f.shown(), mostRows) {
			rows = append(rows, []string{
				grouped(k.Sessions), proseMarkdown(organization(k.Organization)), codeCell(k.MX),
				proseMarkdown(days(k.First, k.Last)), proseMarkdown(said(k.Reason)), proseMarkdown(addresses(k.IPs)),
			})
		}
		m.table([]string{"sessions", "organisation", "MX host", "first to last", "reason", "addresses"}, rows)
		m.more(len(f.shown())-len(rows), "row", "rows")
		for _, r := range f.remarks() {
			m.paragraph(r.mark(), r.text)
		}
	}
	m.more(len(all)-mostBlocks, "kind of failure", "kinds of failure")
	m.paragraph("", untold)
}

// mark is the label in Markdown.
func (r remark) mark() string {
	if r.label == "" {
		return ""
	}
	return "**" + r.label + "** "
}

func (m *reportText) policies(d reports.Domain) {
	all := seenPolicies(d)
	if len(all) == 0 {
		return
	}
	m.put("### Policies as senders saw them")
	list := first(all, mostPolicies)
	for _, s := range list {
		m.paragraph(symbol(s.status)+" **"+proseMarkdown(s.title)+"**: ", s.text)
		if len(s.lines) > 0 {
			m.put(fencedMarkdown(saidLines(s.lines)))
		}
	}
	m.more(len(all)-len(list), "policy", "policies")
}

func (m *reportText) organizations(all []reports.Organization) {
	if len(all) == 0 {
		return
	}
	m.put("### Organisations that reported")
	var rows [][]string
	for _, o := range first(worstOrganizations(all), mostRows) {
		rows = append(rows, proseCells(organizationCells(o)))
	}
	m.table(organizationHeader(), rows)
	m.more(len(all)-len(rows), "organisation", "organisations")
}

// pile is what all of it was, and what could not be read.
func (m *reportText) pile(a *reports.Analysis) {
	if len(a.Domains)+len(a.Ready) > 0 {
		m.put("---")
	}
	m.paragraph("", pile(a))
	var skipped, notes []string
	for _, s := range first(a.Skipped, mostRows) {
		skipped = append(skipped, s.Source+": "+s.Why)
	}
	m.list(symbol(rule.Unknown)+" Not readable:", "- ", skipped)
	m.more(notReadable(a)-len(skipped), "report", "reports")
	for _, n := range first(a.Notes, mostRows) {
		notes = append(notes, amount(n.Count, "report")+": "+n.Text)
	}
	m.list("Not as the standard has it, and read all the same:", "- ", notes)
	m.more(len(a.Notes)-len(notes), "kind", "kinds")
}

// table is one of cells that are Markdown already.
func (m *reportText) table(header []string, rows [][]string) {
	if len(rows) == 0 {
		return
	}
	row := func(cells []string) string { return "| " + strings.Join(cells, " | ") + " |" }
	list := []string{row(header), strings.Repeat("| --- ", len(header)) + "|"}
	for _, cells := range rows {
		list = append(list, row(cells))
	}
	m.put(strings.Join(list, "\n"))
}

func saidLines(lines []string) []string {
	var list []string
	for _, l := range lines {
		list = append(list, said(l))
	}
	return list
}

// proseCells are cells that are to mean nothing to Markdown.
func proseCells(cells []string) []string {
	for i, c := range cells {
		cells[i] = proseMarkdown(c)
	}
	return cells
}

// codeCell is code in a table, whose cells end at a bar even there.
func codeCell(s string) string {
	return strings.ReplaceAll(codeMarkdown(fit(Escape(s), longestShown)), "|", `\|`)
}

// more is what is not listed.
func (m *reportText) more(n int, one, many string) {
	if n > 0 {
		m.put("... and " + grouped(n) + " more " + plural(n, one, many))
	}
}
