package sts

import "strings"

// wsp is the white space of both grammars: SP and HTAB.
const wsp = " \t"

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

// isAlnum is ALPHA / DIGIT.
func isAlnum(c byte) bool {
	return isDigit(c) || 'a' <= c|0x20 && c|0x20 <= 'z'
}

// isName is sts-ext-name and sts-policy-ext-name, which are the same: a letter or digit, then up to
// 31 letters, digits, "_", "-" and ".".
func isName(s string) bool {
	if s == "" || len(s) > 32 || !isAlnum(s[0]) {
		return false
	}
	return indexNot(s, func(c byte) bool { return isAlnum(c) || c == '_' || c == '-' || c == '.' }) < 0
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

// keep drops from s all bytes that are not ok.
func keep(s string, ok func(byte) bool) string {
	return strings.Map(func(r rune) rune {
		if r < 0x80 && ok(byte(r)) {
			return r
		}
		return -1
	}, s)
}

// oneEdit reports whether a becomes b by at most one letter put in, left out or changed, or one
// pair of neighbours swapped.
func oneEdit(a, b string) bool {
	for a != "" && b != "" && a[0] == b[0] {
		a, b = a[1:], b[1:]
	}
	for a != "" && b != "" && a[len(a)-1] == b[len(b)-1] {
		a, b = a[:len(a)-1], b[:len(b)-1]
	}
	if len(a) == 2 && len(b) == 2 {
		return a[0] == b[1] && a[1] == b[0]
	}
	return len(a) <= 1 && len(b) <= 1
}

// clip shortens s for a message.
func clip(s string) string {
	const most = 64
	if len(s) <= most {
		return s
	}
	return s[:most] + "..."
}
