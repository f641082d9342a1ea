package render

import (
	"fmt"
	"html"
	"strings"

	"mtasts/internal/rule"
)

// digest is the summary of a step of a GitHub workflow. It is written at the end, since the counts come
// first; GitHub refuses one of more than a MiB, so what is kept for it is bounded.
type digest struct {
	sink

	statuses    map[rule.Status]int
	protections map[rule.Protection]int
	rows        shelf // domains with problems
	sound       shelf // the others
	details     shelf
	gone        int
	known       int
	wrong       int // lines that name no domain
}

// How many bytes the parts of a summary have at most.
const (
	roomForRows    = 250_000
	roomForSound   = 50_000
	roomForDetails = 500_000
)

const noRoom = " no room here.\n"

// shelf takes texts up to the first that it has no room for, and counts the others.
type shelf struct {
	text strings.Builder
	left int
}

func (s *shelf) add(room int, build func() string) {
	if s.left == 0 {
		if text := build(); s.text.Len()+len(text) <= room {
			s.text.WriteString(text)
			return
		}
	}
	s.left++
}

// add takes an item with what it has to tell.
func (d *digest) add(e Item, list []issue) {
	d.count(e)
	row := func() string { return digestRow(e) }
	if e.Error == "" && !problem(e.Status) {
		d.sound.add(roomForSound, row)
		return
	}
	d.rows.add(roomForRows, row)
	if len(list) > 0 {
		d.details.add(roomForDetails, func() string { return digestDetails(e, list) })
	}
}

func (d *digest) count(e Item) {
	if d.statuses == nil {
		d.statuses, d.protections = map[rule.Status]int{}, map[rule.Protection]int{}
	}
	if e.Error != "" {
		d.wrong++
		return
	}
	d.statuses[e.Status]++
	if given(e.Result) == nil {
		d.protections[e.Protection]++
	}
	d.known += knownIn(e)
	if e.Baseline != nil {
		d.gone += len(e.Baseline.Gone)
	}
}

func knownIn(e Item) int {
	n := 0
	for _, f := range e.Findings {
		if problem(f.Status) && f.Change == rule.Known {
			n++
		}
	}
	return n
}

// digestRow is the line of a table for an item.
func digestRow(e Item) string {
	if e.Error != "" {
		return fmt.Sprintf("| %s not looked at | %s | | |\n", symbol(rule.Unknown), proseMarkdown(said(e.mishap())))
	}
	protection := string(e.Protection)
	if given(e.Result) != nil {
		protection = ""
	}
	c := e.Counts
	c.Pass, c.Info = 0, 0
	problems := tally(c)
	if n := knownIn(e); n > 0 {
		problems = append(problems, fmt.Sprintf("%d of them known", n))
	}
	if e.Interrupted {
		problems = append(problems, "interrupted")
	}
	return fmt.Sprintf("| %s %s | %s | %s | %s |\n", symbol(e.Status), proseMarkdown(string(e.Status)),
		proseMarkdown(said(label(e.Result))), proseMarkdown(protection), strings.Join(problems, ", "))
}

// digestDetails is what folds open under the table: the problems of an item, with their fixes.
func digestDetails(e Item, list []issue) string {
	whom := label(e.Result)
	if e.Error != "" {
		whom = e.mishap()
	}
	m := &itemText{page: page{told: map[string]bool{}}}
	for _, i := range list {
		m.problem(i.Finding)
	}
	if m.left > 0 {
		m.put(strings.TrimSpace(plural(m.left, "1 more problem has", "# more problems have") + noRoom))
	}
	// In front of the first empty line a code host reads HTML, behind it Markdown.
	return fmt.Sprintf("\n<details><summary>%s %s</summary>\n%s\n</details>\n",
		symbol(list[0].Status), html.EscapeString(said(whom)), m.out.String())
}

// write puts the summary together.
func (d *digest) write() error {
	var b strings.Builder
	b.WriteString("## mtasts\n\n" + d.tally() + "\n")
	if d.rows.text.Len()+d.sound.text.Len() > 0 {
		b.WriteString("\n| status | domain | protection | problems |\n| --- | --- | --- | --- |\n" + d.rows.text.String() + d.sound.text.String())
	}
	if n := d.rows.left; n > 0 {
		b.WriteString("\n" + plural(n, "1 more domain with problems has", "# more domains with problems have") + noRoom)
	}
	if n := d.sound.left; n > 0 {
		b.WriteString("\n" + plural(n, "1 more domain without problems has", "# more domains without problems have") + noRoom)
	}
	b.WriteString(d.details.text.String())
	if n := d.details.left; n > 0 {
		b.WriteString("\n" + plural(n, "1 more domain has problems whose fixes have", "# more domains have problems whose fixes have") + noRoom)
	}
	return d.put(b.String())
}

// tally counts all of the run, also what has no room.
func (d *digest) tally() string {
	var statuses, protected []string
	domains := 0
	for _, s := range worstFirst() {
		if n := d.statuses[s]; n > 0 {
			statuses = append(statuses, fmt.Sprintf("%d %s", n, s))
			domains += n
		}
	}
	for _, p := range protections() {
		if n := d.protections[p]; n > 0 {
			protected = append(protected, fmt.Sprintf("%d %s", n, p))
		}
	}
	text := strings.Join(statuses, ", ") + "."
	switch {
	case domains == 0:
		text = "No domain was looked at."
	case len(protected) > 0: // they were looked at
		text = plural(domains, "1 domain: ", "# domains: ") + text + " Protection: " + strings.Join(protected, ", ") + "."
	}
	if d.wrong > 0 {
		text += " " + plural(d.wrong, "1 line names no domain.", "# lines name no domain.")
	}
	if d.known+d.gone > 0 {
		text += fmt.Sprintf(" Of the problems of the baseline %d are left and %d are gone.", d.known, d.gone)
	}
	return text
}
