package reports

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// maxDepth is how deep values may stand in each other; a report needs seven.
const maxDepth = 100

// cursor walks over JSON (RFC 8259) once, without a tree of it. It takes what encoding/json takes, and
// bare control characters in texts, since the samples of RFC 8460 have line breaks in theirs. The first
// error ends the walk: every loop over members stops at it.
type cursor struct {
	data  []byte
	at    int
	depth int
	err   error
	notes notes
}

// fail keeps the first error.
func (c *cursor) fail(err error) {
	if c.err == nil {
		c.err = err
	}
}

// unexpected complains of the byte at the cursor, or of the end.
func (c *cursor) unexpected() {
	if c.at >= len(c.data) {
		c.fail(fmt.Errorf("its JSON ends in the middle at byte %d", len(c.data)))
		return
	}
	c.fail(fmt.Errorf("it is no JSON: there is %q at byte %d", rune(c.data[c.at]), c.at))
}

// space skips what may stand between values.
func (c *cursor) space() {
	for c.at < len(c.data) && isSpace(c.data[c.at]) {
		c.at++
	}
}

func isSpace(b byte) bool { return b == ' ' || b == '\n' || b == '\t' || b == '\r' }

// peek is the first byte of the value at the cursor, and 0 after an error.
func (c *cursor) peek() byte {
	if c.err != nil {
		return 0
	}
	if c.at >= len(c.data) {
		c.unexpected()
		return 0
	}
	return c.data[c.at]
}

// open enters an object or an array, of which peek told the first byte, and tells whether there is
// anything in it: for more := c.open('}'); more; more = c.more('}').
func (c *cursor) open(closing byte) bool {
	c.at++
	if c.depth++; c.depth > maxDepth {
		c.fail(fmt.Errorf("it is nested deeper than %d", maxDepth))
		return false
	}
	c.space()
	return c.peek() != 0 && !c.leave(closing)
}

// more goes on to the next member and tells whether there is one.
func (c *cursor) more(closing byte) bool {
	c.space()
	if c.peek() == 0 || c.leave(closing) {
		return false
	}
	if c.data[c.at] != ',' {
		c.unexpected()
		return false
	}
	c.at++
	c.space()
	return c.peek() != 0
}

// leave goes behind the closing bracket where it stands at the cursor.
func (c *cursor) leave(closing byte) bool {
	if c.data[c.at] != closing {
		return false
	}
	c.at++
	c.depth--
	return true
}

// name reads the name of a member, and goes to its value.
func (c *cursor) name() []byte {
	if c.peek() != '"' {
		c.unexpected()
		return nil
	}
	name := c.text()
	c.space()
	if c.peek() != ':' {
		c.unexpected()
		return nil
	}
	c.at++
	c.space()
	return name
}

// text reads the string at the cursor. What it returns is a part of the input where that holds neither
// escapes nor anything to mend.
func (c *cursor) text() []byte {
	c.at++
	start, plain := c.at, true
	for ; c.at < len(c.data); c.at++ {
		switch b := c.data[c.at]; {
		case b == '"':
			c.at++
			if raw := c.data[start : c.at-1]; plain || !c.needsWork(raw) {
				return raw
			}
			return c.unquote(start, c.at-1)
		case b == '\\':
			plain = false
			c.at++ // a quote behind it does not end the string
		case b < ' ' || b >= utf8.RuneSelf:
			plain = false
		}
	}
	c.at = len(c.data)
	c.unexpected()
	return nil
}

// needsWork tells that raw holds escapes or broken UTF-8.
func (c *cursor) needsWork(raw []byte) bool {
	broken := !utf8.Valid(raw)
	if broken {
		c.notes.add(noteUTF8)
	}
	escaped := false
	for _, b := range raw {
		escaped = escaped || b == '\\'
		if b < ' ' {
			c.notes.add(noteControl)
		}
	}
	return broken || escaped
}

// unquote resolves the escapes of the string between two places, and makes it UTF-8, as encoding/json
// does.
func (c *cursor) unquote(from, to int) []byte {
	out := make([]byte, 0, to-from)
	for at := from; at < to; {
		b := c.data[at]
		if b != '\\' {
			r, size := utf8.DecodeRune(c.data[at:to])
			out = utf8.AppendRune(out, r)
			at += size
			continue
		}
		r, size := escaped(c.data[at:to])
		if size == 0 {
			c.fail(fmt.Errorf("it is no JSON: there is an unknown escape at byte %d", at))
			return nil
		}
		out = utf8.AppendRune(out, r)
		at += size
	}
	return out
}

// escaped reads one escape, a pair of surrogates included. Size 0 is none.
func escaped(s []byte) (r rune, size int) {
	if len(s) < 2 {
		return 0, 0
	}
	if i := strings.IndexByte(`"\/bfnrt`, s[1]); i >= 0 {
		return rune("\"\\/\b\f\n\r\t"[i]), 2
	}
	first, ok := codeUnit(s)
	if !ok {
		return 0, 0
	}
	if !utf16.IsSurrogate(first) {
		return first, 6
	}
	if second, ok := codeUnit(s[6:]); ok {
		if pair := utf16.DecodeRune(first, second); pair != unicode.ReplacementChar {
			return pair, 12
		}
	}
	return unicode.ReplacementChar, 6
}

// codeUnit reads \u and four hexadecimal digits.
func codeUnit(s []byte) (rune, bool) {
	if len(s) < 6 || s[0] != '\\' || s[1] != 'u' {
		return 0, false
	}
	var r rune
	for _, b := range s[2:6] {
		digit := strings.IndexByte("0123456789abcdef", lower(b))
		if digit < 0 {
			return 0, false
		}
		r = r<<4 | rune(digit)
	}
	return r, true
}

func lower(b byte) byte {
	if 'A' <= b && b <= 'Z' {
		return b + 'a' - 'A'
	}
	return b
}

// number reads the number at the cursor, as it is written.
func (c *cursor) number() []byte {
	start := c.at
	if c.is('-') {
		c.at++
	}
	if c.is('0') {
		c.at++
	} else {
		c.digits()
	}
	if c.is('.') {
		c.at++
		c.digits()
	}
	if c.is('e') || c.is('E') {
		c.at++
		if c.is('+') || c.is('-') {
			c.at++
		}
		c.digits()
	}
	return c.data[start:c.at]
}

// is tells that the byte stands at the cursor.
func (c *cursor) is(b byte) bool { return c.at < len(c.data) && c.data[c.at] == b }

// digits skips one digit or more.
func (c *cursor) digits() {
	start := c.at
	for c.at < len(c.data) && c.data[c.at]-'0' <= 9 {
		c.at++
	}
	if c.at == start {
		c.unexpected()
	}
}

// literal skips true, false or null.
func (c *cursor) literal(word string) {
	for i := range len(word) {
		if !c.is(word[i]) {
			c.unexpected()
			return
		}
		c.at++
	}
}

// skip goes behind the value at the cursor, whatever it is.
func (c *cursor) skip() {
	switch c.peek() {
	case 0:
		c.unexpected()
	case '{':
		for more := c.open('}'); more; more = c.more('}') {
			c.name()
			c.skip()
		}
	case '[':
		for more := c.open(']'); more; more = c.more(']') {
			c.skip()
		}
	default:
		c.scalar()
	}
}

// scalar reads a value that is neither object nor array: a string without its quotes, anything else as
// it is written.
func (c *cursor) scalar() []byte {
	start := c.at
	switch b := c.peek(); {
	case b == '"':
		return c.text()
	case b == 't':
		c.literal("true")
	case b == 'f':
		c.literal("false")
	case b == 'n':
		c.literal("null")
	case b == '-' || b-'0' <= 9:
		c.number()
	default:
		c.unexpected()
	}
	return c.data[start:c.at]
}

// start goes to the first value: behind white space and a byte order mark.
func (c *cursor) start() {
	c.space()
	if strings.HasPrefix(string(c.data[c.at:min(c.at+3, len(c.data))]), "\ufeff") {
		c.notes.add(noteMark)
		c.at += 3
		c.space()
	}
	if c.at >= len(c.data) {
		c.fail(errors.New("it is empty"))
	}
}
