package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"hash/maphash"
	"io"
	"os"

	"mtasts/internal/files"
	"mtasts/internal/render"
	"mtasts/internal/rule"
)

// baseline is the results of an earlier run, as -o jsonl wrote them. It knows where each stands in the
// file and reads it when it is asked for.
type baseline struct {
	name string
	file *os.File
	seed maphash.Seed
	at   map[uint64]extent // by the hash of the line's name

	counts *census
}

// extent is a piece of a file.
type extent struct{ from, size int64 }

func openBaseline(ctx context.Context, name string) (*baseline, error) {
	if err := files.Replaceable(name); err != nil {
		return nil, fmt.Errorf("--baseline: %w", err)
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, fmt.Errorf("--baseline: %w", err)
	}
	b := &baseline{name: name, file: f, seed: maphash.MakeSeed(), at: map[uint64]extent{}, counts: newEarlierCensus()}
	_, _, err = earlierLines(interruptible{ctx, f}, name, b.note)
	if err == nil && len(b.at) == 0 {
		err = fmt.Errorf("%s: there is no result in it", name)
	}
	if err != nil {
		return nil, fmt.Errorf("--baseline: %w", errors.Join(err, f.Close()))
	}
	return b, nil
}

// note notes where the result of a line stands; of several the last one counts.
func (b *baseline) note(line []byte, at int64) error {
	var i struct {
		Schema               int
		Domain, Input, Error string
	}
	if err := b.counts.check(line, false); err != nil {
		return err
	}
	if json.Unmarshal(line, &i) != nil || i.Schema == 0 {
		return notEarlier(line)
	}
	name := nameOf(render.Item{Input: i.Input, Error: i.Error, Result: rule.Result{Domain: i.Domain}})
	b.at[maphash.String(b.seed, name)] = extent{at, int64(len(line))}
	return nil
}

// knows tells that a line was in the list of the earlier run.
func (b *baseline) knows(l line) bool {
	if b == nil {
		return false
	}
	_, known := b.at[maphash.String(b.seed, l.name())]
	return known
}

// find is the earlier result of a domain; nil where there is none that was seen whole.
func (b *baseline) find(domain string) (*rule.Result, error) {
	where, known := b.at[maphash.String(b.seed, domain)]
	if !known {
		return nil, nil
	}
	var i render.Item
	text, err := io.ReadAll(io.NewSectionReader(b.file, where.from, where.size))
	if err == nil {
		err = readEarlier(text, &i)
	}
	switch {
	case err != nil:
		return nil, fmt.Errorf("--baseline: %s: at byte %d: %w", b.name, where.from, err)
	case i.Interrupted || i.Domain != domain:
		return nil, nil
	}
	return &i.Result, nil
}

// readEarlier reads a line with what was seen, if that is still there: it is much, and people leave it out.
func readEarlier(line []byte, i *render.Item) error {
	if err := json.Unmarshal(line, i); err != nil {
		return notEarlier(line)
	}
	if err := checkEarlier(line, *i); err != nil || i.Observed == nil {
		return err
	}
	fillNulls(i.Observed)
	if err := checkObservation(i.Observed); err != nil {
		return err
	}
	if i.Observed.Domain != i.Domain {
		return errNotEarlier
	}
	return nil
}

func (b *baseline) close() {
	if b != nil {
		_ = b.file.Close() // it was read only
	}
}
