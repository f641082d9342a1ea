package cli

import (
	"context"
	"fmt"
	"io"
	"os"
)

// interruptible is a reader that the user may end: when ctx does, Read returns at once with
// exitInterrupted. A terminal or a pipe gives no other way out of waiting for its next byte.
type interruptible struct {
	ctx context.Context
	in  io.Reader
}

// Read implements io.Reader. The read that is waited for has a buffer of its own, since it may
// outlast the call.
func (r interruptible) Read(p []byte) (int, error) {
	type read struct {
		data []byte
		err  error
	}
	done := make(chan read, 1)
	go func() {
		data := make([]byte, len(p))
		n, err := r.in.Read(data)
		done <- read{data[:n], err}
	}()
	select {
	case got := <-done:
		return copy(p, got.data), got.err
	case <-r.ctx.Done():
		return 0, exitInterrupted
	}
}

// openToWrite opens a file that the user named, new or not, to write to it alone: of a pipe that is read from
// too, nobody would ever learn that the one at its other end is gone.
func openToWrite(name string, how int) (*os.File, error) {
	return os.OpenFile(name, os.O_WRONLY|os.O_CREATE|how, 0o644) //nolint:gosec // what is published, or is to be read by other programs
}

// readFile is all of a file that has at most limit bytes.
func readFile(name string, limit int64) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return readAll(f, name, limit)
}

// size is a limit in words.
func size(limit int64) string {
	if limit < 1<<20 {
		return fmt.Sprintf("%d KiB", limit>>10)
	}
	return fmt.Sprintf("%d MiB", limit>>20)
}

func readAll(r io.Reader, name string, limit int64) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(r, limit+1))
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	if int64(len(data)) > limit {
		return nil, fmt.Errorf("%s has more than %s", name, size(limit))
	}
	return data, nil
}
