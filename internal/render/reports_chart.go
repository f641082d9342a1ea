package render

import (
	"strings"
	"time"

	"mtasts/internal/reports"
	"mtasts/internal/rule"
)

const (
	mostBars    = 40 // lines of a chart; where there were more, each stands for more days
	shortestBar = 8  // columns for the longest bar: with less room there are numbers alone
	goodMark    = "█"
	badMark     = "✗"
)

// bar is what was reported of some days in a row.
type bar struct {
	first, last string // labels: the same where they are one
	reports     int
	good, bad   int64
}

func (b bar) total() int64 { return together(b.good, b.bad) }

func (b bar) empty() bool { return b.reports == 0 && b.total() == 0 }

// unit is what one bar stands for.
type unit struct {
	title string
	label func(time.Time) string
}

func units() []unit {
	return []unit{
		{"Sessions a day (UTC)", day},
		{"Sessions a week (UTC), by its Monday", monday},
		{"Sessions a month (UTC)", func(t time.Time) string { return t.Format("2006-01") }},
		{"Sessions a year (UTC)", func(t time.Time) string { return t.Format("2006") }},
	}
}

// monday is the first day of a day's week.
func monday(t time.Time) string {
	const week = 7
	return day(t.AddDate(0, 0, -int(t.Weekday()+week-time.Monday)%week))
}

// bars are the days by the smallest unit of which there are not too many. Of the largest the last are
// told.
func bars(all []reports.Day) (title string, list []bar) {
	for _, u := range units() {
		title, list = u.title, fold(group(all, u.label))
		if len(list) <= mostBars {
			return title, list
		}
	}
	return title + ", the last of them", list[len(list)-mostBars:]
}

// group adds up the days of one label.
func group(all []reports.Day, label func(time.Time) string) []bar {
	var list []bar
	for _, d := range all {
		name := fit(Escape(d.Date), len(time.DateOnly))
		if t, err := time.Parse(time.DateOnly, d.Date); err == nil {
			name = label(t)
		}
		if n := len(list); n == 0 || list[n-1].first != name {
			list = append(list, bar{first: name, last: name})
		}
		b := &list[len(list)-1]
		b.reports += d.Reports
		b.good, b.bad = together(b.good, d.Successful), together(b.bad, d.Failed)
	}
	return list
}

// fold makes one of the bars in a row of which nothing was reported.
func fold(all []bar) []bar {
	var list []bar
	for _, b := range all {
		if n := len(list); n > 0 && b.empty() && list[n-1].empty() {
			list[n-1].last = b.last
			continue
		}
		list = append(list, b)
	}
	return list
}

// chart is a line a day, week or month: which, a bar that is as long as there were sessions, and how many
// there were and failed. Whoever sees no bars misses nothing.
func (p *page) chart(d reported) {
	title, list := bars(d.Days)
	if len(list) == 0 {
		return
	}
	scale := newScale(p.width-len(body), list)
	scale.summed = len(d.Failures) > 0
	p.section(title + scale.legend())
	for _, b := range list {
		p.line(span{body + scale.line(b, p.tint), nil})
	}
}

// scale is how the lines of a chart are laid out.
type scale struct {
	label, count, failed int // columns
	room                 int // of the longest bar
	most                 int64
	summed               bool // the details tell of failures, whatever the summaries count
}

func newScale(width int, list []bar) scale {
	var s scale
	for _, b := range list {
		if !b.empty() {
			s.label = max(s.label, columns(b.first))
		}
		s.most = max(s.most, b.total())
		s.count = max(s.count, len(grouped(b.total())))
		if b.bad > 0 {
			s.failed = max(s.failed, len(indent+failedText(b)))
		}
	}
	s.room = width - s.label - len(indent) - s.count - len(indent) - s.failed
	if s.room < shortestBar || s.most == 0 {
		s.room = 0
	}
	return s
}

func failedText(b bar) string { return grouped(b.bad) + " failed" }

// legend is what the marks of the bars mean.
func (s scale) legend() string {
	switch {
	case s.room == 0:
		return ""
	case s.failed == 0 && s.summed:
		return ": " + goodMark + " successful, by the summaries"
	case s.failed == 0:
		return ": " + goodMark + " successful, none failed"
	}
	return ": " + goodMark + " successful, " + badMark + " failed"
}

func (s scale) line(b bar, tint palette) string {
	if b.empty() {
		return days(b.first, b.last) + indent + span{"no reports", tint.dim}.paint()
	}
	number := grouped(b.total())
	text := b.first + strings.Repeat(" ", s.label-columns(b.first)) + indent + s.bar(b, tint) + strings.Repeat(" ", s.count-len(number)) + number
	if b.bad > 0 {
		text += indent + span{failedText(b), tint.status[rule.Fail]}.paint()
	}
	return text
}

// bar is the bar itself, where there is room for bars.
func (s scale) bar(b bar, tint palette) string {
	if s.room == 0 {
		return ""
	}
	good, bad := s.cells(b)
	marks := span{strings.Repeat(goodMark, good), tint.status[rule.Pass]}.paint() + span{strings.Repeat(badMark, bad), tint.status[rule.Fail]}.paint()
	return marks + strings.Repeat(" ", s.room-good-bad) + indent
}

// cells are how many marks a bar has. What is not nothing is seen: a session in a million is a mark.
func (s scale) cells(b bar) (good, bad int) {
	all := s.length(b.total())
	bad = min(s.length(b.bad), all)
	if good = all - bad; good == 0 && b.good > 0 {
		good = 1
		bad = max(1, bad-1)
	}
	return good, bad
}

func (s scale) length(n int64) int {
	if n <= 0 {
		return 0
	}
	return max(1, int(float64(n)/float64(s.most)*float64(s.room)+0.5))
}
