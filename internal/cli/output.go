package cli

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"mtasts/internal/render"
)

// The formats of --output.
const (
	formatText       = "text"
	formatJSON       = "json"
	formatJSONL      = "jsonl"
	formatCSV        = "csv"
	formatSARIF      = "sarif"
	formatJUnit      = "junit"
	formatGitHub     = "github"
	formatGitLab     = "gitlab"
	formatMarkdown   = "markdown"
	formatPrometheus = "prometheus"
	formatNagios     = "nagios"
)

// shortFormats are those of what people read, and of what programs do.
func shortFormats() []string { return []string{formatText, formatJSON} }

// resultFormats are those of results, in the order in which they are told to people.
func resultFormats() []string {
	return []string{
		formatText, formatJSON, formatJSONL, formatCSV, formatMarkdown, formatSARIF, formatJUnit,
		formatGitHub, formatGitLab, formatPrometheus, formatNagios,
	}
}

// outputOptions say in which forms results are told, and where.
type outputOptions struct {
	formats        []string // that --output takes
	targets        []target // as the user gave them: see all
	json           bool
	verbose, quiet bool
	color          string
}

// target is one form of the results, and where it goes.
type target struct {
	format string
	file   string // empty: standard output
	resume bool   // the file is gone on with
	asked  bool   // by the user; else it is what there is without a word
}

func (o *outputOptions) add(fs *pflag.FlagSet) {
	o.addFormats(fs, resultFormats())
	o.addLength(fs)
	addColor(fs, &o.color)
}

// addFormats declares the same for output that there are other forms of.
func (o *outputOptions) addFormats(fs *pflag.FlagSet, formats []string) {
	o.formats = formats
	fs.FuncP("output", "o", "`FORMAT` of the output: "+strings.Join(formats, ", ")+" (default text). FORMAT=FILE writes FILE beside what goes to standard output; repeatable",
		o.addTarget)
	fs.BoolVar(&o.json, "json", false, "the same as -o json")
}

// addShort declares the same for a command that tells results in few forms, and to people.
func (o *outputOptions) addShort(fs *pflag.FlagSet) {
	var format string
	set := oneOf(&format, shortFormats())
	fs.FuncP("output", "o", "`FORMAT` of the results: text or json (default text)", func(s string) error {
		err := set(s)
		o.targets = []target{{format: format, asked: true}}
		return err
	})
	fs.BoolVar(&o.json, "json", false, "the same as -o json")
	o.addLength(fs)
	addColor(fs, &o.color)
}

// addLength declares the flags that say how much is told.
func (o *outputOptions) addLength(fs *pflag.FlagSet) {
	fs.BoolVarP(&o.verbose, "verbose", "v", false, "tell what passed too, and why each problem matters; of a list, tell every 30 s how far it is")
	fs.BoolVarP(&o.quiet, "quiet", "q", false, "one line a domain")
}

func addColor(fs *pflag.FlagSet, at *string) {
	*at = "auto"
	fs.Func("color", "`WHEN` to colour: auto, always or never (default auto)", oneOf(at, choices()["color"]))
}

// addTarget is the setter of --output: FORMAT or FORMAT=FILE.
func (o *outputOptions) addTarget(s string) error {
	t := target{asked: true}
	format, file, named := strings.Cut(s, "=")
	if err := oneOf(&t.format, o.formats)(format); err != nil {
		return err
	}
	if named && file == "" {
		return errors.New("the name of the file is missing")
	}
	if file != stdinName { // as many programs call standard output too
		t.file = file
	}
	o.targets = append(o.targets, t)
	return nil
}

// all is every form that was asked for. One goes to standard output, whatever goes to files.
func (o *outputOptions) all() []target {
	list := slices.Clone(o.targets)
	if json := (target{format: formatJSON, asked: true}); o.json && !slices.Contains(list, json) {
		list = append(list, json)
	}
	if !slices.ContainsFunc(list, target.onStdout) {
		list = append(list, target{format: formatText})
	}
	return list
}

func (t target) onStdout() bool { return t.file == "" }

func (o *outputOptions) has(format string) bool {
	return slices.ContainsFunc(o.all(), func(t target) bool { return t.format == format })
}

// onStdout is the format of what goes to standard output.
func (o *outputOptions) onStdout() string {
	list := o.all()
	return list[slices.IndexFunc(list, target.onStdout)].format
}

func (o *outputOptions) isJSON() bool { return o.onStdout() == formatJSON }

// check refuses what makes no sense together.
func (o *outputOptions) check() error {
	if o.verbose && o.quiet {
		return errors.New("--verbose and --quiet contradict each other")
	}
	if o.quiet && !o.has(formatText) {
		return errors.New("--quiet is for text; other formats always have everything")
	}
	return checkStdout(o.all())
}

// checkStdout refuses two forms on standard output.
func checkStdout(list []target) error {
	list = slices.DeleteFunc(slices.Clone(list), func(t target) bool { return !t.onStdout() })
	switch {
	case len(list) < 2:
		return nil
	case list[0].format == list[1].format:
		return fmt.Errorf("--output %s is given twice", list[0].format)
	}
	return fmt.Errorf("%s and %s contradict each other, since both go to standard output; --output %[2]s=FILE writes a file beside it", list[0].format, list[1].format)
}

// colored tells whether to colour a stream that is a terminal or not.
func (o *outputOptions) colored(sys System, tty bool) bool {
	return render.WantColor(o.color, tty, sys.Getenv)
}

// style is how text looks on standard output, or in a file.
func (o *outputOptions) style(sys System, file bool) render.Style {
	s := render.Style{Color: o.colored(sys, sys.OutTTY && !file), Width: sys.Width, Verbose: o.verbose}
	if file {
		s.Width = 0
	}
	return s
}
