package render

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Escape makes a string safe to show on one line of a terminal. Whatever a terminal could act on
// or a reader could not see is written out: control characters (C0 with ESC and newline, DEL,
// C1), bidi overrides and isolates, zero-width characters, spaces other than U+0020, private-use
// and unassigned code points, as \n, \r, \t, \xNN below U+0080, else \uNNNN or \UNNNNNNNN; and
// each byte that is not UTF-8 as \xNN. Everything else is left alone, backslashes too, so that
// what is escaped once is not changed again.
func Escape(s string) string { return escape(s, sourceForm) }

// escapeZone is Escape for a line of a master file: a byte that cannot be shown is \DDD, which
// means that byte to a name server too (RFC 1035 §5.1).
func escapeZone(s string) string { return escape(s, zoneForm) }

// escape replaces each rune or stray byte that may not be shown by what form makes of its bytes.
func escape(s string, form func(b *strings.Builder, raw string)) string {
	at := hidden(s)
	if at == len(s) {
		return s
	}
	var b strings.Builder
	for at < len(s) {
		_, n := utf8.DecodeRuneInString(s[at:])
		b.WriteString(s[:at])
		form(&b, s[at:at+n])
		s = s[at+n:]
		at = hidden(s)
	}
	b.WriteString(s)
	return b.String()
}

// hidden is the place of the first rune or byte that may not be shown, or len(s).
func hidden(s string) int {
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		if !shown(r, n) {
			return i
		}
		i += n
	}
	return len(s)
}

// shown tells whether a rune, n bytes long in its text, may be shown as it is.
func shown(r rune, n int) bool {
	if r < utf8.RuneSelf {
		return ' ' <= r && r <= '~'
	}
	if r == utf8.RuneError && n == 1 {
		return false
	}
	// Printable to Unicode and yet nothing to see: fillers, joiners, variation selectors.
	const blankBraille = '\u2800'
	return unicode.IsPrint(r) && r != blankBraille &&
		!unicode.In(r, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector)
}

func sourceForm(b *strings.Builder, raw string) {
	r, n := utf8.DecodeRuneInString(raw)
	switch {
	case r == '\n':
		b.WriteString(`\n`)
	case r == '\r':
		b.WriteString(`\r`)
	case r == '\t':
		b.WriteString(`\t`)
	case n == 1:
		fmt.Fprintf(b, `\x%02x`, raw[0])
	case r > 0xffff:
		fmt.Fprintf(b, `\U%08x`, r)
	default:
		fmt.Fprintf(b, `\u%04x`, r)
	}
}

func zoneForm(b *strings.Builder, raw string) {
	for i := range len(raw) {
		fmt.Fprintf(b, `\%03d`, raw[i])
	}
}

// escapeLines is Escape for a text of several lines; the newline that ends the last is no line.
func escapeLines(s string) []string {
	lines := strings.Split(strings.TrimSuffix(s, "\n"), "\n")
	for i, l := range lines {
		lines[i] = Escape(l)
	}
	return lines
}
