package cli

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"strings"
	"sync/atomic"
	"syscall"
	"unicode"

	"mtasts/internal/render"
	"mtasts/internal/words"
)

// stdinName is what stands for standard input where a file or a domain is expected.
const stdinName = "-"

// line is a domain to look at, or a line of a list that is none.
type line struct {
	index  int            // from 1: of the line in all lists, behind the arguments
	source *render.Source // nil: an argument
	domain string         // empty where there is an error
	input  string         // as it stands there
	err    error
}

// domainList is the domains of arguments and of files, in their order, each once. The files are read
// as far as domains are asked for.
type domainList struct {
	args  []line
	files []listFile
	seen  hashSet
	index int // of the last line
	err   error

	heard func() bool // that somebody still wants the answers; nil: it is not known

	read atomic.Int64 // bytes of the lines that were handed out
	size int64        // in bytes, of all files; 0: not known
}

// listFile is an open list.
type listFile struct {
	name string // as the user named it, and in errors
	file io.ReadCloser
}

// openList opens the files and reads the arguments; "-" stands for a list on stdin. An argument that is
// no domain name is an error: in a list, where it is one among many, it is a line like others.
func openList(ctx context.Context, stdin io.Reader, args, files []string) (*domainList, error) {
	if len(args)+len(files) == 0 {
		return nil, errors.New("no domain given: try mtasts check example.com")
	}
	l := &domainList{seen: newHashSet()}
	for _, arg := range args {
		if arg == stdinName {
			files = append([]string{stdinName}, files...)
			continue
		}
		domain, err := parseDomain(arg)
		if err != nil {
			return nil, err
		}
		if !l.seen.add(domain) {
			continue
		}
		l.args = append(l.args, line{index: len(l.args) + 1, domain: domain})
	}
	l.index = len(l.args)
	for _, name := range files {
		if err := l.open(ctx, stdin, name); err != nil {
			l.close()
			return nil, err
		}
	}
	return l, nil
}

func (l *domainList) open(ctx context.Context, stdin io.Reader, name string) error {
	if name == stdinName {
		l.files = append(l.files, listFile{name, io.NopCloser(stdin)})
		return nil
	}
	f, err := openToRead(ctx, name)
	if err != nil {
		return err
	}
	info, err := f.Stat()
	if err == nil && info.IsDir() {
		err = fmt.Errorf("%s is a directory, not a list of domains", name)
	}
	if err != nil {
		return errors.Join(err, f.Close())
	}
	l.files = append(l.files, listFile{name, f})
	l.size += info.Size()
	return nil
}

// close may be called at any time; the error of a file that was read is of no interest.
func (l *domainList) close() {
	for _, f := range l.files {
		_ = f.file.Close()
	}
}

// streams tells that domains come from files, so that there may be any number of them.
func (l *domainList) streams() bool { return len(l.files) > 0 }

// share is about how much of the list has been handed out, in bytes; of is 0 where that is not known.
func (l *domainList) share() (read, of int64) {
	for _, f := range l.files {
		if f.name == stdinName {
			return 0, 0
		}
	}
	return l.read.Load(), l.size
}

// all is every line with a domain or with an error, once; it ends when ctx does. What ends it early
// is in err afterwards.
func (l *domainList) all(ctx context.Context) iter.Seq[line] {
	return func(yield func(line) bool) {
		for _, arg := range l.args {
			if !yield(arg) {
				return
			}
		}
		for _, f := range l.files {
			if !l.each(ctx, f, yield) || ctx.Err() != nil {
				return
			}
		}
	}
}

// each yields the lines of a file, and tells whether to go on with the next one.
func (l *domainList) each(ctx context.Context, f listFile, yield func(line) bool) bool {
	lines := bufio.NewReaderSize(interruptible{ctx, f.file}, maxLine)
	found := false
	for number := 1; ; number++ {
		text, err := readLine(lines)
		if number%hearEvery == 0 && l.heard != nil && !l.heard() {
			l.fail(syscall.EPIPE) // a list of nothing new has no end that anybody would wait for
			return false
		}
		l.read.Add(int64(len(text) + 1))
		if text != "" || err == nil {
			l.index++
		}
		if typed := firstField(strings.TrimPrefix(text, "\ufeff")); typed != "" {
			found = true
			if n := l.line(typed, render.Source{File: f.name, Line: number}); n != nil && !yield(*n) {
				return false
			}
		}
		switch {
		case errors.Is(err, io.EOF):
			if !found {
				l.fail(fmt.Errorf("%s: there is no domain in it", f.label()))
			}
			return true
		case ctx.Err() != nil:
			return false
		case err != nil:
			l.fail(fmt.Errorf("%s:%d: read the list: %w", f.label(), number, err))
			return true
		}
	}
}

// fail keeps the first error: it is told when the other lists have been read.
func (l *domainList) fail(err error) { l.err = cmp.Or(l.err, err) }

func (f listFile) label() string {
	if f.name == stdinName {
		return "standard input"
	}
	return f.name
}

// line is what was typed in a line; nil where it came before.
func (l *domainList) line(typed string, at render.Source) *line {
	n := &line{index: l.index, source: &at}
	n.domain, n.err = parseDomain(typed)
	if n.err != nil {
		n.input = strings.ToValidUTF8(words.Clip(typed, maxInput), "\ufffd") // as JSON gives it back
	}
	if l.seen.size() >= maxSeen {
		l.seen = newHashSet()
	}
	if !l.seen.add(n.name()) {
		return nil
	}
	return n
}

const (
	// maxLine is how long a line of a list may be, in bytes. What stands behind the domain may be long.
	maxLine = 64 << 10
	// endlessLine is how long one may be that is skipped to its end.
	endlessLine = 64 << 20
	// hearEvery is how many lines are read before it is asked whether somebody still wants the answers.
	hearEvery = 4096
	// maxInput is how much of a line that is no domain is kept.
	maxInput = 200
)

var errEndlessLine = errors.New("a line has more than 64 MiB: this is no list")

// readLine is the next line without its end, at most maxLine bytes of it. The error, io.EOF too, comes
// with the last line.
func readLine(r *bufio.Reader) (string, error) {
	text, err := r.ReadSlice('\n')
	line := string(bytes.TrimRight(text, "\r\n"))
	for size := len(text); errors.Is(err, bufio.ErrBufferFull); size += len(text) { // the rest of a line that is too long
		if size > endlessLine {
			return "", errEndlessLine
		}
		text, err = r.ReadSlice('\n')
	}
	return line, err
}

// maxSeen is how many domains are known to have come before, in some 20 MiB. After that all are
// forgotten: of a list with so many lines a domain may be looked at twice.
const maxSeen = 1 << 20

// firstField is what stands in a line before the first blank, comma or semicolon, without its
// quotes and without a comment; of a line with an address in angle brackets it is all, since
// the name before them may have blanks.
func firstField(line string) string {
	line, _, _ = strings.Cut(line, "#")
	if strings.Contains(line, "<") {
		return strings.TrimSpace(line)
	}
	fields := strings.FieldsFunc(line, func(r rune) bool { return unicode.IsSpace(r) || r == ',' || r == ';' })
	if len(fields) == 0 {
		return ""
	}
	return strings.Trim(fields[0], `"'`)
}

// name is what tells lines apart.
func (l line) name() string {
	if l.err != nil {
		return "?" + l.input // no domain begins so
	}
	return l.domain
}
