// Package files opens what people name, which may be no file: a pipe that nobody is at the other end of,
// a device, a folder. Nobody waits for it longer than they want to.
package files

import (
	"context"
	"fmt"
	"io/fs"
	"os"
)

// Open opens a file to read it; see [OpenFile].
func Open(ctx context.Context, name string) (*os.File, error) {
	return OpenFile(ctx, name, os.O_RDONLY, 0)
}

// OpenFile is [os.OpenFile]. A pipe is opened only when somebody is at its other end, which may be never:
// where ctx ends before, so does the call, with the context's error; and what is opened then is closed.
func OpenFile(ctx context.Context, name string, flag int, perm fs.FileMode) (*os.File, error) {
	info, err := os.Stat(name)
	if err != nil || info.Mode().IsRegular() || info.IsDir() {
		return os.OpenFile(name, flag, perm)
	}
	type opened struct {
		file *os.File
		err  error
	}
	done := make(chan opened)
	go func() {
		f, err := os.OpenFile(name, flag, perm)
		select {
		case done <- opened{f, err}:
		case <-ctx.Done():
			_ = f.Close() // nobody wants it any more; where there is none, that is an error of no interest
		}
	}()
	select {
	case o := <-done:
		return o.file, o.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// Replaceable tells why a name is none of a file that can be read again, and cut: it is one, or nothing yet.
func Replaceable(name string) error {
	info, err := os.Stat(name)
	if err == nil && !info.Mode().IsRegular() {
		return fmt.Errorf("%s is %s, and no file", name, kind(info.Mode()))
	}
	return nil
}

func kind(m fs.FileMode) string {
	switch {
	case m.IsDir():
		return "a directory"
	case m&fs.ModeNamedPipe != 0:
		return "a pipe"
	case m&fs.ModeDevice != 0:
		return "a device"
	}
	return "something else"
}

// Endless tells that a file has no size of its own: reading it may wait, and so may writing.
func Endless(f *os.File) bool {
	info, err := f.Stat()
	return err != nil || !info.Mode().IsRegular()
}
