package cli

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"mtasts/internal/render"
	"mtasts/internal/rule"
)

// outputs are the forms in which a run is told.
type outputs struct {
	list  []*output
	sys   System
	opt   outputOptions
	about render.About
}

// output is one of them.
type output struct {
	target
	render.Writer

	file    io.WriteCloser // nil: standard output
	temp    string         // what becomes the file at the end
	summary io.Closer      // of -o github; nil where there is none
	partial bool           // takes what an interrupt cut short
}

// fileError is an error of a file that the user named: never that of standard output.
type fileError struct{ error }

func (e fileError) Unwrap() error { return e.error }

// open opens all targets; with an error, none. Of a list, a form that may be gone on with is told of the
// domains alone that were looked at to the end.
func (o *outputOptions) open(sys System, about render.About, targets []target, done *resumed, streams bool) (*outputs, error) {
	all := &outputs{sys: sys, opt: *o, about: about}
	for _, t := range targets {
		out := &output{target: t, partial: !streams || t.format != formatJSONL}
		if err := all.open(out, done); err != nil {
			all.drop()
			return nil, fileError{fmt.Errorf("--output: %w", err)}
		}
		all.list = append(all.list, out)
	}
	return all, nil
}

func (all *outputs) open(out *output, done *resumed) (err error) {
	to := all.sys.Out
	switch {
	case out.onStdout():
	case out.resume:
		out.file, err = done.reopen(out.target.file)
	case out.format == formatPrometheus && replaceable(out.target.file):
		out.file, out.temp, err = createBeside(out.target.file)
	default:
		out.file, err = openToWrite(out.target.file, os.O_TRUNC)
	}
	if err != nil {
		return err
	}
	if out.file != nil {
		to = out.file
	}
	out.Writer, err = all.writer(out, to)
	return err
}

// replaceable tells that a name is free, or that of a file: a device or a pipe is written to.
func replaceable(name string) bool {
	info, err := os.Stat(name)
	return err != nil || info.Mode().IsRegular()
}

// createBeside creates a file in the folder of the one that it is to become, under a name that nobody
// who looks for that kind of file takes for one. What reads the folder meanwhile sees the old file.
func createBeside(name string) (*os.File, string, error) {
	f, err := os.CreateTemp(filepath.Dir(name), "."+filepath.Base(name)+".*.tmp")
	if err != nil {
		return nil, "", err
	}
	if err := f.Chmod(0o644); err != nil { // others read it: CreateTemp's files are private
		return nil, "", errors.Join(err, f.Close(), os.Remove(f.Name()))
	}
	return f, f.Name(), nil
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
	f, err := openToWrite(name, os.O_APPEND)
	if err != nil {
		return nil, fmt.Errorf("the summary of GitHub's step: %w", err)
	}
	out.summary = f
	return render.NewGitHub(to, f), nil
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
			return out.error(err)
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
			first = cmp.Or(first, out.error(err))
		}
	}
	return first
}

// end writes what the form ends with, and has the file take its place when it is whole.
func (out *output) end(short bool) error {
	err := errors.Join(out.Writer.Close(), out.close())
	switch {
	case out.temp == "":
	case short || err != nil:
		err = errors.Join(err, os.Remove(out.temp))
	default:
		err = os.Rename(out.temp, out.target.file)
	}
	return err
}

// ordered tells that some form wants the results in the order of the list. Who reads lines of JSON
// takes them as they come, with the index of each, and is not to wait for text that nobody asked for.
func (all *outputs) ordered() bool {
	lines := func(out *output) bool { return out.format == formatJSONL }
	return slices.ContainsFunc(all.list, func(out *output) bool { return out.asked && !lines(out) }) || !slices.ContainsFunc(all.list, lines)
}

func (out *output) close() (err error) {
	if out.file != nil {
		err = out.file.Close()
	}
	if out.summary != nil {
		err = errors.Join(err, out.summary.Close())
	}
	return err
}

// drop closes the files of a run that failed. What is whole at any time stays, and what is not is
// removed.
func (all *outputs) drop() {
	for _, out := range all.list {
		_ = out.close() // the run has an error to tell already
		if out.temp != "" {
			_ = os.Remove(out.temp)
		}
	}
}

// error is an error of writing, with the file's name.
func (out *output) error(err error) error {
	if out.onStdout() {
		return err
	}
	return fileError{err}
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
