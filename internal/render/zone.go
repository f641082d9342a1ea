package render

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"mtasts/internal/rule"
)

// longestString is how many bytes one character-string of a TXT record holds (RFC 1035 §3.3).
const longestString = 255

// zoneLines are records as lines of a master file, their fields in columns. A record to remove
// is a comment, so that the whole can still be pasted.
func zoneLines(records []rule.Record) []string {
	var name, ttl, kind int
	for _, r := range records {
		if r.Value != "" {
			name = max(name, columns(escapeZone(r.Name)))
			ttl = max(ttl, len(fmt.Sprint(r.TTL)))
			kind = max(kind, columns(escapeZone(r.Type)))
		}
	}
	lines := make([]string, len(records))
	for i, r := range records {
		lines[i] = zoneLine(r, name, ttl, kind)
	}
	return lines
}

func zoneLine(r rule.Record, name, ttl, kind int) string {
	owner, typ := escapeZone(r.Name), escapeZone(r.Type)
	if r.Value == "" {
		return "; remove: " + owner + "  " + typ
	}
	value := splitStrings(escapeZone(r.Value))
	return fmt.Sprintf("%-*s  %-*d  IN  %-*s  %s", name, owner, ttl, r.TTL, kind, typ, value)
}

// splitStrings breaks each quoted string of more than 255 bytes into several. A name server
// joins them again without a space (RFC 8461 §3.1, RFC 8460 §3), but loads no longer one.
func splitStrings(value string) string {
	var b strings.Builder
	quoted, size := false, 0
	for value != "" {
		text, n := character(value)
		switch {
		case text == `"`:
			quoted, size = !quoted, 0
		case quoted && size+n > longestString:
			b.WriteString(`" "`)
			size = n
		default:
			size += n
		}
		b.WriteString(text)
		value = value[len(text):]
	}
	return b.String()
}

// character is the first character of a master file's text, with its escape, and how many bytes
// it stands for: "\DDD" and "\X" are one each (RFC 1035 §5.1).
func character(s string) (text string, size int) {
	if s[0] != '\\' || len(s) == 1 {
		_, n := utf8.DecodeRuneInString(s)
		return s[:n], n
	}
	if len(s) >= 4 && digit(s[1]) && digit(s[2]) && digit(s[3]) {
		return s[:4], 1
	}
	_, n := utf8.DecodeRuneInString(s[1:])
	return s[:1+n], n
}

func digit(c byte) bool { return '0' <= c && c <= '9' }
