package render

import (
	"io"
	"slices"
	"strings"

	"mtasts/internal/rule"
)

type quiet struct {
	sink
	tint palette
}

// NewQuiet writes exactly one line a domain, never wrapped: symbol, domain, status, protection,
// and where there are problems how many and which.
func NewQuiet(w io.Writer, s Style) Writer {
	return &quiet{sink{out: w}, newPalette(s.Color)}
}

func (q *quiet) Result(e Item) error {
	r := e.Result
	tint := q.tint.status[r.Status]
	mark := span{symbol(r.Status), tint}.paint()
	status := span{Escape(string(r.Status)), tint}.paint()
	if e.Error != "" {
		return q.put(mark + " " + Escape(e.mishap()) + "\n")
	}
	domain := span{Escape(label(r)), q.tint.strong}.paint()
	text := status
	if more := gist(r); more != "" {
		text += ", " + more
	}
	return q.put(mark + " " + domain + ": " + text + "\n")
}

func (q *quiet) Close() error { return q.err }

// gist is the protection and the problems: "broken, 2 fail 1 warn: sts-record (missing), ...".
func gist(r rule.Result) string {
	var parts []string
	if given(r) == nil {
		parts = append(parts, Escape(string(r.Protection)))
	}
	if r.Interrupted {
		parts = append(parts, "interrupted")
	}
	c := r.Counts
	c.Pass, c.Info = 0, 0
	if counts := tally(c); len(counts) > 0 {
		parts = append(parts, strings.Join(counts, " "))
	}
	s := strings.Join(parts, ", ")
	if names := problems(r.Findings); len(names) > 0 {
		s += ": " + strings.Join(names, ", ")
	}
	return s + inBrackets(r)
}

// problems are the names of the findings that ask something of the reader, each once.
func problems(all []rule.Finding) []string {
	var list []string
	for _, f := range all {
		if problem(f.Status) && !slices.Contains(list, name(f)) {
			list = append(list, name(f))
		}
	}
	return list
}
