package render

import (
	"io"
	"strings"
)

// RuleRow is one rule of the catalogue, as the README shows it.
type RuleRow struct {
	ID    string
	Group string
	Title string
	Words []string // what it can say but pass, each with its status: "fail expired"
}

// RuleTable writes the rules as a table in Markdown, in the order given, and returns the first
// error of writing.
func RuleTable(w io.Writer, rules []RuleRow) error {
	var b strings.Builder
	b.WriteString("| rule | group | what it asks | otherwise |\n| --- | --- | --- | --- |\n")
	for _, r := range rules {
		b.WriteString("| `" + cell(r.ID) + "` | " + cell(r.Group) + " | " + cell(r.Title) + " | ")
		b.WriteString(strings.Join(statuses(r.Words), "; ") + " |\n")
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// cell keeps a text within its cell.
func cell(s string) string { return strings.ReplaceAll(Escape(s), "|", `\|`) }

// statuses joins the reasons of one status: "fail `expired`, `untrusted`".
func statuses(list []string) []string {
	var groups []string
	last := ""
	for _, entry := range list {
		status, reason, _ := strings.Cut(cell(entry), " ")
		if status != last {
			groups = append(groups, status+" `"+reason+"`")
		} else {
			groups[len(groups)-1] += ", `" + reason + "`"
		}
		last = status
	}
	return groups
}
