package mailbox

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"os"
	"strconv"
	"strings"
)

// kind is what a stream holds.
type kind int

const (
	unknown kind = iota
	empty
	object // JSON
	gzipped
	zipped
	message
	box  // mbox
	wide // UTF-16
)

const byteOrderMark = "\xef\xbb\xbf"

// kindOf tells what a stream holds, by its beginning. A byte order mark and blank lines before it
// are gone afterwards.
func kindOf(in *bufio.Reader) kind {
	if head, _ := in.Peek(len(byteOrderMark)); string(head) == byteOrderMark {
		_, _ = in.Discard(len(byteOrderMark))
	}
	for {
		head, _ := in.Peek(1)
		if len(head) == 0 {
			return empty
		}
		if !isBlank(head[0]) {
			break
		}
		_, _ = in.Discard(1)
	}
	head, _ := in.Peek(256)
	return kindOfHead(head)
}

func kindOfHead(head []byte) kind {
	switch {
	case isGzip(head):
		return gzipped
	case isZip(head):
		return zipped
	case isWide(head):
		return wide
	case head[0] == '{', head[0] == '[':
		return object
	case bytes.HasPrefix(head, []byte("From ")):
		return box
	case bytes.HasPrefix(head, []byte(">From ")), fieldName(head) > 0:
		return message
	}
	return unknown
}

func isGzip(b []byte) bool { return len(b) >= 2 && b[0] == 0x1f && b[1] == 0x8b }

func isZip(b []byte) bool {
	return bytes.HasPrefix(b, []byte("PK\x03\x04")) || bytes.HasPrefix(b, []byte("PK\x05\x06"))
}

// isWide tells UTF-16 by its byte order mark, or by the bracket that it begins with.
func isWide(b []byte) bool {
	return len(b) >= 2 && (b[0] == 0xff && b[1] == 0xfe || b[0] == 0xfe && b[1] == 0xff ||
		b[0] == 0 && (b[1] == '{' || b[1] == '[') || b[1] == 0 && (b[0] == '{' || b[0] == '['))
}

const wideText = "it is UTF-16, and JSON has to be UTF-8"

func isBlank(c byte) bool { return c == ' ' || c == '\t' || c == '\r' || c == '\n' }

// place is where a stream was, and what is known of it.
type place struct {
	source string
	name   string   // of the file or the entry: a hint when the content is nothing known
	named  bool     // by the user, who then wants to be told
	file   *os.File // a regular file; nil for a stream that only goes on
	size   int64    // of the file; 0 is not known yet
	gzip   bool     // decompressed
	zip    bool     // an entry of a zip
}

// watched is a reader that the context ends, and that remembers what went wrong.
type watched struct {
	r   *run
	in  io.Reader
	err error
}

func (w *watched) Read(b []byte) (int, error) {
	if w.r.over() {
		return 0, w.r.err
	}
	n, err := w.in.Read(b)
	if err != nil && !errors.Is(err, io.EOF) && w.err == nil {
		w.err = err
	}
	return n, err
}

// stream reads what is of any kind. It tells whether it said that the stream broke off.
func (r *run) stream(p place, in io.Reader) bool {
	w := &watched{r: r, in: in}
	b := r.take(w)
	defer r.give(b)
	told := false
	switch kindOf(b) {
	case unknown:
		told = r.unknown(p, b)
	case empty:
		if w.err == nil {
			r.unclear(p, "it is empty")
		}
	case object:
		told = r.object(p, b)
	case wide:
		r.unclear(p, wideText)
	case gzipped:
		told = r.gzip(p, b)
	case zipped:
		told = r.zip(p, b)
	case message:
		r.message(p.source, &lines{r: r, in: b})
	case box:
		r.box(p.source, b)
	}
	if w.err != nil && !told && !r.over() {
		r.skip(p.source, "it cannot be read to its end: "+damage(w.err))
		return true
	}
	return told
}

// unknown passes over what is nothing known. What was compressed is looked at further: a bomb of
// zeros is to be called one.
func (r *run) unknown(p place, in *bufio.Reader) bool {
	if p.gzip {
		_, err := r.slurp(in, r.limit)
		if errors.Is(err, errLarge) {
			return r.large(p)
		}
		if err != nil {
			return false
		}
	}
	r.unclear(p, "it is neither JSON, gzip, zip, a mail nor an mbox")
	return false
}

// unclear names what the user named, or what its name says is a report.
func (r *run) unclear(p place, why string) {
	lower := strings.ToLower(p.name)
	if p.named || strings.HasSuffix(lower, ".json") || strings.HasSuffix(lower, ".json.gz") {
		r.skip(p.source, why)
		return
	}
	r.none(p.source)
}

// object reads a JSON file, of one report or of several.
func (r *run) object(p place, in *bufio.Reader) bool {
	if errors.Is(r.documents(p.source, in), errLarge) {
		return r.large(p)
	}
	return false
}

func (r *run) large(p place) bool {
	why := "it has more than " + size(r.limit)
	if p.gzip || p.zip {
		why += " when decompressed"
	}
	r.skip(p.source, why)
	return true
}

var errLarge = errors.New("too large")

// slurp reads all into the buffer for documents, up to a limit.
func (r *run) slurp(in io.Reader, limit int64) ([]byte, error) {
	r.json = r.json[:0]
	for {
		if len(r.json) == cap(r.json) {
			r.json = append(r.json, 0)[:len(r.json)]
		}
		n, err := in.Read(r.json[len(r.json):cap(r.json)])
		r.json = r.json[:len(r.json)+n]
		if int64(len(r.json)) > limit {
			return r.json, errLarge
		}
		if errors.Is(err, io.EOF) {
			return r.json, nil
		}
		if err != nil {
			return r.json, err
		}
	}
}

// size says how many bytes, as people say it.
func size(n int64) string {
	switch {
	case n >= 1<<20 && n%(1<<20) == 0:
		return strconv.FormatInt(n>>20, 10) + " MiB"
	case n >= 1<<10 && n%(1<<10) == 0:
		return strconv.FormatInt(n>>10, 10) + " KiB"
	}
	return strconv.FormatInt(n, 10) + " bytes"
}
