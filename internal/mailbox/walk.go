package mailbox

import (
	"cmp"
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

const (
	dirsMost  = 64   // directories within directories
	linksMost = 100  // symbolic links to directories that are followed
	namesMost = 8192 // names of one directory that are held; a larger one is gone over again
)

// name is one entry of a directory.
type name struct {
	text string
	mode fs.FileMode // its type alone
}

// top reads the directory that the user named: that it cannot be opened is an error.
func (r *run) top(path string, info os.FileInfo) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	_ = f.Close()
	r.dir(path, []os.FileInfo{info})
	return r.err
}

// named reads a file that is open. One that is no regular file (a pipe, a terminal) may block.
func (r *run) named(p place, f *os.File, info os.FileInfo) {
	if !info.Mode().IsRegular() {
		r.pipe(p, f)
		return
	}
	p.file, p.size = f, info.Size()
	r.stream(p, f)
}

// pipe reads a stream that may block for ever: the context ends it all the same. Whoever blocks in
// the stream's own Read stays until that returns.
func (r *run) pipe(p place, in io.Reader) {
	out, feed := io.Pipe()
	go func() {
		_, err := io.Copy(feed, in)
		_ = feed.CloseWithError(err)
	}()
	stop := context.AfterFunc(r.ctx, func() { _ = out.CloseWithError(r.ctx.Err()) })
	defer stop()
	r.stream(p, out)
	_ = out.Close() // ends the copying
}

// dir reads a directory; above are the ones it is in, and itself. A Maildir's files are in cur and new:
// what is in tmp was not delivered yet, and what lies beside them is the mail server's own.
func (r *run) dir(path string, above []os.FileInfo) {
	maildir := isMaildir(path)
	for after := ""; !r.over(); {
		list, more, err := names(path, after, namesMost)
		if err != nil {
			r.skip(path, "the directory cannot be read: "+bare(err))
			return
		}
		for _, n := range list {
			if r.over() {
				return
			}
			if at := filepath.Join(path, n.text); !leftOut(maildir, at, n) {
				r.entry(at, n, above)
			}
		}
		if !more {
			return
		}
		after = list[len(list)-1].text
	}
}

// names are the next names of a directory in their order, and whether there are more. Few are held at
// a time: the memory of a Maildir of a million mails is that of a small one.
func names(path, after string, most int) (list []name, more bool, err error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, false, err
	}
	defer f.Close()
	for {
		batch, err := f.ReadDir(256)
		for _, e := range batch {
			if e.Name() > after {
				list = append(list, name{e.Name(), e.Type()})
			}
		}
		if len(list) >= 2*most || err != nil {
			slices.SortFunc(list, func(a, b name) int { return cmp.Compare(a.text, b.text) })
			more = more || len(list) > most
			list = list[:min(len(list), most)]
		}
		if errors.Is(err, io.EOF) {
			return list, more, nil
		}
		if err != nil {
			return nil, false, err
		}
	}
}

// leftOut tells what is not looked at: hidden files, and in a Maildir all but its folders. Those of
// Maildir++ are hidden directories that are Maildirs themselves.
func leftOut(maildir bool, path string, n name) bool {
	hidden := strings.HasPrefix(n.text, ".")
	if !maildir {
		return hidden
	}
	if n.mode&(fs.ModeDir|fs.ModeSymlink) == 0 || n.text == "tmp" {
		return true
	}
	return hidden && !isMaildir(path)
}

func isMaildir(path string) bool {
	for _, sub := range []string{"cur", "new"} {
		if info, err := os.Stat(filepath.Join(path, sub)); err != nil || !info.IsDir() {
			return false
		}
	}
	return true
}

// entry reads one entry of a directory.
func (r *run) entry(path string, n name, above []os.FileInfo) {
	if n.mode == 0 {
		r.open(path)
		return
	}
	info, err := os.Stat(path)
	switch {
	case err != nil:
		r.skip(path, "it cannot be looked at: "+bare(err))
	case info.IsDir():
		r.below(path, info, above, n.mode&fs.ModeSymlink != 0)
	case info.Mode().IsRegular():
		r.open(path)
	default:
		r.none(path) // a socket, a device, a pipe that nobody writes to
	}
}

// below reads a directory within a directory, if it is not being read already.
func (r *run) below(path string, info os.FileInfo, above []os.FileInfo, link bool) {
	same := func(other os.FileInfo) bool { return os.SameFile(info, other) }
	switch {
	case slices.ContainsFunc(above, same):
		r.skip(path, "it leads back to a directory that it is in")
		return
	case len(above) >= dirsMost:
		r.skip(path, "it is too deep within other directories")
		return
	case link && (slices.ContainsFunc(r.links, same) || len(r.links) >= linksMost):
		r.skip(path, "it is a link to a directory that was read already, or one link of too many")
		return
	case link:
		r.links = append(r.links, info)
	}
	r.dir(path, append(above[:len(above):len(above)], info))
}

// open reads a file that the walk found.
func (r *run) open(path string) {
	f, err := os.Open(path)
	if err != nil {
		r.skip(path, "it cannot be opened: "+bare(err))
		return
	}
	defer f.Close()
	r.stream(place{source: path, name: path, file: f}, f)
}

// bare is what the operating system says, without the path: the source has it.
func bare(err error) string {
	var e *fs.PathError
	if errors.As(err, &e) {
		return e.Err.Error()
	}
	return err.Error()
}
