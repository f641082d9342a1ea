package cli

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"mtasts/internal/render"
)

// resumed is what an earlier run over the same list came to, as -o jsonl wrote it.
type resumed struct {
	done hashSet // names of lines
	end  int64   // of the last whole line in the file
}

// resume reads the results of an earlier run; a file that is not there yet is one of none. Each is
// given to tell, since the whole list is what the run is judged by. What was cut short by an interrupt
// is not done.
func resume(name string, tell func(render.Item) error) (*resumed, error) {
	r := &resumed{done: newHashSet()}
	f, err := os.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return r, nil
	}
	if err != nil {
		return nil, fmt.Errorf("--resume: %w", err)
	}
	defer f.Close()
	if err := r.read(f, name, tell); err != nil {
		return nil, fmt.Errorf("--resume: %w", err)
	}
	return r, nil
}

func (r *resumed) read(f io.Reader, name string, tell func(render.Item) error) error {
	tail, end, err := earlierLines(f, name, func(text []byte, _ int64) error {
		i, err := earlierItem(text)
		if err != nil || i.Interrupted || !r.done.add(nameOf(i)) {
			return err
		}
		return tell(i)
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

// reopen opens the file to go on behind its last whole line.
func (r *resumed) reopen(name string) (*destination, error) {
	f, err := openToWrite(name, 0)
	if err != nil {
		return nil, err
	}
	err = r.cut(f)
	if err == nil {
		_, err = f.Seek(r.end, io.SeekStart)
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return &destination{Writer: f, name: name, file: f}, nil
}

// cut takes away what stands behind the last whole line, if the file is one that has an end.
func (r *resumed) cut(f *os.File) error {
	info, err := f.Stat()
	if err != nil || !info.Mode().IsRegular() || info.Size() <= r.end {
		return err
	}
	return f.Truncate(r.end)
}
