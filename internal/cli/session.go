package cli

import (
	"cmp"
	"context"
	"fmt"
	"sync/atomic"

	"mtasts/internal/collect"
	"mtasts/internal/fact"
	"mtasts/internal/render"
	"mtasts/internal/rule"
	"mtasts/internal/scan"
)

// session is one run of the check: how to judge, where results go, what they add up to. Each
// check of the program goes through it, those of the demo and of saved facts too.
type session struct {
	sys     System
	judging rule.Options
	out     render.Writer
	color   bool         // of the progress line
	save    *factsWriter // nil: nobody asked for it
	total   tally
	told    int // domains
}

// check looks at domains side by side and tells each in its turn.
func (s *session) check(ctx context.Context, observer *collect.Observer, domains []string) error {
	var done atomic.Int64
	look := func(ctx context.Context, domain string) *fact.Observation {
		defer done.Add(1)
		return observer.Observe(ctx, domain)
	}
	emit := s.observed
	if s.sys.ErrTTY {
		p := render.StartProgress(s.sys.Err, label(domains, &done), s.color)
		defer p.Stop()
		emit = func(o *fact.Observation) error {
			p.Pause()
			defer p.Resume()
			return s.observed(o)
		}
	}
	return scan.Run(ctx, scan.Workers, domains, look, emit)
}

// label says what is waited for.
func label(domains []string, done *atomic.Int64) func() string {
	if len(domains) == 1 {
		return func() string { return "checking " + domains[0] }
	}
	return func() string { return fmt.Sprintf("checked %d of %d domains", done.Load(), len(domains)) }
}

// observed judges, tells and saves what was seen of one domain.
func (s *session) observed(o *fact.Observation) error {
	settled, err := settle(o)
	if err != nil {
		return err
	}
	if s.save != nil {
		err = s.save.add(settled)
	}
	return cmp.Or(s.judge(settled), err)
}

func (s *session) judge(o *fact.Observation) error {
	r := rule.Judge(o, s.judging)
	s.total.add(r)
	s.told++
	return s.out.Result(render.Item{Index: s.told, Result: r})
}

// close ends the output and the file of facts.
func (s *session) close() error {
	err := s.out.Close()
	if s.save != nil {
		err = cmp.Or(err, s.save.close())
	}
	return err
}
