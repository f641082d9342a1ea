// Package cli is the command line of mtasts: one file a command, flags to options, errors and
// results to exit codes. It alone knows cobra, and it opens the files that the user names.
//
// Results go to Out, progress and errors to Err. Whatever goes wrong in the use of the command
// is one line on Err that begins "mtasts: ", with the nearest valid spelling where there is one,
// and exit code 2.
package cli

import (
	"context"
	"errors"
	"io"

	"mtasts/internal/collect"
)

// System is the world as a run sees it: cmd/mtasts fills in the real one, tests a lab.
type System struct {
	// Net has the dialer, the clock, and what holds unless a flag says otherwise: resolvers,
	// roots, the nets that count as public.
	Net      collect.Network
	In       io.Reader
	Out, Err io.Writer
	Getenv   func(string) string
	// OutTTY and ErrTTY tell whether a person sits behind the stream.
	OutTTY, ErrTTY bool
	Width          int    // of the terminal, in columns; 0: not known
	Hostname       string // as this machine calls itself; empty: not known
	Version        string // empty: that of the build
}

// Run does what args (without the program's name) ask for and returns the exit code: 0, 1, 2, 3
// or 130 as in the table of exit.go. It returns soon after ctx ends, with what is known so far
// written.
func Run(ctx context.Context, sys System, args []string) int {
	if sys.Version == "" {
		sys.Version = thisBuild().version
	}
	sys.Net.Version = sys.Version
	sys.Out, sys.Err = &stream{ctx: ctx, to: sys.Out}, &stream{ctx: ctx, to: sys.Err}
	root := newRoot(ctx, sys, args)
	var unhelped error
	root.SetHelpFunc(helpKeeping(&unhelped))
	err := root.ExecuteContext(ctx)
	if err == nil {
		err = unhelped
	}
	var code exit
	if err != nil && !errors.As(err, &code) && asksNagios(args) {
		return int(nagiosFault(sys.Out, err))
	}
	return int(exitOf(sys.Err, err))
}
