package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"mtasts/internal/files"
	"mtasts/internal/platform"
	"mtasts/internal/render"
)

// resumed is what an earlier run over the same list came to, as -o jsonl wrote it.
type resumed struct {
	file *os.File // held while the run goes on, so that no other goes on with it
	done hashSet  // names of lines
	end  int64    // of the last whole line in the file
}

// resume reads the results of an earlier run; a file that is not there yet is one of none. Each is
// given to tell, since the whole list is what the run is judged by. What was cut short by an interrupt
// is not done. While it is open no other run may go on with the same file.
func resume(ctx context.Context, name string, tell func(i render.Item, smtp string) error) (*resumed, error) {
	if err := files.Replaceable(name); err != nil {
		return nil, fmt.Errorf("--resume: %w", err)
	}
	r := &resumed{done: newHashSet()}
	f, err := os.OpenFile(name, os.O_RDWR|os.O_APPEND|os.O_CREATE, 0o644) //nolint:gosec // to be read by other programs
	if err == nil && !platform.Lock(f) {
		err = errors.Join(fmt.Errorf("%s: another run goes on with it", name), f.Close())
	}
	if err != nil {
		return nil, fmt.Errorf("--resume: %w", err)
	}
	if err := r.read(interruptible{ctx, f}, name, tell); err != nil {
		return nil, fmt.Errorf("--resume: %w", errors.Join(err, f.Close()))
	}
	r.file = f
	return r, nil
}

// close lets others go on with the file.
func (r *resumed) close() {
	if r != nil {
		_ = r.file.Close() // what was written is told of where it was
	}
}

func (r *resumed) read(f io.Reader, name string, tell func(i render.Item, smtp string) error) error {
	counts := newEarlierCensus()
	tail, end, err := earlierLines(f, name, func(text []byte, _ int64) error {
		i, smtp, err := earlierItem(text, counts)
		if err != nil || i.Interrupted || !r.done.add(nameOf(i)) {
			return err
		}
		return tell(i, smtp)
	})
	r.end = end
	if begins := []byte(`{"index":`); err == nil && end == 0 && !bytes.HasPrefix(tail, begins[:min(len(tail), len(begins))]) {
		return fmt.Errorf("%s: %w", name, errNotEarlier) // somebody's file, which is not ours to cut
	}
	return err
}

// nameOf is the name of the line that an item is about: see [line.name].
func nameOf(i render.Item) string {
	return line{domain: i.Domain, input: i.Input, err: asError(i.Error)}.name()
}

func asError(text string) error {
	if text == "" {
		return nil
	}
	return errors.New(text)
}

// isDone tells that a line was answered before.
func (r *resumed) isDone(l line) bool { return r != nil && r.done.has(l.name()) }

// goOn is the file to write to behind its last whole line.
func (r *resumed) goOn(name string) (*destination, error) {
	if err := r.cut(); err != nil {
		return nil, err
	}
	return &destination{Writer: r.file, name: name, file: io.NopCloser(nil)}, nil
}

// cut takes away what stands behind the last whole line, if the file is one that has an end.
func (r *resumed) cut() error {
	info, err := r.file.Stat()
	if err != nil || !info.Mode().IsRegular() || info.Size() <= r.end {
		return err
	}
	return r.file.Truncate(r.end)
}
