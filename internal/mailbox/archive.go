package mailbox

import (
	"archive/zip"
	"bufio"
	"bytes"
	"compress/flate"
	"compress/gzip"
	"errors"
	"io"
	"math"
	"strings"

	"mtasts/internal/words"
)

const (
	spoolMost = 32 << 20 // bytes of a zip that comes through a pipe: its directory is at its end
	textMost  = 120      // bytes of a name that a mail or an archive gives
	// The directory of a zip is held, in eight times as many bytes as it has, and room is made for as many
	// entries as it says that it has, if they fit into the file.
	zipMost       = 256 << 20
	directoryMost = 16 << 20
	// No byte of a zip is decompressed to more than this many (RFC 1951), unless its entries overlap.
	ratioMost = 1032
)

// gunzip decompresses gzip members until there are no more. Bytes behind the last one are nothing: a
// mailing list's footer, or the end of a line. What reads from it needs io.ByteReader below it.
type gunzip struct {
	z    gzip.Reader
	in   io.Reader
	done bool
}

// start begins the next member.
func (g *gunzip) start(in io.Reader) error {
	g.in = in
	err := g.z.Reset(in)
	if err == nil {
		g.z.Multistream(false)
	}
	return err
}

func (g *gunzip) Read(b []byte) (int, error) {
	for !g.done {
		n, err := g.z.Read(b)
		if !errors.Is(err, io.EOF) {
			return n, err
		}
		g.done = g.start(g.in) != nil
		if n > 0 {
			return n, nil
		}
	}
	return 0, io.EOF
}

// gunzipOf lends a decompressor of what is left in a stream.
func (r *run) gunzipOf(in io.Reader) (*gunzip, error) {
	g := &gunzip{}
	if n := len(r.gunzips); n > 0 {
		g, r.gunzips = r.gunzips[n-1], r.gunzips[:n-1]
	}
	g.done = false
	return g, g.start(in)
}

func (r *run) giveGunzip(g *gunzip) {
	g.in = nil
	r.gunzips = append(r.gunzips, g)
}

// inflate decompresses one document.
func (r *run) inflate(data []byte) ([]byte, error) {
	g, err := r.gunzipOf(bytes.NewReader(data))
	defer r.giveGunzip(g)
	if err != nil {
		return nil, err
	}
	return r.slurp(g, r.limit)
}

// gzip reads a gzipped file: a report, or a mailbox that was put away.
func (r *run) gzip(p place, in *bufio.Reader) bool {
	if p.gzip {
		r.skip(p.source, "it is gzip within gzip")
		return true
	}
	g, err := r.gunzipOf(in)
	defer r.giveGunzip(g)
	if err != nil {
		r.skip(p.source, damage(err))
		return true
	}
	p.gzip, p.file = true, nil
	return r.stream(p, g)
}

// damage is what is wrong with a stream, in words that make sense in a list of files.
func damage(err error) string {
	var corrupt flate.CorruptInputError
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		return "its compressed data ends too early"
	case errors.Is(err, gzip.ErrChecksum), errors.Is(err, zip.ErrChecksum):
		return "its checksum is wrong"
	case errors.Is(err, gzip.ErrHeader), errors.As(err, &corrupt):
		return "its compressed data is damaged"
	case errors.Is(err, errBomb):
		return err.Error()
	}
	return bare(err)
}

// zip reads an archive. It needs to be read from its end, so one from a pipe is held.
func (r *run) zip(p place, in *bufio.Reader) bool {
	switch {
	case p.zip:
		r.skip(p.source, "it is a zip within a zip")
		return true
	case p.gzip:
		r.skip(p.source, "it is a zip within gzip")
		return true
	case p.file != nil:
		return r.zipFile(p)
	}
	data, err := r.slurp(in, spoolMost)
	if errors.Is(err, errLarge) {
		r.skip(p.source, "a zip of more than "+size(spoolMost)+" cannot be read from a pipe: name its file")
		return true
	}
	if err != nil {
		return false
	}
	r.json = nil // it is the archive now
	r.entries(p, bytes.NewReader(data), int64(len(data)))
	return true
}

func (r *run) zipFile(p place) bool {
	if p.size == 0 {
		info, err := p.file.Stat()
		if err != nil {
			r.skip(p.source, "it cannot be looked at: "+bare(err))
			return true
		}
		p.size = info.Size()
	}
	r.entries(p, p.file, p.size)
	return true
}

var errBomb = errors.New("it decompresses to more than any honest zip of its size")

// budget is a reader of an entry that counts against the whole archive.
type budget struct {
	in   io.Reader
	left *int64
}

func (b budget) Read(to []byte) (int, error) {
	if *b.left <= 0 {
		return 0, errBomb
	}
	n, err := b.in.Read(to)
	*b.left -= int64(n)
	return n, err
}

var errEntries = errors.New("the zip has too many entries")

// directory is an archive of which only so much is read before its directory is known.
type directory struct {
	at   io.ReaderAt
	left int
}

func (d *directory) ReadAt(to []byte, off int64) (int, error) {
	if d.left -= len(to); d.left < 0 {
		return 0, errEntries
	}
	return d.at.ReadAt(to, off)
}

// openZip reads the directory of an archive.
func openZip(at io.ReaderAt, length int64) (*zip.Reader, error) {
	if length > zipMost {
		return nil, errors.New("a zip of more than " + size(zipMost) + " is not read: unpack it")
	}
	d := &directory{at, directoryMost}
	archive, err := zip.NewReader(d, length)
	d.left = math.MaxInt
	switch {
	case errors.Is(err, errEntries):
		return nil, err
	case err != nil:
		return nil, errors.New("the zip is damaged or not whole")
	}
	return archive, nil
}

func (r *run) entries(p place, at io.ReaderAt, size int64) {
	archive, err := openZip(at, size)
	if err != nil {
		r.skip(p.source, err.Error())
		return
	}
	left, files := size*ratioMost, 0
	for _, f := range archive.File {
		if r.over() {
			return
		}
		if left <= 0 {
			r.skip(p.source, errBomb.Error())
			return
		}
		if !hiddenEntry(f.Name) {
			files++
			r.zipEntry(p, f, &left)
		}
	}
	if files == 0 {
		r.unclear(p, "the zip has no files")
	}
}

// hiddenEntry tells that an entry is a directory, or hidden, or what macOS puts beside each file.
func hiddenEntry(name string) bool {
	base := name[strings.LastIndexByte(name, '/')+1:]
	return base == "" || strings.HasPrefix(base, ".") || strings.HasPrefix(name, "__MACOSX/")
}

func (r *run) zipEntry(p place, f *zip.File, left *int64) {
	e := place{source: p.source + ": " + words.Clip(f.Name, textMost), name: f.Name, zip: true}
	if f.Flags&1 != 0 {
		r.skip(e.source, "it is encrypted")
		return
	}
	in, err := f.Open()
	if errors.Is(err, zip.ErrAlgorithm) {
		r.skip(e.source, "it is compressed in a way that is not read here")
		return
	}
	if err != nil {
		r.skip(e.source, "the zip is damaged or not whole")
		return
	}
	defer in.Close()
	r.stream(e, budget{in, left})
}
