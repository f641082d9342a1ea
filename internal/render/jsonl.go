package render

import (
	"encoding/json"
	"fmt"
	"io"
)

// lines is the stream that a JSON encoder writes to, which does so once for each value.
type lines struct {
	out  io.Writer
	json *json.Encoder
	item Item   // that is being encoded: here, so that room for it is made once
	room []byte // for lines that are not spelt as they came
	err  error  // of writing, the first
}

// NewJSONL writes one JSON object a line, each as an element of [NewJSON] but for the spaces. A line is
// one write, so that who is killed leaves whole lines, and at most the last of them cut.
func NewJSONL(w io.Writer) Writer {
	l := &lines{out: w}
	l.json = json.NewEncoder(l)
	l.json.SetEscapeHTML(false)
	return l
}

func (l *lines) Result(e Item) error {
	l.item = withLists(e)
	err := l.json.Encode(&l.item)
	l.item = Item{} // what was seen of it may go
	if l.err != nil {
		return l.err
	}
	if err != nil {
		return fmt.Errorf("encode the result of %s as JSON: %w", Escape(e.Domain), err)
	}
	return nil
}

// Write is for the encoder: it takes a whole line.
func (l *lines) Write(line []byte) (int, error) {
	shown := line
	if hiddenJSON(line) < len(line) {
		shown = appendShown(l.room[:0], line)
		l.room = shown
	}
	if l.err == nil {
		_, l.err = l.out.Write(shown)
	}
	return len(line), l.err
}

func (l *lines) Close() error { return l.err }
