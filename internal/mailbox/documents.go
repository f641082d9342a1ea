package mailbox

import (
	"bufio"
	"errors"
	"io"
	"strconv"
)

// values cuts a stream of JSON into its documents: one, or several one behind another, be it line by line,
// or those of an array. It knows brackets and strings and no more of JSON: what is broken is for the
// parser to say. One document is in memory at a time.
type values struct {
	r      *run
	in     *bufio.Reader
	source string
	array  bool
	found  int

	depth           int
	quoted, escaped bool
	document        []byte
}

// documents hands up all documents of a stream. The error is that of the stream, or errLarge; what was
// whole before it was handed up.
func (r *run) documents(source string, in *bufio.Reader) error {
	v := &values{r: r, in: in, source: source, document: r.value[:0]}
	defer func() { r.value = v.document }()
	v.array = v.opens()
	for !r.over() {
		if err := v.next(); err != nil {
			return err
		}
		more, err := v.more()
		if err != nil {
			return err
		}
		v.hand(more)
		if !more && v.array {
			r.skip(source, "its array ends in the middle, or has something else than reports in it")
		}
		if !more {
			return nil
		}
	}
	return nil
}

// opens takes the bracket of an array of objects. Any other array is one document.
func (v *values) opens() bool {
	for n := 1; n < 256; n++ {
		head, err := v.in.Peek(n)
		switch c := head[max(len(head)-1, 0):]; {
		case err != nil || n == 1 && c[0] != '[':
			return false
		case n == 1 || isBlank(c[0]):
		case c[0] == '{':
			_, _ = v.in.Discard(n - 1)
			return true
		default:
			return false
		}
	}
	return false
}

// next reads one value, up to the bracket that closes it or the end of the stream. That of an array keeps
// brackets around it, for the parser to see where it stood.
func (v *values) next() error {
	v.depth, v.quoted, v.escaped = 0, false, false
	v.document = v.document[:0]
	if v.array {
		v.document = append(v.document, '[')
	}
	for whole := false; !whole; {
		chunk, err := v.chunk()
		if err != nil {
			return err
		}
		if len(chunk) == 0 {
			return nil // it ends in the middle
		}
		n := v.scan(chunk)
		whole = v.depth == 0
		if err := v.keep(n); err != nil {
			return err
		}
	}
	if v.array {
		v.document = append(v.document, ']')
	}
	return nil
}

// chunk is what can be looked at without waiting for more; nothing at the end.
func (v *values) chunk() ([]byte, error) {
	if _, err := v.in.Peek(1); err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	return v.in.Peek(v.in.Buffered())
}

// keep moves bytes from the stream into the document.
func (v *values) keep(n int) error {
	chunk, err := v.in.Peek(n)
	if err != nil {
		return err
	}
	v.document = append(v.document, chunk...)
	_, _ = v.in.Discard(n)
	most := v.r.limit
	if v.array {
		most++ // the bracket before it
	}
	if int64(len(v.document)) > most {
		return errLarge
	}
	return nil
}

// scan goes on to the end of the value, or of the chunk.
func (v *values) scan(chunk []byte) int {
	for i, c := range chunk {
		switch {
		case v.escaped:
			v.escaped = false
		case v.quoted:
			v.escaped, v.quoted = c == '\\', c != '"'
		case c == '"':
			v.quoted = true
		case c == '{' || c == '[':
			v.depth++
		case c == '}' || c == ']':
			if v.depth--; v.depth <= 0 {
				v.depth = 0
				return i + 1
			}
		}
	}
	return len(chunk)
}

// more tells that another document follows. What else follows belongs to the one before it.
func (v *values) more() (bool, error) {
	for {
		head, err := v.in.Peek(1)
		if errors.Is(err, io.EOF) {
			return false, nil
		}
		if err != nil {
			return false, err
		}
		switch c := head[0]; {
		case isBlank(c), v.array && c == ',':
			_, _ = v.in.Discard(1)
		case c == '{', c == '[' && !v.array:
			v.array = v.array || v.opens()
			return true, nil
		case c == ']' && v.array:
			_, _ = v.in.Discard(1)
			v.array = false
		case v.array:
			return false, nil
		default:
			return false, v.rest()
		}
	}
}

// rest adds what is left of the stream.
func (v *values) rest() error {
	for {
		chunk, err := v.chunk()
		if err != nil || len(chunk) == 0 {
			return err
		}
		if err := v.keep(len(chunk)); err != nil {
			return err
		}
	}
}

// hand hands up the document. Of several each has its number.
func (v *values) hand(more bool) {
	source := v.source
	if v.found++; more || v.found > 1 {
		source += ": report " + strconv.Itoa(v.found)
	}
	v.r.document(source, v.document)
}
