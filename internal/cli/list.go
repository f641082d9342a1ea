package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"unicode"
)

// stdinName is what stands for standard input where a file or a domain is expected.
const stdinName = "-"

// domainList gathers domains in their order, each once.
type domainList struct {
	names []string
	seen  map[string]bool
}

// readDomains is the domains of the arguments and files; an argument "-" stands for a list on
// stdin. The first input that is no domain name is the error.
func readDomains(ctx context.Context, stdin io.Reader, args, files []string) ([]string, error) {
	if len(args)+len(files) == 0 {
		return nil, errors.New("no domain given: try mtasts check example.com")
	}
	list := domainList{seen: map[string]bool{}}
	for _, arg := range args {
		if arg == stdinName {
			files = append([]string{stdinName}, files...)
		} else if err := list.add(arg); err != nil {
			return nil, err
		}
	}
	for _, file := range files {
		if err := list.readFile(ctx, stdin, file); err != nil {
			return nil, err
		}
	}
	return list.names, nil
}

func (l *domainList) add(typed string) error {
	domain, err := parseDomain(typed)
	if err == nil && !l.seen[domain] {
		l.seen[domain] = true
		l.names = append(l.names, domain)
	}
	return err
}

func (l *domainList) readFile(ctx context.Context, stdin io.Reader, name string) error {
	if name == stdinName {
		return l.read(interruptible{ctx, stdin}, "standard input")
	}
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	return l.read(interruptible{ctx, f}, name)
}

// read takes the first field of every line that has one.
func (l *domainList) read(r io.Reader, name string) error {
	lines := bufio.NewScanner(r)
	line, found := 0, false
	for lines.Scan() {
		line++
		typed := firstField(strings.TrimPrefix(lines.Text(), "\ufeff"))
		if typed == "" {
			continue
		}
		found = true
		if err := l.add(typed); err != nil {
			return fmt.Errorf("%s:%d: %w", name, line, err)
		}
	}
	if err := lines.Err(); err != nil {
		return fmt.Errorf("%s:%d: read the list: %w", name, line+1, err)
	}
	if !found {
		return fmt.Errorf("%s: there is no domain in it", name)
	}
	return nil
}

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
