package render

import (
	"fmt"
	"slices"

	"github.com/fatih/color"

	"mtasts/internal/rule"
)

// isDelivery picks the finding that sums the MX hosts up. It stands under the verdict, for it is what the
// verdict is about; what it comes from has findings of its own.
func isDelivery(f rule.Finding) bool { return f.Rule == rule.DeliveryRule }

// delivery says whether mail gets in, and to whom each address is open when everything is wanted.
// Without a finding nothing is known of it, and nothing is said.
func (p *page) delivery(r rule.Result) {
	for _, f := range r.Findings {
		if isDelivery(f) {
			p.para(indent, body, []span{p.tint.mark(f.Status), {}},
				words(p.tint.strong, rule.DeliveryRule), []span{{}}, words(nil, said(f.Message)))
			if p.verbose {
				p.table(r.Delivery)
			}
		}
	}
}

const (
	mostRows       = 20 // addresses in a table; JSON has them all
	longestAddress = 45 // columns: an IPv6 address with an IPv4 one in it
)

// table is what each kind of sender does with each address, under the name of its host.
func (p *page) table(all []rule.Delivery) {
	if len(all) == 0 {
		return
	}
	t := newTable(all[:min(mostRows, len(all))])
	t.stacked = len(body)+t.width() > p.width
	p.para(body, body, t.header(p.tint.dim))
	for i, d := range t.rows {
		if i == 0 || d.MX != all[i-1].MX || d.Preference != all[i-1].Preference {
			p.para(body, body+indent, words(nil, fmt.Sprintf("%s (%d)", said(d.MX), d.Preference)))
		}
		p.para(body+indent, body+indent+indent, t.row(d, p.tint))
	}
	if n := len(all) - len(t.rows); n > 0 {
		p.small(plural(n, "... and 1 more address", "... and # more addresses"))
	}
}

// table is laid out by its widest cells; stacked on a narrow terminal, where each row says itself what
// its cells mean.
type table struct {
	rows    []rule.Delivery
	columns []column
	first   int // width of the first column
	stacked bool
}

// column is one kind of sender.
type column struct {
	title   string
	verdict func(rule.Delivery) rule.Verdict
	width   int
}

const tableTitle = "mail from senders that honour"

func newTable(rows []rule.Delivery) table {
	t := table{rows: rows, first: columns(tableTitle), columns: []column{
		{title: "MTA-STS", verdict: by("mta-sts")},
		{title: "DANE", verdict: by("dane")},
		{title: "neither", verdict: by("opportunistic")},
	}}
	if slices.ContainsFunc(rows, func(d rule.Delivery) bool { return d.UnderEnforce != "" }) {
		enforced := column{title: "if enforced", verdict: func(d rule.Delivery) rule.Verdict { return d.UnderEnforce }}
		t.columns = slices.Insert(t.columns, 1, enforced)
	}
	for _, d := range rows {
		t.first = max(t.first, len(indent)+columns(address(d)))
	}
	for i := range t.columns {
		c := &t.columns[i]
		c.width = len(c.title)
		for _, d := range rows {
			c.width = max(c.width, len(plain(c.verdict(d))))
		}
	}
	return t
}

func (t table) width() int {
	n := t.first
	for _, c := range t.columns {
		n += len(indent) + c.width
	}
	return n
}

// by is the verdict of one kind of sender.
func by(kind string) func(rule.Delivery) rule.Verdict {
	return func(d rule.Delivery) rule.Verdict {
		i := slices.IndexFunc(d.Senders, func(s rule.Sender) bool { return s.Kind == kind })
		if i < 0 {
			return rule.UnknownVerdict
		}
		return d.Senders[i].Verdict
	}
}

func (t table) header(tint *color.Color) []span {
	if t.stacked {
		return words(tint, tableTitle+":")
	}
	cells := make([]span, len(t.columns))
	for i, c := range t.columns {
		cells[i] = span{c.title, tint}
	}
	return t.align(words(tint, tableTitle), columns(tableTitle), cells)
}

func (t table) row(d rule.Delivery, tint palette) []span {
	cells := make([]span, len(t.columns))
	for i, c := range t.columns {
		v := c.verdict(d)
		cells[i] = span{plain(v), tint.status[standing(v)]}
	}
	if t.stacked {
		return t.stack(d, cells)
	}
	return t.align(words(nil, address(d)), len(indent)+columns(address(d)), cells)
}

// align sets cells beside what stands in the first column and takes n columns of it. Each span of no
// text is a space.
func (t table) align(list []span, n int, cells []span) []span {
	room := t.first - n
	for i, c := range cells {
		list = append(append(list, make([]span, room+1)...), c)
		room = t.columns[i].width - len(c.text)
	}
	return list
}

// stack is a row as a sentence that may be broken anywhere.
func (t table) stack(d rule.Delivery, cells []span) []span {
	list := words(nil, address(d)+":")
	for i, c := range cells {
		end := ","
		if i == len(cells)-1 {
			end = ""
		}
		list = append(append(list, words(nil, t.columns[i].title)...), span{c.text + end, c.tint})
	}
	return list
}

func address(d rule.Delivery) string {
	return cut(Escape(d.Address), longestAddress)
}

// plain is a verdict in a word.
func plain(v rule.Verdict) string {
	switch v {
	case rule.DeliversVerified:
		return "verified"
	case rule.DeliversUnverified:
		return "unverified"
	case rule.Refuses:
		return "refused"
	default:
		return "unknown"
	}
}

// standing is the status in whose colour a verdict is shown; unverified is what most mail is, and has none.
func standing(v rule.Verdict) rule.Status {
	return map[rule.Verdict]rule.Status{
		rule.DeliversVerified: rule.Pass, rule.Refuses: rule.Fail, rule.UnknownVerdict: rule.Unknown,
	}[v]
}
