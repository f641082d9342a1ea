package field

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"mtasts/internal/words"
)

// WSP is the white space of the grammars: SP and HTAB.
const WSP = " \t"

// IsDigit is DIGIT of RFC 5234.
func IsDigit(c byte) bool { return '0' <= c && c <= '9' }

// IsLetter is ALPHA of RFC 5234.
func IsLetter(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }

// IsAlnum is ALPHA / DIGIT.
func IsAlnum(c byte) bool { return IsDigit(c) || IsLetter(c) }

// longestName is the most characters that a field's name can have.
const longestName = 32

// IsName is sts-ext-name, sts-policy-ext-name and tlsrpt-ext-name: a letter or digit, then up to 31
// letters, digits, "_", "-" and ".".
func IsName(s string) bool {
	if s == "" || len(s) > longestName || !IsAlnum(s[0]) {
		return false
	}
	return IndexNot(s, func(c byte) bool { return IsAlnum(c) || c == '_' || c == '-' || c == '.' }) < 0
}

// IsValue is one character of sts-ext-value and tlsrpt-ext-value: printable ASCII without space, "="
// and ";".
func IsValue(c byte) bool { return 0x21 <= c && c <= 0x7e && c != '=' && c != ';' }

// IndexNot is the place of the first byte of s that is not ok, or -1.
func IndexNot(s string, ok func(byte) bool) int {
	for i := range len(s) {
		if !ok(s[i]) {
			return i
		}
	}
	return -1
}

// Keep drops from s all bytes that are not ok, and what is not ASCII.
func Keep(s string, ok func(byte) bool) string {
	return strings.Map(func(r rune) rune {
		if r < utf8.RuneSelf && ok(byte(r)) {
			return r
		}
		return -1
	}, s)
}

// QuoteAt quotes the character of s at i, where a byte that is no UTF-8 is quoted as it is.
func QuoteAt(s string, i int) string {
	_, size := utf8.DecodeRuneInString(s[i:])
	return strconv.Quote(s[i : i+size])
}

// Clip shortens a part of the input for a message.
func Clip(s string) string { return words.Clip(s, 64) }
