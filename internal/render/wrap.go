package render

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/fatih/color"
)

// span is text in one colour.
type span struct {
	text string
	tint *color.Color // nil: as it is
}

func (s span) paint() string {
	if s.tint == nil || s.text == "" {
		return s.text
	}
	return s.tint.Sprint(s.text)
}

// words cuts text, escaped already, at its spaces. Two spaces in a row leave an empty word, so
// that filling shows them: what a server said is not to be tidied.
func words(tint *color.Color, text string) []span {
	var list []span
	for w := range strings.SplitSeq(text, " ") {
		list = append(list, span{w, tint})
	}
	return list
}

// filler lays words into lines of a width.
type filler struct {
	out   *strings.Builder
	width int
	hang  span
	col   int  // columns used on this line
	gap   int  // spaces owed before the next word
	fresh bool // no word on this line yet
	run   span // words in one colour, not yet written
}

// fill writes words as a paragraph that begins with lead and goes on with hang on each further
// line. A word wider than the line stands on a line of its own, whole.
func fill(out *strings.Builder, width int, lead, hang span, list []span) {
	f := filler{out: out, width: width, hang: hang}
	f.open(lead)
	for i, w := range list {
		if i > 0 {
			f.gap++
		}
		if w.text != "" {
			f.word(w)
		}
	}
	f.end()
}

func (f *filler) open(prefix span) {
	f.out.WriteString(prefix.paint())
	f.col, f.gap, f.fresh = columns(prefix.text), 0, true
}

func (f *filler) word(w span) {
	n := columns(w.text)
	if f.col+f.gap+n > f.width {
		f.turn()
	}
	f.col += f.gap + n
	f.add(strings.Repeat(" ", f.gap), w)
	f.gap, f.fresh = 0, false
}

// add puts a word to the others of its colour, or begins with it anew.
func (f *filler) add(space string, w span) {
	if f.run.tint == w.tint && f.run.text != "" {
		f.run.text += space + w.text
		return
	}
	f.out.WriteString(f.run.paint() + space)
	f.run = w
}

// turn goes to a new line, unless this one is new itself.
func (f *filler) turn() {
	f.gap = 0
	if !f.fresh {
		f.end()
		f.open(f.hang)
	}
}

func (f *filler) end() {
	f.out.WriteString(f.run.paint() + "\n")
	f.run = span{}
}

// wide holds the blocks whose characters take two columns (East Asian Width W and F, roughly).
var wide = &unicode.RangeTable{
	R16: []unicode.Range16{
		{0x1100, 0x115f, 1},
		{0x2e80, 0x303e, 1},
		{0x3041, 0xa4cf, 1},
		{0xa960, 0xa97c, 1},
		{0xac00, 0xd7a3, 1},
		{0xf900, 0xfaff, 1},
		{0xfe30, 0xfe6f, 1},
		{0xff01, 0xff60, 1},
		{0xffe0, 0xffe6, 1},
	},
	R32: []unicode.Range32{
		{0x16fe0, 0x18cff, 1},
		{0x1b000, 0x1b2ff, 1},
		{0x1f300, 0x1f64f, 1},
		{0x1f680, 0x1f6ff, 1},
		{0x1f900, 0x1faff, 1},
		{0x20000, 0x3fffd, 1},
	},
}

// columns is how many columns text, escaped already, takes on a terminal.
func columns(text string) int {
	n := 0
	for _, r := range text {
		switch {
		case r < utf8.RuneSelf:
			n++
		case unicode.In(r, unicode.Mn, unicode.Me):
		case unicode.Is(wide, r):
			n += 2
		default:
			n++
		}
	}
	return n
}
