// Package render turns what the rules found into bytes: text for a person at a terminal, one
// line a domain, JSON of schema 1; and the spinner that is shown while a check waits.
//
// Nothing is judged here and nothing is asked. What a renderer shows is in the [rule.Result],
// in the order in which it stands there. Much of it was said by servers that may be hostile, so
// every string goes through [Escape] (or its sister for master files, or the one for JSON)
// before it is written: no control character, bidi override or invisible character reaches a
// terminal.
//
// One file a format: text.go with finding.go and fix.go, quiet.go, json.go; the catalogue is told by
// explain.go and markdown.go, what TLS-RPT reports come to by reports.go and those of its name. This package alone knows github.com/fatih/color.
package render

import (
	"fmt"
	"io"
	"strings"
	"time"

	"mtasts/internal/rule"
)

// Item is what a run tells of one line of its list, or of one argument: the result of the domain,
// or why it is none. In JSON the result's fields stand beside the item's.
type Item struct {
	Index  int     `json:"index"`            // from 1: of the line in the list, else of the argument
	Source *Source `json:"source,omitempty"` // nil for an argument
	Input  string  `json:"input,omitempty"`  // the line, where it is no domain
	// Error is why the line is no domain. Then the result has a schema, a time and the status unknown alone.
	Error string `json:"error,omitempty"`
	rule.Result
}

// Source is the line that a domain was read from.
type Source struct {
	File string `json:"file"` // as the user named it; "-" is standard input
	Line int    `json:"line"`
}

// mishap is where and why a line is no domain: "domains.txt:3: ...".
func (e Item) mishap() string {
	if e.Source == nil {
		return e.Error
	}
	return e.place() + ": " + e.Error
}

// place is where a domain was read: "domains.txt:3"; what was typed, where it was an argument.
func (e Item) place() string {
	if e.Source == nil {
		return e.Input
	}
	file := e.Source.File
	if file == "-" {
		file = "standard input"
	}
	return fmt.Sprintf("%s:%d", file, e.Source.Line)
}

// About is what formats tell beside the results.
type About struct {
	Version string           // of mtasts
	Now     func() time.Time // the clock, for when the run began and ended
	Dir     string           // where the program runs: paths of files below it are told relative to it
	FailOn  string           // what is a failure: "fail", "warn", "unknown" or "never"
	// ExpiryDays is how long before their end certificates are a warning.
	ExpiryDays int
	// Spool makes room for what a format can write only at the end, so that none has to keep it in
	// memory.
	Spool func() (Spool, error)
}

// Spool is room outside of memory. WriteTo gives all that was written, from its beginning.
type Spool interface {
	io.Writer
	io.WriterTo
	io.Closer
}

// Writer writes results in one format, each as soon as it is there.
type Writer interface {
	// Result writes one item. It returns the first error of writing, now and ever after.
	Result(e Item) error
	// Close writes what the format ends with. The stream beneath stays open.
	Close() error
}

// Style is how text is to look.
type Style struct {
	Color   bool // see WantColor
	Width   int  // of the terminal in columns; 0 means 80, and less than 40 is taken as 40
	Verbose bool // passes in full, and why each problem matters
}

const (
	defaultWidth = 80
	leastWidth   = 40
	// mostWidth caps prose on a wide terminal: the eye loses its way back to the next line. Blocks
	// to paste are as wide as they are.
	mostWidth = 100
)

func (s Style) columns() int {
	if s.Width == 0 {
		return defaultWidth
	}
	return min(max(s.Width, leastWidth), mostWidth)
}

// sink writes to a stream and keeps the first error.
type sink struct {
	out io.Writer
	err error
}

func (s *sink) put(text string) error {
	if s.err == nil {
		_, s.err = io.WriteString(s.out, text)
	}
	return s.err
}

// worstFirst is the order in which statuses are counted out to the user.
func worstFirst() []rule.Status {
	return []rule.Status{rule.Fail, rule.Unknown, rule.Warn, rule.Pass, rule.Info}
}

func number(c rule.Counts, s rule.Status) int {
	switch s {
	case rule.Fail:
		return c.Fail
	case rule.Unknown:
		return c.Unknown
	case rule.Warn:
		return c.Warn
	case rule.Pass:
		return c.Pass
	default:
		return c.Info
	}
}

// tally is "2 fail", "1 warn" and so on: the statuses that occur, worst first.
func tally(c rule.Counts) []string {
	var list []string
	for _, s := range worstFirst() {
		if n := number(c, s); n > 0 {
			list = append(list, fmt.Sprintf("%d %s", n, s))
		}
	}
	return list
}

// symbol is the mark of a status; its word always stands beside it.
func symbol(s rule.Status) string {
	switch s {
	case rule.Pass:
		return "✓"
	case rule.Info:
		return "i"
	case rule.Warn:
		return "!"
	case rule.Fail:
		return "✗"
	default:
		return "?"
	}
}

// problem tells that a status asks something of the reader.
func problem(s rule.Status) bool { return s != rule.Pass && s != rule.Info }

// name is a finding's rule, with its reason where there is one: "sts-record (missing)".
func name(f rule.Finding) string {
	if f.Reason == "" {
		return Escape(f.Rule)
	}
	return Escape(f.Rule + " (" + f.Reason + ")")
}

func plural(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return strings.ReplaceAll(many, "#", fmt.Sprint(n))
}
