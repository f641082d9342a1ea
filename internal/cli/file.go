package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"mtasts/internal/files"
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
	if r.ctx.Err() != nil {
		return 0, exitInterrupted
	}
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

// endable reads an open file, which may be a pipe.
func endable(ctx context.Context, f *os.File) io.Reader {
	if files.Endless(f) {
		return interruptible{ctx, f}
	}
	return f
}

// openToWrite opens a file that the user named, new or not, to write to it alone: of a pipe that is read from
// too, nobody would ever learn that the one at its other end is gone.
func openToWrite(ctx context.Context, name string, how int) (*os.File, error) {
	f, err := files.OpenFile(ctx, name, os.O_WRONLY|os.O_CREATE|how, 0o644) // what is published, or is to be read by other programs
	return f, ended(ctx, err)
}

// openToRead opens a file that the user named. Who waits for the other end of a pipe may end that.
func openToRead(ctx context.Context, name string) (*os.File, error) {
	f, err := files.Open(ctx, name)
	return f, ended(ctx, err)
}

// ended is the error of something that ctx may have ended.
func ended(ctx context.Context, err error) error {
	if err != nil && errors.Is(err, ctx.Err()) {
		return exitInterrupted
	}
	return err
}

// readFile is all of a file that has at most limit bytes.
func readFile(ctx context.Context, name string, limit int64) ([]byte, error) {
	f, err := openToRead(ctx, name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if info, err := f.Stat(); err == nil && info.IsDir() {
		return nil, fmt.Errorf("%s is a directory", name)
	}
	return readAll(endable(ctx, f), name, limit)
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
