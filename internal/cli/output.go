package cli

import (
	"errors"

	"github.com/spf13/pflag"

	"mtasts/internal/render"
)

// The formats of --output.
const (
	formatText     = "text"
	formatJSON     = "json"
	formatMarkdown = "markdown" // of what is no result
)

// outputOptions say in which form results are told.
type outputOptions struct {
	format         string
	json           bool
	verbose, quiet bool
	color          string
}

func (o *outputOptions) add(fs *pflag.FlagSet) {
	fs.FuncP("output", "o", "`FORMAT` of the results: text or json (default text)", oneOf(&o.format, choices()["output"]))
	fs.BoolVar(&o.json, "json", false, "the same as -o json")
	fs.BoolVarP(&o.verbose, "verbose", "v", false, "tell what passed too, and why each problem matters")
	fs.BoolVarP(&o.quiet, "quiet", "q", false, "one line a domain")
	addColor(fs, &o.color)
}

func addColor(fs *pflag.FlagSet, at *string) {
	*at = "auto"
	fs.Func("color", "`WHEN` to colour: auto, always or never (default auto)", oneOf(at, choices()["color"]))
}

// check refuses what makes no sense together.
func (o *outputOptions) check() error {
	switch {
	case o.json && o.format == formatText:
		return errors.New("--json and --output text contradict each other")
	case o.verbose && o.quiet:
		return errors.New("--verbose and --quiet contradict each other")
	case o.isJSON() && o.quiet:
		return errors.New("--quiet is for text; JSON always has everything")
	case o.isJSON() && o.verbose:
		return errors.New("--verbose is for text; JSON always has everything")
	}
	return nil
}

func (o *outputOptions) isJSON() bool { return o.json || o.format == formatJSON }

// colored tells whether to colour a stream that is a terminal or not.
func (o *outputOptions) colored(sys System, tty bool) bool {
	return render.WantColor(o.color, tty, sys.Getenv)
}

func (o *outputOptions) writer(sys System) render.Writer {
	style := render.Style{
		Color:   o.colored(sys, sys.OutTTY),
		Width:   sys.Width,
		Verbose: o.verbose,
	}
	switch {
	case o.isJSON():
		return render.NewJSON(sys.Out)
	case o.quiet:
		return render.NewQuiet(sys.Out, style)
	}
	return render.NewText(sys.Out, style)
}
