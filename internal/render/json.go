package render

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"mtasts/internal/rule"
)

type array struct {
	sink
	begun bool
}

// NewJSON writes one JSON array of results (schema 1), each element as soon as it is there. Runes
// that a terminal could act on or a reader could not see are written as \uNNNN, those that HTML
// would mind are not.
func NewJSON(w io.Writer) Writer { return &array{sink: sink{out: w}} }

func (a *array) Result(e Item) error {
	element, err := encode(e)
	if err != nil {
		return fmt.Errorf("encode the result of %s as JSON: %w", Escape(e.Domain), err)
	}
	before := ",\n  "
	if !a.begun {
		before = "[\n  "
	}
	a.begun = true
	return a.put(before + element)
}

func (a *array) Close() error {
	if !a.begun {
		return a.put("[]\n")
	}
	return a.put("\n]\n")
}

// encode is an item as an element of the array. Its lists are never null.
func encode(e Item) (string, error) {
	if e.Findings == nil {
		e.Findings = []rule.Finding{}
	}
	e.Delivery = listed(e.Delivery)
	return marshal(e, "  ")
}

// marshal is a value as JSON, each line but the first behind the prefix.
func marshal(v any, prefix string) (string, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent(prefix, "  ")
	err := e.Encode(v)
	return escapeJSON(strings.TrimSuffix(b.String(), "\n")), err
}

// listed is a copy of which no list is null either.
func listed(all []rule.Delivery) []rule.Delivery {
	list := append([]rule.Delivery{}, all...)
	for i := range list {
		d := &list[i]
		d.Because = append([]string{}, d.Because...)
		d.Senders = append([]rule.Sender{}, d.Senders...)
		for k := range d.Senders {
			d.Senders[k].Because = append([]string{}, d.Senders[k].Because...)
		}
	}
	return list
}

// escapeJSON changes how the strings of a JSON text are spelt, never what they say: what may not
// be shown becomes \uNNNN, and the letters that a marshaler of its own escaped for HTML become
// letters again. Outside of strings JSON is ASCII, and its newlines stay.
func escapeJSON(s string) string {
	var b strings.Builder
	for s != "" {
		text, n := spelling(s)
		b.WriteString(text)
		s = s[n:]
	}
	return b.String()
}

// spelling is how the first n bytes of a JSON text are to be written.
func spelling(s string) (text string, n int) {
	if s[0] == '\\' && len(s) > 1 {
		return unescapeHTML(s)
	}
	r, n := utf8.DecodeRuneInString(s)
	if r == '\n' || shown(r, n) {
		return s[:n], n
	}
	return unicodeEscape(r), n
}

func unescapeHTML(s string) (text string, n int) {
	for _, code := range [][2]string{{`\u003c`, "<"}, {`\u003e`, ">"}, {`\u0026`, "&"}} {
		if strings.HasPrefix(s, code[0]) {
			return code[1], len(code[0])
		}
	}
	return s[:2], 2
}

func unicodeEscape(r rune) string {
	if high, low := utf16.EncodeRune(r); r > 0xffff {
		return fmt.Sprintf(`\u%04x\u%04x`, high, low)
	}
	return fmt.Sprintf(`\u%04x`, r)
}
