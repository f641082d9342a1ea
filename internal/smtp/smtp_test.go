package smtp

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"

	"mtasts/internal/fact"
)

func reply(code int, lines ...fact.Text) fact.Reply { return fact.Reply{Code: code, Lines: lines} }

// samples are what servers send, and what is read of it. They also seed the fuzzer.
func samples() []struct {
	name, in string
	want     fact.Reply
	err      error
} {
	long := strings.Repeat("x", MaxLine-len("220 \r\n"))
	return []struct {
		name, in string
		want     fact.Reply
		err      error
	}{
		{"greeting", "220 mx1.example.com ESMTP ready\r\n", reply(220, "mx1.example.com ESMTP ready"), nil},
		{"several lines", "250-mx1\r\n250-SIZE 1000\r\n250 STARTTLS\r\n", reply(250, "mx1", "SIZE 1000", "STARTTLS"), nil},
		{"code alone", "250\r\n", reply(250, ""), nil},
		{"code and blank", "250 \r\n", reply(250, ""), nil},
		{"code alone in the end", "250-a\r\n250\r\n", reply(250, "a", ""), nil},
		{"empty line in between", "250-\r\n250 b\r\n", reply(250, "", "b"), nil},
		{"LF", "220-a\n220 b\n", reply(220, "a", "b"), nil},
		{"LF alone", "250\n", reply(250, ""), nil},
		{"CR inside", "220 a\rb\r\r\n", reply(220, "a\rb\r"), nil},
		{"raw octets", "220 \x1b[31m\x00\xff\r\n", reply(220, "\x1b[31m\x00\xff"), nil},
		{"blanks", "220  a \r\n", reply(220, " a "), nil},
		{"first code", "200 a\r\n", reply(200, "a"), nil},
		{"last code", "599 a\r\n", reply(599, "a"), nil},
		{"longest line", "220 " + long + "\r\n", reply(220, fact.Text(long)), nil},

		{"nothing", "", fact.Reply{}, io.EOF},
		{"cut in the code", "22", fact.Reply{}, io.ErrUnexpectedEOF},
		{"cut in the line", "220 mx1", fact.Reply{}, io.ErrUnexpectedEOF},
		{"cut between lines", "220-mx1\r\n", reply(220, "mx1"), io.ErrUnexpectedEOF},
		{"cut in the second line", "220-mx1\r\n220", reply(220, "mx1"), io.ErrUnexpectedEOF},

		{"another protocol", "SSH-2.0-OpenSSH_9.2\r\n", fact.Reply{}, ErrMalformed},
		{"empty line", "\r\n220 a\r\n", fact.Reply{}, ErrMalformed},
		{"no text", "220x\r\n", fact.Reply{}, ErrMalformed},
		{"tab", "220\ta\r\n", fact.Reply{}, ErrMalformed},
		{"CR behind the code", "250\rX\r\n", fact.Reply{}, ErrMalformed},
		{"two digits", "22 a\r\n", fact.Reply{}, ErrMalformed},
		{"four digits", "2200 a\r\n", fact.Reply{}, ErrMalformed},
		{"code below", "199 a\r\n", fact.Reply{}, ErrMalformed},
		{"code above", "600 a\r\n", fact.Reply{}, ErrMalformed},
		{"two codes", "250-a\r\n251 b\r\n", reply(250, "a"), ErrMalformed},
		{"no code in the second line", "250-a\r\nb\r\n\r\n", reply(250, "a"), ErrMalformed},
		{"binary", "\x16\x03\x01\x00", fact.Reply{}, ErrMalformed},

		{"long line", "220 " + long + "x\r\n", fact.Reply{}, ErrFlood},
		{"endless line", "220 " + strings.Repeat("x", 1<<20), fact.Reply{}, ErrFlood},
	}
}

func TestReadReply(t *testing.T) {
	for _, c := range samples() {
		for _, size := range []int{16, 4096, 1 << 16} {
			got, err := ReadReply(bufio.NewReaderSize(strings.NewReader(c.in), size))
			if diff := cmp.Diff(c.want, got); diff != "" || !errors.Is(err, c.err) || (err == nil) != (c.err == nil) {
				t.Errorf("%s, buffer of %d: error %v, want %v (-want +got):\n%s", c.name, size, err, c.err, diff)
			}
		}
	}
}

func TestBounds(t *testing.T) {
	many := func(n int, line string) string {
		return strings.Repeat("250-"+line+"\r\n", n-1) + "250 " + line + "\r\n"
	}
	wide := strings.Repeat("x", 1<<10-len("250 \r\n"))
	for _, c := range []struct {
		name, in string
		err      error
	}{
		{"as many lines as may be", many(MaxLines, "x"), nil},
		{"one line more", many(MaxLines+1, "x"), ErrFlood},
		{"as much as may be", many(MaxReply>>10, wide), nil},
		{"more", many(MaxReply>>10, wide+"x"), ErrFlood},
	} {
		if got, err := ReadReply(bufio.NewReader(strings.NewReader(c.in))); !errors.Is(err, c.err) || len(got.Lines) > MaxLines {
			t.Errorf("%s: %d lines, error %v", c.name, len(got.Lines), err)
		}
	}
}

// TestNothingBehindIsTaken: what follows a reply stays for the next one.
func TestNothingBehindIsTaken(t *testing.T) {
	r := bufio.NewReader(iotest.OneByteReader(strings.NewReader("220-a\r\n220 b\r\n250 c\r\nrest")))
	for _, want := range []fact.Reply{reply(220, "a", "b"), reply(250, "c")} {
		if got, err := ReadReply(r); err != nil || !cmp.Equal(got, want) {
			t.Errorf("%+v, %v; want %+v", got, err, want)
		}
	}
	if rest, err := io.ReadAll(r); err != nil || string(rest) != "rest" {
		t.Errorf("rest %q, %v", rest, err)
	}
}

// TestGarbageIsNotWaitedFor: a line that begins as none may needs no end.
func TestGarbageIsNotWaitedFor(t *testing.T) {
	in, out := io.Pipe()
	defer in.Close()
	go func() { _, _ = io.WriteString(out, "\x00\x01garbage") }()
	_, err := ReadReply(bufio.NewReader(in))
	var bad *LineError
	if !errors.As(err, &bad) || bad.Line != "\x00\x01garbage" || err.Error() != `no SMTP reply: "\x00\x01garbage"` {
		t.Errorf("error %v", err)
	}
}

func TestBadLinesAreShort(t *testing.T) {
	_, err := ReadReply(bufio.NewReader(strings.NewReader("HTTP/1.1 400 Bad Request\r\n" + strings.Repeat("x", 1000))))
	if err == nil || err.Error() != `no SMTP reply: "HTTP/1.1 400 Bad Request"` {
		t.Errorf("error %v", err)
	}
	_, err = ReadReply(bufio.NewReader(strings.NewReader(strings.Repeat("x", 1<<12))))
	if err == nil || len(err.Error()) > 2*quoted {
		t.Errorf("error %v", err)
	}
}

// TestErrorsOfTheReader come through.
func TestErrorsOfTheReader(t *testing.T) {
	for _, in := range []string{"", "22", "220 a", "220-a\r\n"} {
		r := io.MultiReader(strings.NewReader(in), iotest.ErrReader(os.ErrDeadlineExceeded))
		if _, err := ReadReply(bufio.NewReader(r)); !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("%q: %v", in, err)
		}
	}
}

func TestCode(t *testing.T) {
	for in, want := range map[string]int{
		"250 ok": 250, "250-": 250, "454\r\n": 454, "454\r": 454, "354\n": 354,
		"": 0, "250": 0, "250x": 0, "150 x": 0, "\x16\x03\x01\x02": 0,
	} {
		if got, ok := Code([]byte(in)); got != want || ok != (want > 0) {
			t.Errorf("Code(%q) = %d, %v", in, got, ok)
		}
	}
}

// render is the reply as servers write it.
func render(r fact.Reply) string {
	var b strings.Builder
	for i, line := range r.Lines {
		hyphen := "-"
		if i == len(r.Lines)-1 {
			hyphen = " "
		}
		fmt.Fprintf(&b, "%d%s%s\r\n", r.Code, hyphen, line)
	}
	return b.String()
}

func FuzzReadReply(f *testing.F) {
	for _, c := range samples() {
		f.Add([]byte(c.in[:min(len(c.in), 4<<10)]))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		got, err := ReadReply(bufio.NewReaderSize(strings.NewReader(string(in)), 64))
		size, longest := 0, 0
		for _, line := range got.Lines {
			size, longest = size+len(line), max(longest, len(line))
			if strings.Contains(string(line), "\n") {
				t.Errorf("a line holds another: %q", line)
			}
		}
		if len(got.Lines) > MaxLines || size > MaxReply {
			t.Errorf("%d lines, %d octets", len(got.Lines), size)
		}
		if err != nil {
			return
		}
		if got.Code < 200 || got.Code > 599 || len(got.Lines) == 0 {
			t.Errorf("read as %+v", got)
		}
		text := render(got)
		if len(text) > MaxReply || longest > MaxLine-len("250 \r\n") {
			return // a CR before each LF may lead beyond the bounds
		}
		again, err := ReadReply(bufio.NewReader(strings.NewReader(text)))
		if diff := cmp.Diff(got, again); err != nil || diff != "" {
			t.Errorf("%q, rendered %q: %v\n%s", in, text, err, diff)
		}
	})
}
