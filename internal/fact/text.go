package fact

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"time"
	"unicode/utf8"
)

// Text is bytes from the network. Its JSON form is a string where the bytes are UTF-8, else
// {"base64": "..."}, so that facts replay byte for byte.
type Text string

type binary struct {
	Base64 []byte `json:"base64"`
}

// MarshalJSON implements json.Marshaler. It leaves it to the encoder whether <, > and & are escaped.
func (t Text) MarshalJSON() ([]byte, error) {
	if !utf8.ValidString(string(t)) {
		return json.Marshal(binary{[]byte(t)})
	}
	return quoted(string(t)), nil
}

// Size is how many octets its JSON form has at most, whatever the encoder escapes: a control character takes
// six.
func (t Text) Size() int {
	if !utf8.ValidString(string(t)) {
		return len(`{"base64":""}`) + base64.StdEncoding.EncodedLen(len(t))
	}
	n := len(`""`)
	for i := range len(t) {
		switch c := t[i]; {
		case c < ' ', c == '<', c == '>', c == '&', c == 0xe2: // the last begins U+2028, among others
			n += len(`\u0000`)
		case c == '"', c == '\\':
			n += len(`\"`)
		default:
			n++
		}
	}
	return n
}

// quoted is a text in UTF-8 as a JSON string. A result has many, and most need no escape: those cost a
// copy.
func quoted(s string) []byte {
	b := append(make([]byte, 0, len(s)+16), '"')
	done := 0 // bytes of s
	for i := range len(s) {
		c := s[i]
		if c >= ' ' && c != '"' && c != '\\' {
			continue
		}
		b = append(append(b, s[done:i]...), '\\')
		switch c {
		case '"', '\\':
			b = append(b, c)
		case '\n':
			b = append(b, 'n')
		case '\r':
			b = append(b, 'r')
		case '\t':
			b = append(b, 't')
		default:
			b = fmt.Appendf(b, "u%04x", c)
		}
		done = i + 1
	}
	return append(append(b, s[done:]...), '"')
}

// UnmarshalJSON implements json.Unmarshaler.
func (t *Text) UnmarshalJSON(data []byte) error {
	if len(data) > 0 && data[0] == '{' {
		var b binary
		err := json.Unmarshal(data, &b)
		*t = Text(b.Base64)
		return err
	}
	var s string
	err := json.Unmarshal(data, &s)
	*t = Text(s)
	return err
}

// Hex is bytes whose JSON form is hexadecimal, as master files have them.
type Hex []byte

// MarshalText implements encoding.TextMarshaler.
func (h Hex) MarshalText() ([]byte, error) { return hex.AppendEncode(nil, h), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (h *Hex) UnmarshalText(text []byte) (err error) {
	*h, err = hex.AppendDecode(nil, text)
	return err
}

// Millis is a duration whose JSON form is a number of milliseconds with at most one decimal.
type Millis time.Duration

// tenth is what a Millis is told in.
const tenth = 100 * time.Microsecond

// AsMillis is a duration as precise as it is written.
func AsMillis(d time.Duration) Millis { return Millis(d.Round(tenth)) }

// MarshalJSON implements json.Marshaler.
func (m Millis) MarshalJSON() ([]byte, error) {
	n := int64(time.Duration(m).Round(tenth) / tenth)
	b := make([]byte, 0, 16)
	if n < 0 {
		b, n = append(b, '-'), -n
	}
	b = strconv.AppendInt(b, n/10, 10)
	if n %= 10; n > 0 {
		b = append(b, '.', byte('0'+n))
	}
	return b, nil
}

// mostMillis is more than anything takes, eleven days. What is beyond the range of a duration becomes
// something else on each kind of machine, and beyond 2^53 ns tenths of a millisecond are lost.
const mostMillis = 1e9

// UnmarshalJSON implements json.Unmarshaler.
func (m *Millis) UnmarshalJSON(data []byte) error {
	var ms float64
	err := json.Unmarshal(data, &ms)
	ms = max(-mostMillis, min(ms, mostMillis))
	*m = Millis(math.Round(ms * float64(time.Millisecond)))
	return err
}
