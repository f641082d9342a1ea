// Package smtp reads SMTP replies (RFC 5321 §4.2), within bounds.
//
// A reply is one line or more. Each begins with the same three digits; a hyphen behind them tells
// that another line follows, a blank that this is the last one:
//
//	250-mx1.example.com at your service
//	250-SIZE 52428800
//	250 STARTTLS
//
// The text behind the hyphen or blank is kept as it came. What servers do besides and everybody
// takes is taken here too: a last line of the three digits alone (§4.2), and LF for CRLF.
package smtp

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"strconv"

	"mtasts/internal/fact"
	"mtasts/internal/words"
)

// Bounds of a reply. RFC 5321 §4.5.3.1.5 has 512 octets a line, which real servers exceed.
const (
	MaxLine  = 2 << 10 // octets of a line, its end included
	MaxLines = 100
	MaxReply = 32 << 10 // octets of all lines
)

var (
	// ErrFlood is the error of a reply beyond the bounds.
	ErrFlood = errors.New("the reply does not end")
	// ErrMalformed is the error of bytes that are no reply.
	ErrMalformed = errors.New("no SMTP reply")
)

// A LineError is ErrMalformed with the line that is no part of a reply, as far as it had come, cut to
// a length fit for people.
type LineError struct{ Line string }

// Error quotes the line.
func (e *LineError) Error() string { return ErrMalformed.Error() + ": " + strconv.QuoteToASCII(e.Line) }

// Unwrap makes it an ErrMalformed.
func (e *LineError) Unwrap() error { return ErrMalformed }

// ReadReply reads one reply and nothing behind it. Errors are [ErrFlood], a [LineError], io.EOF where
// nothing came, io.ErrUnexpectedEOF in the middle, and those of the reader. A line that begins as none
// may is not waited for to end. With an error the reply holds the whole lines that came before.
func ReadReply(r *bufio.Reader) (fact.Reply, error) {
	var reply fact.Reply
	for size := 0; ; {
		line, err := readLine(r)
		if err != nil {
			return reply, within(reply, err)
		}
		code, more, ok := parse(line)
		if !ok || len(reply.Lines) > 0 && code != reply.Code {
			return reply, malformed(line)
		}
		if size += len(line); size > MaxReply || len(reply.Lines) == MaxLines {
			return reply, ErrFlood
		}
		reply.Code = code
		reply.Lines = append(reply.Lines, fact.Text(text(line)))
		if !more {
			return reply, nil
		}
	}
}

// within tells an end between replies from one inside a reply.
func within(reply fact.Reply, err error) error {
	if errors.Is(err, io.EOF) && len(reply.Lines) > 0 {
		return io.ErrUnexpectedEOF
	}
	return err
}

// readLine reads up to LF, which is part of what it returns; that is good until the next read.
func readLine(r *bufio.Reader) ([]byte, error) {
	// The shortest line is three digits and LF, so whoever sends a reply sends as much as this.
	if head, err := r.Peek(4); err == nil {
		if _, _, ok := parse(head); !ok {
			head, _ = r.Peek(r.Buffered())
			return nil, malformed(head)
		}
	}
	var long []byte // where the reader's buffer is shorter than a line may be
	for {
		part, err := r.ReadSlice('\n')
		if len(long)+len(part) > MaxLine {
			return nil, ErrFlood
		}
		if err == nil && long == nil {
			return part, nil
		}
		switch long = append(long, part...); {
		case err == nil:
			return long, nil
		case errors.Is(err, io.EOF) && len(long) > 0:
			return nil, io.ErrUnexpectedEOF
		case !errors.Is(err, bufio.ErrBufferFull):
			return nil, err
		}
	}
}

// quoted is how much of a line is shown.
const quoted = 80

func malformed(b []byte) error {
	line, _, _ := bytes.Cut(b, []byte("\n"))
	return &LineError{words.Clip(string(bytes.TrimSuffix(line, []byte("\r"))), quoted)}
}

// text is what stands behind the code and its blank or hyphen.
func text(line []byte) []byte {
	line = bytes.TrimSuffix(bytes.TrimSuffix(line, []byte("\n")), []byte("\r"))
	return line[min(4, len(line)):]
}

// Code is the code of a line of a reply, or of the beginning of one, if that is what b is: three
// digits from 200 to 599 with a blank, a hyphen or the line's end behind them. RFC 5321 §4.2.1 has
// no code that begins with 1.
func Code(b []byte) (code int, ok bool) {
	code, _, ok = parse(b)
	return code, ok
}

// parse is the code of a line, and whether more lines follow it.
func parse(b []byte) (code int, more, ok bool) {
	if len(b) < 4 || b[0] < '2' || b[0] > '5' || !digit(b[1]) || !digit(b[2]) {
		return 0, false, false
	}
	lone := b[3] == '\n' || b[3] == '\r' && (len(b) == 4 || b[4] == '\n')
	if b[3] != ' ' && b[3] != '-' && !lone {
		return 0, false, false
	}
	return int(b[0]-'0')*100 + int(b[1]-'0')*10 + int(b[2]-'0'), b[3] == '-', true
}

func digit(b byte) bool { return '0' <= b && b <= '9' }
