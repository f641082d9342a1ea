package cli

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"

	"mtasts/internal/platform"
)

// destination is where one form of the output goes: standard output, or a file that the user named.
type destination struct {
	io.Writer

	name string    // of the file; empty: standard output
	file io.Closer // nil: standard output
	temp string    // what becomes the file at the end; empty: it is written as it goes
}

// openDestination opens a file, which is created or overwritten. Where it is to be replaced, it stays as
// it is until the new one is whole.
func openDestination(ctx context.Context, name string, stdout io.Writer, replace bool) (*destination, error) {
	d := &destination{Writer: stdout, name: name}
	if name == "" {
		return d, nil
	}
	var f *os.File
	var err error
	if replace && replaceable(name) {
		if target, wrong := filepath.EvalSymlinks(name); wrong == nil {
			d.name = target // the link stays
		}
		f, d.temp, err = createBeside(d.name)
	} else {
		f, err = openToWrite(ctx, name, os.O_TRUNC)
	}
	if err != nil {
		return nil, err
	}
	d.Writer, d.file = streamTo(ctx, f), f
	return d, nil
}

// replaceable tells that a name is free, or that of a file: a device or a pipe is written to.
func replaceable(name string) bool {
	info, err := os.Stat(name)
	return err != nil || info.Mode().IsRegular()
}

// createBeside creates a file in the folder of the one that it is to become, under a name that nobody
// who looks for that kind of file takes for one. What reads the folder meanwhile sees the old file.
func createBeside(name string) (*os.File, string, error) {
	sweep(name)
	before, after := aroundTemp(name)
	f, err := os.CreateTemp(filepath.Dir(name), before+"*"+after)
	if err != nil {
		return nil, "", err
	}
	platform.Lock(f)           // sweep leaves it alone
	mode := os.FileMode(0o644) // others read it: CreateTemp's files are private
	if old, err := os.Stat(name); err == nil {
		mode = old.Mode().Perm()
	}
	if err := f.Chmod(mode); err != nil {
		return nil, "", errors.Join(err, f.Close(), os.Remove(f.Name()))
	}
	return f, f.Name(), nil
}

// aroundTemp is how the names of such files begin and end.
func aroundTemp(name string) (before, after string) { return "." + filepath.Base(name) + ".", ".tmp" }

// sweep removes what earlier runs left that were killed. Those that go on still hold a lock.
func sweep(name string) {
	dir := filepath.Dir(name)
	list, _ := os.ReadDir(dir) // where that fails, so will more
	before, after := aroundTemp(name)
	for _, e := range list {
		middle, begins := strings.CutPrefix(e.Name(), before)
		number, ends := strings.CutSuffix(middle, after)
		if begins && ends && number != "" && strings.Trim(number, "0123456789") == "" && e.Type().IsRegular() {
			removeLeft(filepath.Join(dir, e.Name()))
		}
	}
}

// removeLeft removes a file that nobody writes to.
func removeLeft(name string) {
	f, err := os.OpenFile(name, os.O_WRONLY, 0)
	if err != nil {
		return
	}
	left := platform.Lock(f)
	if _ = f.Close(); left {
		_ = os.Remove(name)
	}
}

// end closes the file, and has it take its place when it is whole.
func (d *destination) end(whole bool) error {
	err := d.close()
	switch {
	case d.temp == "":
		return err
	case whole && err == nil:
		return os.Rename(d.temp, d.name)
	}
	return errors.Join(err, os.Remove(d.temp))
}

// drop closes the file of a run that failed, which has an error to tell already. What is whole at any
// time stays, and what is not is removed.
func (d *destination) drop() {
	_ = d.close()
	if d.temp != "" {
		_ = os.Remove(d.temp)
	}
}

func (d *destination) close() error {
	if d.file == nil {
		return nil
	}
	return d.file.Close()
}

// error is an error of writing, with what tells it from one of standard output.
func (d *destination) error(err error) error {
	if d.file == nil {
		return err
	}
	return fileError{err}
}

// fileError is an error of a file that the user named: never that of standard output.
type fileError struct{ error }

func (e fileError) Unwrap() error { return e.error }
