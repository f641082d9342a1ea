package mailbox

import (
	"bytes"
	"encoding/base64"
	"slices"
	"strings"
)

// encoding is a Content-Transfer-Encoding (RFC 2045 §6).
type encoding int

const (
	identity encoding = iota
	base64Encoding
	quotedPrintable
	strange
)

func encodingOf(field string) encoding {
	word, _, _ := strings.Cut(field, ";")
	switch strings.ToLower(strings.Trim(word, " \t\"")) {
	case "", "7bit", "8bit", "binary", "7-bit", "8-bit":
		return identity
	case "base64":
		return base64Encoding
	case "quoted-printable":
		return quotedPrintable
	}
	return strange
}

// part is a body that is being decoded. Its first bytes tell whether it may hold a report; if not,
// nothing more of it is kept.
type part struct {
	encoding encoding
	limit    int64
	data     []byte // decoded
	kind     kind   // object, gzipped, zipped, wide; unknown if none of them
	begun    bool   // something was in it
	sniffed  bool
	mail     bool // a mail within, of any content
	large    bool

	bits   uint32 // base64: of the group that is not whole yet
	n      int    // base64: characters of it
	escape []byte // quoted-printable: "=" and what follows it so far
}

// begin makes ready for another body.
func (p *part) begin(e encoding, limit int64) {
	*p = part{encoding: e, limit: limit, data: p.data[:0], escape: p.escape[:0]}
}

// done tells that nothing more of the body matters.
func (p *part) done() bool {
	return p.large || p.encoding == strange || p.sniffed && (p.kind == unknown || p.kind == zipped || p.kind == wide)
}

// write adds a line, or a piece of one.
func (p *part) write(text []byte) {
	if p.done() {
		return
	}
	if !p.begun {
		text = trimFront(text)
		if len(text) == 0 {
			return
		}
		p.begun = true
		p.relabel(text)
	}
	switch p.encoding {
	case base64Encoding:
		p.base64(text)
	case quotedPrintable:
		p.quoted(text)
	default:
		p.data = append(p.data, text...)
	}
	p.sniff(false)
	p.large = int64(len(p.data)) > p.limit
}

// relabel mends an encoding that the first characters belie: JSON is no base64, and "H4sI" is how
// gzip begins in base64.
func (p *part) relabel(text []byte) {
	switch {
	case p.encoding == base64Encoding && text[0] == '{':
		p.encoding = identity
	case p.encoding == identity && bytes.HasPrefix(text, []byte("H4sI")):
		p.encoding = base64Encoding
	}
}

// sniffLeast is how many bytes tell what a body is.
const sniffLeast = 4

// sniff looks at the first bytes that are decoded.
func (p *part) sniff(last bool) {
	if p.sniffed || len(p.data) < sniffLeast && !last {
		return
	}
	head := trimFront(p.data)
	switch {
	case len(head) == 0 && !last:
		return
	case p.mail:
		p.kind = object
	case isZip(head):
		p.kind = zipped
	case isWide(head):
		p.kind = wide
	case len(head) > 0 && (head[0] == '{' || head[0] == '['):
		p.kind = object
	case isGzip(head):
		p.kind = gzipped
	}
	p.sniffed = true
}

// end decodes what is left over.
func (p *part) end() {
	p.pad()
	p.data = append(p.data, p.escape...)
	p.escape = p.escape[:0]
	p.sniff(true)
	p.large = p.large || int64(len(p.data)) > p.limit
}

// trimFront takes a byte order mark and blank characters off.
func trimFront(b []byte) []byte {
	return bytes.TrimLeft(bytes.TrimPrefix(b, []byte(byteOrderMark)), " \t\r\n")
}

// base64 decodes a piece. Whole lines go the fast way; whatever else there is, characters of no
// meaning are passed over, as RFC 2045 §6.8 asks for.
func (p *part) base64(text []byte) {
	text = bytes.TrimRight(text, " \t\r\n")
	if p.n == 0 && len(text)%4 == 0 {
		p.data = slices.Grow(p.data, len(text))
		to := p.data[len(p.data):cap(p.data)]
		if n, err := base64.StdEncoding.Decode(to, text); err == nil {
			p.data = p.data[:len(p.data)+n]
			return
		}
	}
	for _, c := range text {
		if c == '=' {
			p.pad()
		} else if v := sextet(c); v >= 0 {
			p.bits, p.n = p.bits<<6|uint32(v), p.n+1
		}
		if p.n == 4 {
			p.data = append(p.data, byte(p.bits>>16), byte(p.bits>>8), byte(p.bits))
			p.bits, p.n = 0, 0
		}
	}
}

// pad ends a group that is not whole, with or without its "=".
func (p *part) pad() {
	switch p.n {
	case 2:
		p.data = append(p.data, byte(p.bits>>4))
	case 3:
		p.data = append(p.data, byte(p.bits>>10), byte(p.bits>>2))
	}
	p.bits, p.n = 0, 0
}

// sextet is the value of a character of base64, in either alphabet of RFC 4648; -1 of any other.
func sextet(c byte) int {
	switch {
	case c >= 'A' && c <= 'Z':
		return int(c - 'A')
	case c >= 'a' && c <= 'z':
		return int(c-'a') + 26
	case isDigit(c):
		return int(c-'0') + 52
	case c == '+' || c == '-':
		return 62
	case c == '/' || c == '_':
		return 63
	}
	return -1
}

// quoted decodes a piece of quoted-printable. What is no escape stands for itself.
func (p *part) quoted(text []byte) {
	for _, c := range text {
		switch {
		case len(p.escape) == 0 && c == '=':
			p.escape = append(p.escape, c)
		case len(p.escape) == 0:
			p.data = append(p.data, c)
		case c == '\n':
			p.escape = p.escape[:0] // a soft line break
		case isBlank(c) && len(p.escape) == 1:
			// White space between "=" and the end of the line.
		default:
			p.escaped(c)
		}
	}
}

// escaped takes the next character behind "=".
func (p *part) escaped(c byte) {
	p.escape = append(p.escape, c)
	low := hexDigit(c)
	if low >= 0 && len(p.escape) == 2 {
		return
	}
	if low >= 0 {
		p.data = append(p.data, byte(hexDigit(p.escape[1])<<4|low))
	} else {
		p.data = append(p.data, p.escape...)
	}
	p.escape = p.escape[:0]
}

func hexDigit(c byte) int {
	switch {
	case isDigit(c):
		return int(c - '0')
	case c >= 'A' && c <= 'F':
		return int(c-'A') + 10
	case c >= 'a' && c <= 'f':
		return int(c-'a') + 10
	}
	return -1
}
