package abnf

import "strings"

// Pick chooses a number from 0 to n-1.
type Pick func(n int) int

// Text is a text that fits the rule, chosen by pick. What may be repeated without end is so a few
// times.
func (r *Rule) Text(pick Pick) string {
	var b strings.Builder
	write(&b, r.tree, pick)
	return b.String()
}

func write(b *strings.Builder, n node, pick Pick) {
	switch n := n.(type) {
	case set:
		all := n.bytes()
		b.WriteByte(all[pick(len(all))])
	case concatenation:
		for _, part := range n {
			write(b, part, pick)
		}
	case alternation:
		write(b, n[pick(len(n))], pick)
	case repetition:
		for range times(n, pick) {
			write(b, n.of, pick)
		}
	}
}

// times is seldom the most, where faults of counting show, and else little more than the least.
func times(n repetition, pick Pick) int {
	const more, seldom = 3, 16
	switch {
	case n.max < 0:
		return n.min + pick(more)
	case pick(seldom) == 0:
		return n.max
	}
	return n.min + pick(min(n.max-n.min, more)+1)
}

// Almost changes a text in one to three small ways, so that it mostly fits no more: a piece is
// doubled, left out, moved, or takes the place of another, a letter changes its case, or one of the
// odd pieces is put in.
func Almost(text string, odd []string, pick Pick) string {
	const changes = 3
	for range 1 + pick(changes) {
		text = change(text, odd, pick)
	}
	return text
}

func change(text string, odd []string, pick Pick) string {
	const longest = 12
	from := pick(len(text) + 1)
	to := min(len(text), from+1+pick(longest))
	at := pick(len(text) + 1)
	switch before, piece, after := text[:from], text[from:to], text[to:]; pick(6) {
	case 0:
		return before + after
	case 1:
		return before + piece + piece + after
	case 2:
		return text[:at] + piece + text[at:]
	case 3:
		return before + swapCase(piece) + after
	case 4:
		return before + odd[pick(len(odd))] + after
	default:
		return text[:at] + odd[pick(len(odd))] + text[at:]
	}
}

func swapCase(s string) string {
	return strings.Map(func(r rune) rune {
		if r < 0x80 && isAlpha(byte(r)) {
			return r ^ 0x20
		}
		return r
	}, s)
}

// Neighbours gives every text in which one byte of this is left out, or any byte stands in its place
// or before it.
func Neighbours(text string, use func(string)) {
	for i := range len(text) + 1 {
		rest := text[min(i+1, len(text)):]
		use(text[:i] + rest)
		for c := range 256 {
			use(text[:i] + string([]byte{byte(c)}) + rest)
			use(text[:i] + string([]byte{byte(c)}) + text[i:])
		}
	}
}

// Small gives every text of at most so many of the pieces.
func Small(pieces []string, most int, use func(string)) {
	use("")
	if most == 0 {
		return
	}
	for _, p := range pieces {
		Small(pieces, most-1, func(rest string) { use(p + rest) })
	}
}
