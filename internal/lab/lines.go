package lab

import (
	"errors"
	"fmt"
	"strings"
)

// reader walks through the lines of a script, block by block.
type reader struct {
	lines []string
	pos   int
}

// line is one line that counts: its number, its indentation, the rest without blanks at the end.
type line struct {
	number int
	indent string
	text   string
}

// level is a block being read: its lines are indented deeper than those of its parent, and alike.
type level struct {
	parent string
	indent string
	known  bool // the first line has been seen, so indent is set
}

func newReader(script string) *reader {
	lines := strings.Split(script, "\n")
	for i, l := range lines {
		lines[i] = strings.TrimSuffix(l, "\r")
	}
	return &reader{lines: lines}
}

// below is the level of the block under a line.
func (l line) below() *level { return &level{parent: l.indent} }

// misplaced is an error that knows its line.
type misplaced struct{ error }

func (l line) errorf(format string, args ...any) error {
	return misplaced{fmt.Errorf("line %d: "+format, append([]any{l.number}, args...)...)}
}

// locate gives an error the line's number unless it has one.
func (l line) locate(err error) error {
	if errors.As(err, &misplaced{}) {
		return err
	}
	return l.errorf("%w", err)
}

// cut splits a line into its first word and the rest.
func (l line) cut() (word, rest string) { return cutWord(l.text) }

func cutWord(s string) (word, rest string) {
	if i := strings.IndexAny(s, " \t"); i >= 0 {
		return s[:i], strings.TrimSpace(s[i:])
	}
	return s, ""
}

// at is the line at a position.
func (r *reader) at(pos int) line {
	rest := strings.TrimLeft(r.lines[pos], " \t")
	indent := r.lines[pos][:len(r.lines[pos])-len(rest)]
	return line{pos + 1, indent, strings.TrimRight(rest, " \t")}
}

// next is the next line of a block, blank lines and comments skipped; false at the block's end.
func (r *reader) next(in *level) (line, bool, error) {
	for ; r.pos < len(r.lines); r.pos++ {
		l := r.at(r.pos)
		if l.text == "" || strings.HasPrefix(l.text, "#") {
			continue
		}
		ok, err := in.holds(l)
		if ok {
			r.pos++
		}
		return l, ok, err
	}
	return line{}, false, nil
}

// holds tells whether a line belongs to the block; one that fits nowhere is an error.
func (in *level) holds(l line) (bool, error) {
	if !in.known {
		if !deeper(l.indent, in.parent) {
			return false, nil
		}
		in.indent, in.known = l.indent, true
	}
	switch {
	case l.indent == in.indent:
		return true, nil
	case in.indent != "" && strings.HasPrefix(in.parent, l.indent):
		return false, nil
	}
	return false, l.errorf("the indentation fits no block")
}

func deeper(indent, parent string) bool {
	return len(indent) > len(parent) && strings.HasPrefix(indent, parent)
}

// text is the block below a line as text: the indentation of its first line removed from each,
// blank lines at the end left out.
func (r *reader) text(above line) ([]byte, error) {
	var b strings.Builder
	blanks, indent := 0, ""
	for ; r.pos < len(r.lines); r.pos++ {
		l := r.at(r.pos)
		if l.text == "" {
			blanks++
			continue
		}
		if !deeper(l.indent, above.indent) {
			break
		}
		if indent == "" {
			indent = l.indent
		}
		rest, ok := strings.CutPrefix(r.lines[r.pos], indent)
		if !ok {
			return nil, l.errorf("the indentation is less than the block's")
		}
		b.WriteString(strings.Repeat("\n", blanks) + rest + "\n")
		blanks = 0
	}
	if indent == "" {
		return nil, above.errorf("a block of text is missing")
	}
	return []byte(b.String()), nil
}
