package lint

import (
	"bytes"
	"fmt"
	"io"
	"strings"
)

// The bounds of one entry of a zone file: a record with its comments, or a directive. No record is
// longer: 64 KiB of data, each byte of it escaped.
const (
	longestEntry    = 512 << 10
	longestGenerate = 1 << 10
	mostGenerated   = 64 << 20 // bytes in a file
	mostSteps       = 65536    // records of one line, as the parser has it
	widestNumber    = 255      // characters, likewise
)

// reader hands a zone file to the parser byte by byte, which is how that reads, and never further than
// to the end of the record that it gives. So the reader knows on which line that began.
type reader struct {
	data  []byte
	at    int
	line  int // lines that have ended
	begun int // the line on which the last entry began
	start int // where in data

	inside, quoted, escaped, comment bool
	depth                            int // of parentheses
	generated                        int // bytes that $GENERATE makes
	err                              error
}

// ReadByte implements io.ByteReader.
func (r *reader) ReadByte() (byte, error) {
	if r.at >= len(r.data) {
		return 0, io.EOF
	}
	c := r.data[r.at]
	r.at++
	r.follow(c)
	if r.err == nil {
		r.err = r.tooLong()
	}
	return c, r.err
}

// tooLong complains of an entry that is longer than any record. One of $GENERATE is copied for each of
// its words, and then for each record that it makes.
func (r *reader) tooLong() error {
	n := r.at - r.start
	switch {
	case !r.inside || n <= longestGenerate:
		return nil
	case n > longestEntry:
		return fmt.Errorf("a record of more than %d KiB", longestEntry>>10)
	case r.generates():
		return fmt.Errorf("a line of $GENERATE with more than %d characters", longestGenerate)
	}
	return nil
}

// Read implements io.Reader; the parser reads bytes.
func (r *reader) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	c, err := r.ReadByte()
	if err != nil {
		return 0, err
	}
	p[0] = c
	return 1, nil
}

// follow keeps track of where entries begin and end, by the parser's own rules: an entry ends with its
// line, unless that lies in parentheses or quotes.
func (r *reader) follow(c byte) {
	if c == '\n' {
		r.endLine()
		return
	}
	if r.comment || c == '\r' {
		r.escaped = r.escaped && c != '\r'
		return
	}
	if !r.inside && c != ' ' && c != '\t' && c != ';' {
		r.inside, r.begun, r.start = true, r.line+1, r.at-1
	}
	r.mark(c)
}

func (r *reader) endLine() {
	r.line++
	r.escaped, r.comment = false, false
	if r.depth > 0 || r.quoted {
		return
	}
	if r.inside && r.generates() {
		r.charge(string(r.data[r.start:r.at]))
	}
	r.inside = false
}

// generates tells that the entry is of $GENERATE.
func (r *reader) generates() bool {
	const word = "$GENERATE"
	return bytes.EqualFold(r.data[r.start:min(r.start+len(word), r.at)], []byte(word))
}

// charge bounds what $GENERATE makes of its lines, as if it stood in the file.
func (r *reader) charge(entry string) {
	steps := mostSteps
	var from, to, step int
	if n, _ := fmt.Sscanf(entry[len("$GENERATE"):], "%d-%d/%d", &from, &to, &step); n >= 2 {
		steps = min((to-from)/max(step, 1)+1, mostSteps)
	}
	r.generated += max(steps, 1) * (len(entry) + widestNumber*strings.Count(entry, "{"))
	if r.generated > mostGenerated {
		r.err = fmt.Errorf("$GENERATE makes more than %d MiB", mostGenerated>>20)
	}
}

// mark follows what may go over the end of a line.
func (r *reader) mark(c byte) {
	if r.escaped {
		r.escaped = false
		return
	}
	switch {
	case c == '\\':
		r.escaped = true
	case c == '"':
		r.quoted = !r.quoted
	case r.quoted:
	case c == ';':
		r.comment = true
	case c == '(':
		r.depth++
	case c == ')':
		r.depth--
	}
}
