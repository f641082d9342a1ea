package cli

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"iter"
	"os"

	"github.com/spf13/pflag"

	"mtasts/internal/fact"
	"mtasts/internal/render"
)

func runCheck(ctx context.Context, sys System, o *checkOptions, fs *pflag.FlagSet, args []string) error {
	if err := o.check(fs, args); err != nil {
		return err
	}
	s := &session{sys: sys, judging: o.judging}
	look := o.live
	if o.facts != "" {
		look = o.replay
	}
	if err := look(ctx, s, args); err != nil {
		return err
	}
	return s.verdict(ctx, &o.output, o.failOn)
}

// verdict is the exit code of a run that came to its end, or was ended.
func (s *session) verdict(ctx context.Context, o *outputOptions, failOn string) exit {
	switch {
	case o.onStdout() == formatNagios:
		return nagiosExit(s, ctx.Err() != nil)
	case ctx.Err() != nil:
		return exitInterrupted
	}
	return verdict(s.total, failOn)
}

// live checks the domains over the network.
func (o *checkOptions) live(ctx context.Context, s *session, args []string) error {
	list, err := openList(ctx, s.sys.In, args, o.files)
	if err != nil {
		return err
	}
	defer list.close()
	list.heard = func() bool { return heard(s.sys.Out) }
	net, err := o.net.apply(ctx, s.sys)
	if err != nil {
		return err
	}
	net.QPS, net.Sparing = float64(o.fleet.qps), o.fleet.sparing
	observer, err := net.Open()
	if err != nil {
		return err
	}
	defer observer.Close()
	done, err := o.ready(ctx, s, list.streams())
	if err != nil {
		return err
	}
	defer s.baseline.close()
	defer done.close()
	err = s.check(ctx, observer, o.fleet.plan(s.out.ordered()), o.jobs(list, done), s.watching(list, &o.output))
	s.tellInterrupted(ctx, list)
	return cmp.Or(s.close(err, ctx.Err() != nil || list.err != nil), list.err)
}

// jobs are the lines of the list that are this run's to answer.
func (o *checkOptions) jobs(list *domainList, done *resumed) func(context.Context) iter.Seq[line] {
	return func(ctx context.Context) iter.Seq[line] {
		return func(yield func(line) bool) {
			for l := range list.all(ctx) {
				if o.fleet.shard.takes(l) && !done.isDone(l) && !yield(l) {
					return
				}
			}
		}
	}
}

// ready opens what the run reads and writes beside the list. What is read is found to be sound before
// anything is written to.
func (o *checkOptions) ready(ctx context.Context, s *session, streams bool) (done *resumed, err error) {
	if o.fleet.baseline != "" {
		if s.baseline, err = openBaseline(ctx, o.fleet.baseline); err != nil {
			return nil, err
		}
	}
	told := about(s.sys, o.failOn, o.judging)
	if streams && !o.output.quiet {
		style := render.Style{Color: o.output.colored(s.sys, s.sys.ErrTTY), Width: s.sys.Width}
		s.fleet = render.NewFleet(s.sys.Err, style, told)
	}
	targets := o.output.all()
	if o.fleet.resume != "" {
		if done, err = resume(ctx, o.fleet.resume, s.countEarlier); err != nil {
			return nil, err
		}
		if targets, err = done.targets(targets, o.fleet.resume, s.sys.Out); err != nil {
			return nil, err
		}
	}
	if s.out, err = o.output.open(ctx, s.sys, told, targets, done, streams); err != nil {
		return nil, err
	}
	if o.saveFacts != "" {
		if s.save, err = createFacts(ctx, o.saveFacts); err != nil {
			s.out.drop()
		}
	}
	return done, err
}

// replay judges what was saved.
func (o *checkOptions) replay(ctx context.Context, s *session, _ []string) error {
	data, err := readFacts(ctx, s.sys.In, o.facts)
	if err != nil {
		return err
	}
	if _, err := o.ready(ctx, s, false); err != nil {
		return err
	}
	defer s.baseline.close()
	index := 0
	err = data.each(func(seen *fact.Observation) error {
		if ctx.Err() == nil {
			index++
			return s.tell(s.judge(line{index: index}, seen))
		}
		return nil // what was told stays told
	})
	return s.close(err, ctx.Err() != nil)
}

// targets is where the results go of a run that goes on with a file: they are added to it, unless the
// user wants such lines elsewhere.
func (r *resumed) targets(list []target, name string, stdout io.Writer) ([]target, error) {
	lines := false
	for i, t := range list {
		if t.format == formatJSONL {
			lines = true
			list[i].resume = sameFile(t.file, name)
		}
	}
	if !lines {
		list = append(list, target{format: formatJSONL, file: name, resume: true})
	}
	return list, r.cutBelow(stdout, name)
}

// cutBelow cuts the file where a shell has made it standard output: what is written follows its end.
func (r *resumed) cutBelow(stdout io.Writer, name string) error {
	if out := fileBelow(stdout); out == nil || !isFile(out, name) {
		return nil
	}
	return r.cut()
}

// isFile tells that an open file has that name.
func isFile(f *os.File, name string) bool {
	here, err := f.Stat()
	there, missing := os.Stat(name)
	return err == nil && missing == nil && os.SameFile(here, there)
}

// tellInterrupted says how far the run came, where it is not to be seen otherwise.
func (s *session) tellInterrupted(ctx context.Context, list *domainList) {
	switch {
	case ctx.Err() == nil, s.told == 0:
	case list.streams():
		tell(s.sys.Err, fmt.Sprintf("interrupted: %d domains were looked at", s.told-s.cut))
	case s.told < len(list.args):
		tell(s.sys.Err, fmt.Sprintf("interrupted: %d of %d domains were looked at", s.told, len(list.args)))
	}
}
