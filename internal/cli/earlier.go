package cli

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"slices"

	"mtasts/internal/render"
	"mtasts/internal/rule"
)

// maxEarlier bounds a line of earlier results, which may come from somebody else: a domain takes some
// KiB, and one that tries hard some MiB.
const maxEarlier = mostOfDomain

// earlierLines calls f for each whole line of what -o jsonl wrote, with the place where it begins. What
// stands behind the last line end is cut off: it is given back with the place where it begins.
func earlierLines(r io.Reader, name string, f func(line []byte, at int64) error) (tail []byte, end int64, err error) {
	lines := bufio.NewScanner(r)
	lines.Buffer(make([]byte, 64<<10), maxEarlier)
	lines.Split(func(data []byte, atEOF bool) (int, []byte, error) {
		if i := bytes.IndexByte(data, '\n'); i >= 0 {
			return i + 1, data[:i+1], nil
		}
		if atEOF {
			tail = bytes.Clone(data)
			return len(data), nil, nil
		}
		return 0, nil, nil
	})
	for number := 1; lines.Scan(); number++ {
		if len(bytes.TrimSpace(lines.Bytes())) > 0 {
			if err := f(lines.Bytes(), end); err != nil {
				return nil, 0, fmt.Errorf("%s:%d: %w", name, number, err)
			}
		}
		end += int64(len(lines.Bytes()))
	}
	if err := lines.Err(); err != nil {
		return nil, 0, fmt.Errorf("%s: at byte %d: %w", name, end, err)
	}
	return tail, end, nil
}

var errNotEarlier = errors.New("it is no line that mtasts check -o jsonl wrote")

// earlierItem is an item as it was told, without what was seen, and the --smtp by which it was looked for.
func earlierItem(line []byte, c *census) (i render.Item, smtp string, err error) {
	var told struct {
		render.Item
		Observed struct {
			Vantage struct{ SMTP string }
		} `json:"observed"`
	}
	if err := c.check(line, false); err != nil {
		return render.Item{}, "", err
	}
	if json.Unmarshal(line, &told) != nil {
		return render.Item{}, "", notEarlier(line)
	}
	return told.Item, told.Observed.Vantage.SMTP, checkEarlier(line, told.Item)
}

// newEarlierCensus is for lines of earlier results.
func newEarlierCensus() *census { return newCensus(reflect.TypeFor[render.Item]()) }

// notEarlier says what a line is that is none of ours, if that can be guessed.
func notEarlier(line []byte) error {
	if bytes.HasPrefix(bytes.TrimSpace(line), []byte("[")) {
		return fmt.Errorf("%w: it looks like that of -o json", errNotEarlier)
	}
	return errNotEarlier
}

// checkEarlier holds an item against what the program relies on.
func checkEarlier(line []byte, i render.Item) error {
	domain, err := domainName(i.Domain)
	statuses := []rule.Status{rule.Pass, rule.Info, rule.Warn, rule.Fail, rule.Unknown}
	known := slices.Contains(statuses, i.Status) && !slices.ContainsFunc(i.Findings, func(f rule.Finding) bool { return !slices.Contains(statuses, f.Status) })
	switch {
	case i.Schema == 0 || !known:
		return notEarlier(line)
	case i.Schema != 1:
		return fmt.Errorf("it is of schema %d; this version reads schema 1", i.Schema)
	case i.Error == "" && (err != nil || domain != i.Domain):
		return fmt.Errorf("%w: %.100q is no domain name in its plain form", errNotEarlier, i.Domain)
	}
	return nil
}
