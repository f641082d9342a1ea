package render

import "strings"

// grid is a table of text: columns of numbers, then those of words.
type grid struct {
	header  []string
	numbers int // how many of the columns are flush right
	rows    []gridRow
}

// gridRow is a row, whose cells are escaped already, and what is told below it in the words of others.
type gridRow struct {
	cells []string
	below []string
}

// grid writes a table; where it is wider than the page, each row as a line that says itself what its
// cells mean.
func (p *page) grid(g grid) {
	widths, total := g.widths()
	stacked := len(body)+total > p.width
	if !stacked {
		p.line(span{body + g.align(g.header, widths), p.tint.dim})
	}
	for _, r := range g.rows {
		if stacked {
			p.para(body, body+indent, words(nil, g.sentence(r.cells)))
		} else {
			p.line(span{body + g.align(r.cells, widths), nil})
		}
		p.barred(r.below)
	}
}

// widths are those of the columns, and of the whole.
func (g grid) widths() ([]int, int) {
	widths := make([]int, len(g.header))
	total := len(indent) * (len(widths) - 1)
	for i, title := range g.header {
		widths[i] = columns(title)
		for _, r := range g.rows {
			widths[i] = max(widths[i], columns(r.cells[i]))
		}
		total += widths[i]
	}
	return widths, total
}

func (g grid) align(cells []string, widths []int) string {
	var b strings.Builder
	for i, c := range cells {
		room := strings.Repeat(" ", widths[i]-columns(c))
		if i < g.numbers {
			b.WriteString(room + c + indent)
		} else {
			b.WriteString(c + room + indent)
		}
	}
	return strings.TrimRight(b.String(), " ")
}

// sentence is "23 sessions, Google Inc., mx1.example.com".
func (g grid) sentence(cells []string) string {
	var list []string
	for i, c := range cells {
		switch {
		case i < g.numbers && c == "1":
			list = append(list, c+" "+strings.TrimSuffix(g.header[i], "s"))
		case i < g.numbers:
			list = append(list, c+" "+g.header[i])
		case c != "":
			list = append(list, c)
		}
	}
	return strings.Join(list, ", ")
}
