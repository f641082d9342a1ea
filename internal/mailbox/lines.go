package mailbox

import (
	"bufio"
	"bytes"
	"errors"
	"strings"
)

// lines reads a mail line by line. A line that is longer than the buffer comes in pieces: nothing
// depends on its length.
type lines struct {
	r    *run
	in   *bufio.Reader
	mbox bool // the stream goes on behind the mail, at a "From " line

	text  []byte // with its line end; valid until the next
	first bool   // text begins a line
	rest  bool   // text does not end it
	blank bool   // the line was blank
	ended bool   // at a "From " line, which is read
	again bool   // text is to come once more
	long  bool   // a line was too long to make sense
	size  int64  // of the line so far
	kept  []byte // a copy of a "From " line
}

// lineMost is how long a line may be that makes sense: a report in one line, encoded.
func (l *lines) lineMost() int64 { return 2 * l.r.limit }

// next moves to the next line or piece; false at the end of the mail.
func (l *lines) next() bool {
	if l.again {
		l.again = false
		return true
	}
	if l.ended || l.r.err != nil {
		return false
	}
	wasBlank := l.blank
	l.first = !l.rest
	text, err := l.in.ReadSlice('\n')
	if len(text) == 0 {
		return false
	}
	l.rest = errors.Is(err, bufio.ErrBufferFull)
	l.measure(len(text))
	l.blank = l.first && len(text) <= 2 && (text[0] == '\n' || text[0] == '\r')
	l.text = text
	if l.mbox && l.first {
		l.ended = l.separator(wasBlank)
	}
	return !l.ended
}

func (l *lines) measure(n int) {
	if l.first {
		l.size = 0
	}
	l.size += int64(n)
	l.long = l.long || l.size > l.lineMost()
}

// separator tells whether a line begins the next mail of an mbox. No writer quotes every "From " in
// every body, and some leave out the blank line before it, so more is looked at: a date, and whether a
// header follows. A quoted "From " is unquoted (mboxrd; in an mboxo, one ">" may be lost).
func (l *lines) separator(wasBlank bool) bool {
	if l.text[0] == '>' {
		if bytes.HasPrefix(bytes.TrimLeft(l.text, ">"), []byte("From ")) {
			l.text = l.text[1:]
		}
		return false
	}
	if !bytes.HasPrefix(l.text, []byte("From ")) {
		return false
	}
	l.kept = append(l.kept[:0], l.text...) // peeking may move what text points to
	l.text = l.kept
	dated := isDated(string(l.text[:min(len(l.text), 200)]))
	if !wasBlank && !dated {
		return false
	}
	next, _ := l.in.Peek(128)
	return len(next) == 0 && dated || fieldName(next) > 0 || bytes.HasPrefix(next, []byte(">From "))
}

// isDated tells that a line has a month and a time of day, as "From " lines do.
func isDated(text string) bool {
	const months = " jan feb mar apr may jun jul aug sep oct nov dec "
	month, clock := false, false
	for _, word := range strings.Fields(text) {
		month = month || len(word) == 3 && strings.Contains(months, " "+strings.ToLower(word)+" ")
		clock = clock || len(word) >= 5 && word[2] == ':' && isDigit(word[0]) && isDigit(word[3])
	}
	return month && clock
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

// resume goes on behind the "From " line; false at the end of the mbox.
func (l *lines) resume() bool {
	for l.rest && l.r.err == nil {
		text, err := l.in.ReadSlice('\n')
		l.rest = errors.Is(err, bufio.ErrBufferFull) && len(text) > 0
	}
	more := l.ended
	l.ended, l.blank, l.long = false, false, false
	return more && l.r.err == nil
}
