package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"

	"mtasts/internal/render"
	"mtasts/internal/rule"
)

// outputs are the forms in which a run is told.
type outputs struct {
	ctx   context.Context // of the run
	list  []*output
	sys   System
	opt   outputOptions
	about render.About
}

// output is one of them.
type output struct {
	target
	render.Writer

	to      *destination
	summary io.Closer // of -o github; nil where there is none
	partial bool      // takes what an interrupt cut short
}

// open opens all targets; with an error, none. Of a list, a form that may be gone on with is told of the
// domains alone that were looked at to the end.
func (o *outputOptions) open(ctx context.Context, sys System, about render.About, targets []target, done *resumed, streams bool) (*outputs, error) {
	all := &outputs{ctx: ctx, sys: sys, opt: *o, about: about}
	for _, t := range targets {
		out := &output{target: t, partial: t.format != formatJSONL || !streams && done == nil}
		if err := all.open(out, done); err != nil {
			all.drop()
			return nil, fileError{fmt.Errorf("--output: %w", err)}
		}
		all.list = append(all.list, out)
	}
	return all, nil
}

func (all *outputs) open(out *output, done *resumed) (err error) {
	if out.resume {
		out.to, err = done.goOn(out.file)
	} else {
		out.to, err = openDestination(all.ctx, out.file, all.sys.Out, out.format == formatPrometheus)
	}
	if err != nil {
		return err
	}
	if out.Writer, err = all.writer(out, out.to); err != nil {
		out.to.drop()
	}
	return err
}

func (all *outputs) writer(out *output, to io.Writer) (render.Writer, error) {
	switch out.format {
	case formatJSON:
		return render.NewJSON(to), nil
	case formatJSONL:
		return render.NewJSONL(to), nil
	case formatCSV:
		return render.NewCSV(to), nil
	case formatMarkdown:
		return render.NewMarkdown(to), nil
	case formatSARIF:
		return render.NewSARIF(to, all.about), nil
	case formatJUnit:
		return render.NewJUnit(to, all.about), nil
	case formatGitLab:
		return render.NewGitLab(to, all.about), nil
	case formatPrometheus:
		return render.NewPrometheus(to, all.about), nil
	case formatNagios:
		return render.NewNagios(to, all.about), nil
	case formatGitHub:
		return all.github(out, to)
	}
	style := all.opt.style(all.sys, !out.onStdout())
	if all.opt.quiet {
		return render.NewQuiet(to, style), nil
	}
	return render.NewText(to, style), nil
}

// github writes its summary to the file that a step of GitHub's names (GITHUB_STEP_SUMMARY).
func (all *outputs) github(out *output, to io.Writer) (render.Writer, error) {
	name := all.sys.Getenv("GITHUB_STEP_SUMMARY")
	if name == "" {
		return render.NewGitHub(to, nil), nil
	}
	for _, t := range all.opt.all() {
		if sameFile(t.file, name) {
			return nil, fmt.Errorf("%s cannot be both the summary of GitHub's step and that of --output %s", name, t.format)
		}
	}
	f, err := openToWrite(all.ctx, name, os.O_APPEND)
	if err != nil {
		return nil, fmt.Errorf("the summary of GitHub's step: %w", err)
	}
	out.summary = f
	return render.NewGitHub(to, streamTo(all.ctx, f)), nil
}

// about is what formats are told of the run.
func about(sys System, failOn string, judging rule.Options) render.About {
	dir, _ := os.Getwd() // empty: paths stay as they are
	return render.About{
		Version: sys.Version, Now: sys.Net.Now, Dir: dir, Spool: newSpool,
		FailOn: failOn, ExpiryDays: cmp.Or(judging.ExpiryDays, rule.DefaultExpiryDays),
	}
}

// tell tells an item in each form.
func (all *outputs) tell(i render.Item) error {
	for _, out := range all.list {
		if i.Interrupted && !out.partial {
			continue
		}
		if err := out.Result(i); err != nil {
			return out.to.error(err)
		}
	}
	return nil
}

// close ends them all: what a file of its own name is to take the place of stays as it is where the
// run was cut short.
func (all *outputs) close(short bool) error {
	var first error
	for _, out := range all.list {
		if err := out.end(short); err != nil {
			first = cmp.Or(first, out.to.error(err))
		}
	}
	return first
}

// end writes what the form ends with, and closes what is open.
func (out *output) end(short bool) error {
	err := out.Writer.Close()
	return errors.Join(err, out.to.end(err == nil && !short), out.closeSummary())
}

func (out *output) closeSummary() error {
	if out.summary == nil {
		return nil
	}
	return out.summary.Close()
}

// ordered tells that some form wants the results in the order of the list. Who reads lines of JSON
// takes them as they come, with the index of each, and is not to wait for text that nobody asked for.
func (all *outputs) ordered() bool {
	lines := func(out *output) bool { return out.format == formatJSONL }
	return slices.ContainsFunc(all.list, func(out *output) bool { return out.asked && !lines(out) }) || !slices.ContainsFunc(all.list, lines)
}

// drop closes the files of a run that failed.
func (all *outputs) drop() {
	for _, out := range all.list {
		_ = out.closeSummary()
		out.to.drop()
	}
}

// spool is a file without a name, or with one where the system takes no name from an open file.
type spool struct {
	*os.File
	named bool
}

// newSpool makes room on disk that is free again when it is closed, or the process ends, whatever happens.
func newSpool() (render.Spool, error) {
	f, err := os.CreateTemp("", "mtasts-*")
	if err != nil {
		return nil, err
	}
	return &spool{f, os.Remove(f.Name()) != nil}, nil
}

// WriteTo implements io.WriterTo.
func (s *spool) WriteTo(w io.Writer) (int64, error) {
	if _, err := s.Seek(0, io.SeekStart); err != nil {
		return 0, err
	}
	return io.Copy(w, s.File)
}

// Close implements io.Closer.
func (s *spool) Close() error {
	err := s.File.Close()
	if s.named {
		err = errors.Join(err, os.Remove(s.Name()))
	}
	return err
}
