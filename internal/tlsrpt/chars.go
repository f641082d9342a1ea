package tlsrpt

import (
	"strings"

	"mtasts/internal/field"
)

func isHex(c byte) bool { return field.IsDigit(c) || 'a' <= c|0x20 && c|0x20 <= 'f' }

// isScheme is the scheme of RFC 3986 §3.1.
func isScheme(s string) bool {
	return s != "" && field.IsLetter(s[0]) &&
		field.IndexNot(s, func(c byte) bool { return field.IsAlnum(c) || c == '+' || c == '-' || c == '.' }) < 0
}

// isURIChar is unreserved / gen-delims / sub-delims of RFC 3986 §2; "%" is judged with what follows
// it.
func isURIChar(c byte) bool {
	return field.IsAlnum(c) || strings.IndexByte("-._~:/?#[]@!$&'()*+,;=", c) >= 0
}
