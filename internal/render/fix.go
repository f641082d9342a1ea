package render

import (
	"fmt"
	"strings"

	"mtasts/internal/rule"
)

// piece is one thing that a fix gives to paste.
type piece struct {
	noun  string // "the file": what to call it where it stands above already
	title string
	lines []string
	above bool // it stands above: an earlier finding of this domain gave it too
}

// fix says what to do and gives what to paste: the file before the records, for a new id must
// not be seen before the policy it stands for (RFC 8461 §8.1). One edit often mends several
// findings, and what stands above already is only named.
func (p *page) fix(fix *rule.Fix) {
	if fix == nil {
		return
	}
	text, list := p.mending(fix)
	p.prose("Fix:", text)
	for _, part := range list {
		if part.above {
			p.para(body, body, words(nil, part.andAbove()))
			continue
		}
		p.block(part.title, part.lines)
	}
}

// mending is the text of a fix, with what stands above named where it begins with that, and the
// pieces that follow.
func (p *page) mending(fix *rule.Fix) (string, []piece) {
	list := p.pieces(fix)
	var above []piece
	for len(list) > 0 && list[0].above {
		above, list = append(above, list[0]), list[1:]
	}
	return recall(fix.Text, above, len(list) > 0), list
}

func (part piece) andAbove() string { return "and " + part.noun + " shown above." }

// recall is the text of a fix that begins with pieces which stand above. More tells that others
// follow.
func recall(text string, above []piece, more bool) string {
	if len(above) == 0 {
		return text
	}
	nouns := make([]string, len(above))
	for i, part := range above {
		nouns[i] = part.noun
	}
	what := strings.Join(nouns, " and ") + " shown above"
	switch open := strings.HasSuffix(text, ":"); {
	case open && more:
		return text + " " + what + ", and"
	case open:
		return text + " " + what + "."
	case more:
		return strings.TrimPrefix(text+" It takes "+what+", and:", " ")
	}
	verb := plural(len(above), "mends", "mend")
	if strings.HasSuffix(nouns[0], "s") {
		verb = "mend"
	}
	return strings.TrimPrefix(text+" T"+what[1:]+" "+verb+" this too.", " ")
}

// pieces are the parts of a fix in the order in which they are to be done.
func (p *page) pieces(fix *rule.Fix) []piece {
	var list []piece
	if f := fix.File; f != nil {
		list = append(list, piece{
			noun: "the file", title: f.Path, lines: escapeLines(f.Content),
			above: p.seen("file", f.Path, f.Content),
		})
	}
	list = append(list, p.records(fix.Records)...)
	if len(fix.Lines) > 0 {
		all := strings.Join(fix.Lines, "\n")
		list = append(list, piece{noun: "the lines", lines: escapeLines(all), above: p.seen("lines", all)})
	}
	return list
}

// records are those yet to be shown, in one block, and those shown already.
func (p *page) records(all []rule.Record) []piece {
	var fresh, above []rule.Record
	for _, r := range all {
		if p.seen("record", r.Name, r.Type, r.Value, fmt.Sprint(r.TTL)) {
			above = append(above, r)
		} else {
			fresh = append(fresh, r)
		}
	}
	var list []piece
	if len(fresh) > 0 {
		list = append(list, piece{lines: zoneLines(fresh)})
	}
	if len(above) > 0 {
		list = append(list, piece{noun: plural(len(above), "the record", "the records"), above: true})
	}
	return list
}

// seen tells whether this was asked before on this page.
func (p *page) seen(what ...string) bool {
	key := strings.Join(what, "\x00")
	known := p.given[key]
	if p.given == nil {
		p.given = map[string]bool{}
	}
	p.given[key] = true
	return known
}

// block writes lines to be pasted: from the first column, as they are, between blank lines.
func (p *page) block(title string, lines []string) {
	p.blank()
	if title != "" {
		p.para(body, body, words(p.tint.dim, said(title)+":"))
		p.blank()
	}
	for _, line := range lines {
		p.line(span{line, p.tint.paste})
	}
	p.blank()
}
