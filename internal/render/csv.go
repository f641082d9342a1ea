package render

import (
	"cmp"
	"encoding/csv"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"mtasts/internal/rule"
)

type sheet struct {
	out   *csv.Writer
	begun bool
}

// NewCSV writes a table (RFC 4180, lines ending in LF) for a spreadsheet or a database: one row an item,
// a line that is no domain too, under a header that is there even when nothing else is. Lists stand in
// one cell with blanks between. Cells are empty where nothing is known. The columns keep their names
// and their order; new ones come at the end:
//
//	index            of the line in the list or of the argument, from 1
//	domain           in A-labels
//	status           pass, warn, unknown or fail: the worst of the findings
//	protection       enforced, testing, none, absent, broken or unknown
//	interrupted      true where the check was ended early, else false
//	fail, unknown, warn, info, pass
//	                 how many findings are that
//	problems         what fails, is not known or is warned of, worst first: rule:reason
//	new_problems     those that are new or worse, where there is a baseline
//	policy_id        of the _mta-sts record
//	mode, max_age    of the policy that is served, max_age in seconds
//	mx_patterns      of that policy
//	mx_hosts         of the MX records, by preference
//	tlsrpt_rua       where reports go
//	certificate_end  when the first certificate of the policy host or an MX host ends
//	certificate_host which shows that one: name:port
//	checked_at       when the look began
//	seconds          that it took
//	file, line       where the domain was read
//	input            the line, where it is no domain; what was judged, where none was looked up
//	error            why it is no domain
//
// A text that a spreadsheet would take for a formula gets an apostrophe in front.
func NewCSV(w io.Writer) Writer { return &sheet{out: csv.NewWriter(w)} }

func columnNames() []string {
	return []string{
		"index", "domain", "status", "protection", "interrupted", "fail", "unknown", "warn", "info", "pass",
		"problems", "new_problems", "policy_id", "mode", "max_age", "mx_patterns", "mx_hosts", "tlsrpt_rua",
		"certificate_end", "certificate_host", "checked_at", "seconds", "file", "line", "input", "error",
	}
}

func (s *sheet) Result(e Item) error {
	if err := s.begin(); err != nil {
		return err
	}
	return s.row(slices.Concat(verdictCells(e), publishedCells(e.Result), certificateCells(e.Result), originCells(e)))
}

func (s *sheet) Close() error { return s.begin() }

func (s *sheet) begin() error {
	if s.begun {
		return s.out.Error()
	}
	s.begun = true
	return s.row(columnNames())
}

// row writes at once: whoever reads along sees whole lines.
func (s *sheet) row(cells []string) error {
	_ = s.out.Write(cells) // Error tells
	s.out.Flush()
	return s.out.Error()
}

func verdictCells(e Item) []string {
	cells := []string{strconv.Itoa(e.Index), cell(e.Domain), cell(string(e.Status)), cell(string(e.Protection)), strconv.FormatBool(e.Interrupted)}
	if e.Error != "" {
		return append(cells, "", "", "", "", "", "", "")
	}
	c := e.Counts
	for _, n := range []int{c.Fail, c.Unknown, c.Warn, c.Info, c.Pass} {
		cells = append(cells, strconv.Itoa(n))
	}
	var all, fresh []string
	for _, f := range e.Findings {
		if !problem(f.Status) {
			continue
		}
		all = append(all, f.Rule+":"+f.Reason)
		if f.Change == rule.Fresh || f.Change == rule.Worse {
			fresh = append(fresh, f.Rule+":"+f.Reason)
		}
	}
	return append(cells, listCell(all), listCell(fresh))
}

func publishedCells(r rule.Result) []string {
	p := r.Published
	var age string
	var patterns, hosts, rua []string
	if p.Policy.HasMaxAge {
		age = strconv.FormatInt(p.Policy.MaxAge, 10)
	}
	for _, m := range p.Policy.MX {
		patterns = append(patterns, m.Text)
	}
	if r.Observed != nil {
		for _, h := range r.Observed.Hosts {
			hosts = append(hosts, h.Name)
		}
	}
	for _, u := range p.Reports.RUA {
		rua = append(rua, u.Text)
	}
	return []string{cell(p.Record.ID), cell(string(p.Policy.Mode)), age, listCell(patterns), listCell(hosts), listCell(rua)}
}

func certificateCells(r rule.Result) []string {
	if len(r.Certificates) == 0 {
		return []string{"", ""}
	}
	first := r.Certificates[0]
	return []string{moment(first.NotAfter), cell(shownAt(first))}
}

// shownAt is where a certificate is shown: name:port.
func shownAt(c rule.Certificate) string { return c.Host + ":" + strconv.Itoa(c.Port) }

func originCells(e Item) []string {
	var took, file, line, input string
	if e.Observed != nil && e.Observed.TookMS != 0 {
		took = strconv.FormatFloat(time.Duration(e.Observed.TookMS).Seconds(), 'f', 3, 64)
	}
	if e.Source != nil {
		file, line = e.Source.File, strconv.Itoa(e.Source.Line)
	}
	if given(e.Result) != nil {
		input = label(e.Result)
	}
	return []string{moment(e.CheckedAt), took, cell(file), line, cell(cmp.Or(e.Input, input)), cell(e.Error)}
}

func moment(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// listCell is a cell of several values, each once.
func listCell(list []string) string {
	var once []string
	for _, s := range list {
		if !slices.Contains(once, s) {
			once = append(once, s)
		}
	}
	return cell(strings.Join(once, " "))
}

// longestCell is how many bytes of a text are put into a cell; spreadsheets take 32,767 characters.
const longestCell = 8000

// cell is a text as one cell: escaped, cut where it is endless, and never a formula. Where a list
// separator is ";", some programs take a table with commas for one column, and split it at that.
func cell(s string) string {
	parts := strings.Split(saidUpTo(longestCell, s), ";")
	for i, part := range parts {
		if formula(part) {
			parts[i] = "'" + part
		}
	}
	return strings.Join(parts, ";")
}

// formula tells that a spreadsheet might calculate with a text, or run what it names. Tabs and line
// ends, which it would skip before, are written out by then.
func formula(s string) bool {
	s = strings.TrimLeft(s, ` "`)
	return strings.IndexAny(s, "=+-@＝＋－＠") == 0
}
