// Package mailbox finds TLS-RPT reports in what people keep them in: JSON files, gzipped or not, single
// mails, mbox files, Maildirs, zip archives, and directories of any of these. The content tells which,
// never the name alone.
//
// A file or a part of a mail may hold several: JSON behind JSON, line by line or not, or an array.
//
// It streams: one document is in memory at a time, however large the mailbox is, and everything is
// bounded, since anybody may send mail to the address that reports go to.
//
// Headers and multiparts are read here and not by net/mail and mime/multipart, and base64 that
// encoding/base64 refuses is decoded here too: those end at the first broken line, a boundary that is
// missing or a stray character, and they are asked for lines of any length. What is whole in a broken
// mail is read.
package mailbox

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"os"

	"mtasts/internal/files"
)

// Document is what looks like a report: its JSON, decompressed and decoded.
type Document struct {
	Source string // where it was: "mail.mbox: mail 17: part 2 (report.json.gz): report 3"; not escaped
	JSON   []byte // valid until the next document
}

// Limits bound what is read.
type Limits struct {
	Report int64 // bytes of one report's JSON, and of its compressed form; 0 is 5 MiB
}

// bufferSize is how much of a file is read in one go. A line of this length is still one piece.
const bufferSize = 64 << 10

// Read finds the documents in one path, "-" being stdin. What is meant as a report and cannot be read
// is handed to skipped with one clause why; what is none (most mails of a mailbox) to other. Directories
// are walked, in the order of their names; hidden files are left out.
//
// The error is for what cannot be opened at all, found's own, or the context's. One broken file or mail
// never ends the rest. Sources and reasons may hold what a mail says: they are bounded, not escaped.
func Read(ctx context.Context, path string, stdin io.Reader, limits Limits,
	found func(Document) error, skipped func(source, why string), other func(source string),
) error {
	if limits.Report <= 0 {
		limits.Report = 5 << 20
	}
	r := &run{ctx: ctx, limit: limits.Report, found: found, skipped: skipped, other: other}
	if path == "-" {
		r.pipe(place{source: "stdin", named: true}, stdin)
		return r.err
	}
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	if info.IsDir() {
		return r.top(path, info)
	}
	f, err := files.Open(ctx, path)
	if err != nil {
		return err
	}
	defer f.Close()
	r.named(place{source: path, name: path, named: true}, f, info)
	return r.err
}

// run is one call of Read.
type run struct {
	ctx     context.Context
	limit   int64
	found   func(Document) error
	skipped func(source, why string)
	other   func(source string)
	err     error // ends everything: of found, or of the context

	links   []os.FileInfo   // directories that symbolic links led to
	readers []*bufio.Reader // not in use
	gunzips []*gunzip       // not in use
	part    part
	json    []byte // decompressed
	value   []byte // the document
}

// document hands up what was found.
func (r *run) document(source string, json []byte) {
	if r.err == nil {
		r.err = r.found(Document{Source: source, JSON: bytes.TrimRight(json, " \t\r\n")})
	}
}

// skip names what was meant as a report.
func (r *run) skip(source, why string) {
	if r.err == nil {
		r.skipped(source, why)
	}
}

func (r *run) none(source string) {
	if r.err == nil {
		r.other(source)
	}
}

// over tells that everything is to end: found wants no more, or the context is done.
func (r *run) over() bool {
	if r.err == nil {
		r.err = r.ctx.Err()
	}
	return r.err != nil
}

// take lends a buffered reader; there are as many as streams within streams.
func (r *run) take(in io.Reader) *bufio.Reader {
	if n := len(r.readers); n > 0 {
		b := r.readers[n-1]
		r.readers = r.readers[:n-1]
		b.Reset(in)
		return b
	}
	return bufio.NewReaderSize(in, bufferSize)
}

func (r *run) give(b *bufio.Reader) {
	b.Reset(nil)
	r.readers = append(r.readers, b)
}
