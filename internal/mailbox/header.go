package mailbox

import (
	"bytes"
	"net/url"
	"strings"
)

const valueMost = 8 << 10 // bytes of a header field that are kept

// header is what matters of the header of a mail or a part.
type header struct {
	contentType, encoding, disposition []byte
	report                             bool // it has the fields of RFC 8460 §5.3
}

// fieldName is the length of the name in a line that looks like a header field; 0 if it does not.
func fieldName(line []byte) int {
	for i, c := range line {
		switch {
		case c == ':':
			return i
		case c == ' ' || c == '\t':
			rest := bytes.TrimLeft(line[i:], " \t")
			if i > 0 && len(rest) > 0 && rest[0] == ':' {
				return i
			}
			return 0
		case i > 100 || !isNameChar(c):
			return 0
		}
	}
	return 0
}

// isNameChar tells which characters the names of real fields have: RFC 5322 §3.6.8 allows "{" and
// quotes too, but then a line of JSON looks like one.
func isNameChar(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || isDigit(c) || c == '-' || c == '_' || c == '.'
}

// field is where the value of a field goes; nil for one that does not matter.
func (h *header) field(name []byte) *[]byte {
	switch len(name) {
	case len("content-type"):
		if bytes.EqualFold(name, []byte("content-type")) {
			return &h.contentType
		}
	case len("content-transfer-encoding"):
		if bytes.EqualFold(name, []byte("content-transfer-encoding")) {
			return &h.encoding
		}
	case len("content-disposition"):
		if bytes.EqualFold(name, []byte("content-disposition")) {
			return &h.disposition
		}
	case len("tls-report-domain"):
		h.report = h.report || bytes.EqualFold(name, []byte("tls-report-domain"))
	case len("tls-report-submitter"):
		h.report = h.report || bytes.EqualFold(name, []byte("tls-report-submitter"))
	}
	return nil
}

// header reads a header up to the blank line behind it. Lines that are no fields are passed over, but
// if the first line is none there is no header, and the body begins with it.
func (m *mail) header() (h header, end stop, ended bool) {
	var into *[]byte
	for fields := 0; m.in.next(); {
		text := m.in.text
		if !m.in.first {
			continue // the rest of a long line
		}
		if m.in.blank {
			return h, stop{}, false
		}
		if end, ok := m.boundary(); ok {
			return h, end, true
		}
		if text[0] == ' ' || text[0] == '\t' {
			keep(into, text)
			continue
		}
		n := fieldName(text)
		if n == 0 {
			into = nil
			if fields == 0 && !bytes.HasPrefix(text, []byte(">From ")) && !bytes.HasPrefix(text, []byte("From ")) {
				m.in.again = true
				return h, stop{}, false
			}
			continue
		}
		fields++
		if into = h.field(text[:n]); into != nil && len(*into) > 0 {
			into = nil // of two, the first counts
		}
		keep(into, text[bytes.IndexByte(text, ':')+1:])
	}
	return h, stop{level: outside}, true
}

func keep(into *[]byte, text []byte) {
	if into != nil && len(*into)+len(text) <= valueMost {
		*into = append(*into, bytes.TrimRight(text, "\r\n")...)
	}
}

// value is a field such as Content-Type: a word in lower case, and parameters.
type value struct {
	word   string
	params map[string]string
}

// parseValue reads "word; name=value; name="quoted"" with whatever white space and quotes there are.
// The continuations and percent signs of RFC 2231 are undone; a character set is passed over.
func parseValue(text []byte) value {
	word, rest, _ := strings.Cut(string(text), ";")
	v := value{params: map[string]string{}}
	if words := strings.Fields(word); len(words) > 0 {
		v.word = strings.ToLower(words[0]) // behind it there may be a comment
	}
	for rest != "" {
		var key, val string
		key, val, rest = nextParam(rest)
		base, star, extended := strings.Cut(strings.ToLower(key), "*")
		if extended && (star == "" || strings.HasSuffix(star, "*")) {
			if parts := strings.SplitN(val, "'", 3); len(parts) == 3 {
				val = parts[2]
			}
			if plain, err := url.PathUnescape(val); err == nil {
				val = plain
			}
		}
		if old, twice := v.params[base]; base != "" && (!twice || extended) {
			v.params[base] = old + val
		}
	}
	return v
}

// nextParam cuts one parameter off the rest of a field.
func nextParam(text string) (key, val, rest string) {
	text = strings.TrimLeft(text, " \t;")
	end := strings.IndexAny(text, "=;")
	if end < 0 {
		return "", "", ""
	}
	key, text = strings.TrimSpace(text[:end]), text[end:]
	if text[0] == ';' {
		return "", "", text[1:]
	}
	text = strings.TrimLeft(text[1:], " \t")
	if strings.HasPrefix(text, `"`) {
		val, rest = quoted(text[1:])
		return key, val, rest
	}
	val, rest, _ = strings.Cut(text, ";")
	return key, strings.TrimSpace(val), rest
}

// quoted is the text up to the closing quote, which may be missing, and what is behind the next
// semicolon.
func quoted(text string) (val, rest string) {
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '"':
			_, rest, _ = strings.Cut(text[i+1:], ";")
			return b.String(), rest
		case c == '\\' && i+1 < len(text):
			i++
			b.WriteByte(text[i])
		default:
			b.WriteByte(c)
		}
	}
	return b.String(), ""
}
