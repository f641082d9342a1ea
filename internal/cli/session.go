package cli

import (
	"cmp"
	"context"
	"time"

	"mtasts/internal/collect"
	"mtasts/internal/fact"
	"mtasts/internal/render"
	"mtasts/internal/rule"
	"mtasts/internal/scan"
)

// session is one run of the check: how to judge, where results go, what they add up to. Each
// check of the program goes through it, those of the demo and of saved facts too.
type session struct {
	sys      System
	judging  rule.Options
	baseline *baseline // nil: there is nothing to compare with
	out      *outputs
	save     *factsWriter  // nil: nobody asked for it
	fleet    render.Writer // counts for the summary of a list; nil: nobody wants one
	total    tally
	told     int // items
	cut      int // of them that an interrupt cut short
}

// outcome is what became of a line.
type outcome struct {
	item  render.Item
	facts *fact.Observation
	err   error
}

// check looks at the domains of a list side by side and tells each: in the list's order, or as they are done.
func (s *session) check(ctx context.Context, observer *collect.Observer, plan scan.Plan, list scan.Jobs[line], watch watch) error {
	do := func(ctx context.Context, l line) outcome {
		if l.err != nil {
			return outcome{item: s.noDomain(l)}
		}
		return s.observed(l, observer.Observe(ctx, l.domain))
	}
	emit := func(o outcome) error {
		defer watch.add(o.item)()
		return s.tell(o)
	}
	defer watch.stop()
	return scan.Run(ctx, plan, list, do, emit)
}

// noDomain is what there is to say of a line that is no domain: it is not known what was meant. What an
// earlier run had in its list too is known.
func (s *session) noDomain(l line) render.Item {
	i := render.Item{Index: l.index, Source: l.source, Input: l.input, Error: l.err.Error(), Result: rule.Result{
		Schema: 1, CheckedAt: s.sys.Net.Now().UTC().Truncate(time.Second), Status: rule.Unknown, Protection: rule.UnsureProtection,
	}}
	if s.baseline.knows(l) {
		i.Compare(&i.Result)
	}
	return i
}

// observed judges what was seen of the domain of a line.
func (s *session) observed(l line, o *fact.Observation) outcome {
	settled, err := settle(o)
	if err != nil {
		return outcome{err: err}
	}
	return s.judge(l, settled)
}

func (s *session) judge(l line, o *fact.Observation) outcome {
	judging := s.judging
	var before *rule.Result
	if s.baseline != nil {
		var err error
		if before, err = s.baseline.find(o.Domain); err != nil {
			return outcome{err: err}
		}
		if before != nil && before.Observed != nil && held(before.Protection) {
			judging.Before = before.Observed
		}
	}
	r := rule.Judge(o, judging)
	if s.baseline != nil {
		r.Compare(before)
	}
	return outcome{item: render.Item{Index: l.index, Source: l.source, Result: r}, facts: o}
}

// held tells that senders may hold a policy of a domain with that protection, so that a change of it
// matters to them.
func held(p rule.Protection) bool {
	return p == rule.Enforced || p == rule.Testing || p == rule.NoProtection
}

// tell tells and saves what became of a line.
func (s *session) tell(o outcome) error {
	if o.err != nil {
		return o.err
	}
	s.told++
	if o.item.Interrupted {
		s.cut++
	}
	err := s.count(o.item)
	if s.save != nil && o.facts != nil {
		err = cmp.Or(err, s.save.add(o.facts))
	}
	return cmp.Or(s.out.tell(o.item), err)
}

// count takes an item into what the run is judged by.
func (s *session) count(i render.Item) error {
	s.total.add(i)
	if s.fleet == nil || i.Interrupted { // what was cut short is told of by itself
		return nil
	}
	return s.fleet.Result(i)
}

// countEarlier takes in what an earlier run found, and with what --smtp.
func (s *session) countEarlier(i render.Item, smtp string) error {
	s.total.untried = s.total.untried || smtp == fact.SMTPRequire && untried(i.Delivery)
	return s.count(i)
}

// close ends the outputs and the file of facts, and sums a list up. Where the run failed, what it wrote
// is left as it is. Short tells that it did not come to its end.
func (s *session) close(failed error, short bool) error {
	if failed != nil {
		s.out.drop()
	} else {
		failed = s.out.close(short)
	}
	if s.save != nil {
		failed = cmp.Or(failed, s.save.close())
	}
	if s.fleet != nil && failed == nil {
		failed = s.fleet.Close()
	}
	return failed
}
