package tlsrpt

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// wsp is the white space of the grammar: SP and HTAB.
const wsp = " \t"

func isDigit(c byte) bool  { return '0' <= c && c <= '9' }
func isLetter(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }
func isAlnum(c byte) bool  { return isDigit(c) || isLetter(c) }
func isHex(c byte) bool    { return isDigit(c) || 'a' <= c|0x20 && c|0x20 <= 'f' }

// isName is tlsrpt-ext-name.
func isName(s string) bool {
	if s == "" || len(s) > 32 || !isAlnum(s[0]) {
		return false
	}
	return indexNot(s, func(c byte) bool { return isAlnum(c) || c == '_' || c == '-' || c == '.' }) < 0
}

// isExtension is one character of tlsrpt-ext-value.
func isExtension(c byte) bool { return 0x21 <= c && c <= 0x7e && c != '=' && c != ';' }

// isScheme is the scheme of RFC 3986 §3.1.
func isScheme(s string) bool {
	return s != "" && isLetter(s[0]) &&
		indexNot(s, func(c byte) bool { return isAlnum(c) || c == '+' || c == '-' || c == '.' }) < 0
}

// isURIChar is unreserved / gen-delims / sub-delims of RFC 3986 §2; "%" is judged with what follows
// it.
func isURIChar(c byte) bool {
	return isAlnum(c) || strings.IndexByte("-._~:/?#[]@!$&'()*+,;=", c) >= 0
}

// indexNot is the place of the first byte of s that is not ok, or -1.
func indexNot(s string, ok func(byte) bool) int {
	for i := range len(s) {
		if !ok(s[i]) {
			return i
		}
	}
	return -1
}

// charAt quotes the character of s at i, where a byte that is no UTF-8 is quoted as it is.
func charAt(s string, i int) string {
	_, size := utf8.DecodeRuneInString(s[i:])
	return fmt.Sprintf("%q", s[i:i+size])
}

// clip shortens s for a message.
func clip(s string) string {
	const most = 64
	if len(s) <= most {
		return s
	}
	return s[:most] + "..."
}
