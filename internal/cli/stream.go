package cli

import (
	"bytes"
	"context"
	"io"
	"os"
	"sync/atomic"
	"time"

	"mtasts/internal/files"
	"mtasts/internal/platform"
)

// stream is a writer whose reader may have stopped without going away, as a pager does, or a pipe into a
// program that waits: a write to it waits as long. When ctx ends the reader has a little time left, and
// then the write ends with exitInterrupted, as does each that follows.
type stream struct {
	ctx   context.Context
	to    io.Writer
	stuck atomic.Bool
}

// patience is how long a reader has to take what is written once the run is to end.
const patience = time.Second

// Write implements io.Writer. What is waited for has bytes of its own, since it may outlast the call.
func (s *stream) Write(p []byte) (int, error) {
	if s.stuck.Load() {
		return 0, exitInterrupted
	}
	type written struct {
		n   int
		err error
	}
	done := make(chan written, 1)
	go func(p []byte) {
		n, err := s.to.Write(p)
		done <- written{n, err}
	}(bytes.Clone(p))
	select {
	case w := <-done:
		return w.n, w.err
	case <-s.ctx.Done():
	}
	select {
	case w := <-done:
		return w.n, w.err
	case <-time.After(patience):
		s.stuck.Store(true)
		return 0, exitInterrupted
	}
}

// streamTo is a writer to an open file, which may be a pipe.
func streamTo(ctx context.Context, f *os.File) io.Writer {
	if files.Endless(f) {
		return &stream{ctx: ctx, to: f}
	}
	return f
}

// fileBelow is the file that a writer leads to; nil where it is none.
func fileBelow(w io.Writer) *os.File {
	if s, ok := w.(*stream); ok {
		w = s.to
	}
	f, _ := w.(*os.File)
	return f
}

// heard tells that somebody may still read what is written.
func heard(w io.Writer) bool {
	f := fileBelow(w)
	return f == nil || platform.Heard(f)
}
