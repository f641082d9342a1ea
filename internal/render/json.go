package render

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"slices"
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

// encode is an item as an element of the array.
func encode(e Item) (string, error) { return marshal(withLists(e), "  ") }

// marshal is a value as JSON, each line but the first behind the prefix.
func marshal(v any, prefix string) (string, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent(prefix, "  ")
	err := e.Encode(v)
	return string(appendShown(nil, bytes.TrimSuffix(b.Bytes(), []byte("\n")))), err
}

// withLists is an item of which no list is null. What it was made of stays as it is.
func withLists(e Item) Item {
	if e.Findings == nil {
		e.Findings = []rule.Finding{}
	}
	if e.Delivery == nil || slices.ContainsFunc(e.Delivery, lacksList) {
		e.Delivery = listed(e.Delivery)
	}
	return e
}

func lacksList(d rule.Delivery) bool {
	return d.Because == nil || d.Senders == nil || slices.ContainsFunc(d.Senders, func(s rule.Sender) bool { return s.Because == nil })
}

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

// appendShown appends a JSON text with all of it to be seen: it changes how strings are spelt, never
// what they say. What may not be shown becomes \uNNNN; outside of strings JSON is ASCII, and its
// newlines stay.
func appendShown(b, text []byte) []byte {
	for at := hiddenJSON(text); at < len(text); at = hiddenJSON(text) {
		r, n := utf8.DecodeRune(text[at:])
		b = append(append(b, text[:at]...), unicodeEscape(r)...)
		text = text[at+n:]
	}
	return append(b, text...)
}

// hiddenJSON is the place of the first rune of a JSON text that may not be shown, or len(text). Nearly
// all of it is ASCII, and nearly none is hidden.
func hiddenJSON(text []byte) int {
	for i := 0; i < len(text); {
		if c := text[i]; ' ' <= c && c <= '~' || c == '\n' {
			i++
			continue
		}
		r, n := utf8.DecodeRune(text[i:])
		if !shown(r, n) {
			return i
		}
		i += n
	}
	return len(text)
}

func unicodeEscape(r rune) string {
	if high, low := utf16.EncodeRune(r); r > 0xffff {
		return fmt.Sprintf(`\u%04x\u%04x`, high, low)
	}
	return fmt.Sprintf(`\u%04x`, r)
}
