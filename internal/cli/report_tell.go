package cli

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"slices"
	"sync/atomic"
	"time"

	"mtasts/internal/fact"
	"mtasts/internal/render"
	"mtasts/internal/reports"
	"mtasts/internal/rule"
	"mtasts/internal/scan"
	"mtasts/internal/sts"
)

// tell writes the analysis in every form that was asked for; in silence, to files alone.
func (o *reportOptions) tell(ctx context.Context, sys System, a *reports.Analysis, silent bool) error {
	var first error
	for _, t := range o.output.all() {
		if silent && t.onStdout() {
			continue
		}
		to, err := openDestination(ctx, t.file, sys.Out, t.format == formatPrometheus)
		if err != nil {
			return fileError{fmt.Errorf("--output: %w", err)}
		}
		err = o.write(sys, to, t, a)
		if wrong := to.end(err == nil); wrong != nil {
			err = cmp.Or(err, wrong)
		}
		if err != nil {
			first = cmp.Or(first, to.error(err))
		}
	}
	return first
}

func (o *reportOptions) write(sys System, w io.Writer, t target, a *reports.Analysis) error {
	switch t.format {
	case formatJSON:
		return render.ReportsJSON(w, a)
	case formatJSONL:
		return render.ReportsJSONL(w, a)
	case formatCSV:
		return render.ReportsCSV(w, a)
	case formatMarkdown:
		return render.ReportsMarkdown(w, a)
	case formatPrometheus:
		return render.ReportsPrometheus(w, a)
	}
	return render.Reports(w, o.output.style(sys, !t.onStdout()), a)
}

// look joins the reports with what can be seen now, where that is wanted, and answers --ready.
func (o *reportOptions) look(ctx context.Context, sys System, a *reports.Analysis) error {
	live := map[string]*rule.Result{}
	if o.looks() {
		if err := o.checkAll(ctx, sys, a, live); err != nil {
			return err
		}
	}
	a.Explain(live)
	if !o.ready {
		return nil
	}
	a.Ready = map[string]reports.Readiness{}
	for _, domain := range o.asked(a) {
		a.Ready[domain] = a.Readiness(domain, o.at(sys), o.days, live[domain])
	}
	return nil
}

// at is the time that --ready asks about: now, or the end of the last day that the user wants reports of.
func (o *reportOptions) at(sys System) time.Time {
	now := sys.Net.Now()
	if until := startOf(o.until, now, 1); !until.IsZero() && until.Before(now) {
		return until
	}
	return now
}

// asked are the domains that the user asks about, else all that reports name.
func (o *reportOptions) asked(a *reports.Analysis) []string {
	if len(o.domains) > 0 {
		return o.domains
	}
	var list []string
	for _, d := range a.Domains {
		if d.Domain != "" {
			list = append(list, d.Domain)
		}
	}
	return list
}

// mostLive is how many domains are checked because reports name them.
const mostLive = 100

// checkAll checks the domains now, as if they were in mode enforce where that is the question.
func (o *reportOptions) checkAll(ctx context.Context, sys System, a *reports.Analysis, live map[string]*rule.Result) error {
	asked := o.asked(a)
	if len(asked) > mostLive {
		return fmt.Errorf("the reports name %d domains, and anybody may send some: say with --domain which to check, or --no-live", len(asked))
	}
	observer, err := o.net.open(ctx, sys)
	if err != nil {
		return err
	}
	defer observer.Close()
	judging := rule.Options{}
	if o.ready {
		judging.Assume = string(sts.Enforce)
	}
	domains := slices.DeleteFunc(slices.Clone(asked), func(s string) bool { _, err := domainName(s); return err != nil })
	var done atomic.Int64
	if sys.ErrTTY {
		label := func() string { return fmt.Sprintf("checked %d of %d domains", done.Load(), len(domains)) }
		p := render.StartProgress(sys.Err, label, o.output.colored(sys, sys.ErrTTY))
		defer p.Stop()
	}
	look := func(ctx context.Context, domain string) *fact.Observation { return observer.Observe(ctx, domain) }
	return scan.Run(ctx, scan.Plan{Workers: scan.Workers()}, scan.All(domains), look, func(seen *fact.Observation) error {
		done.Add(1)
		if !seen.Interrupted {
			r := rule.Judge(seen, judging)
			live[seen.Domain] = &r
		}
		return nil
	})
}

// progress shows a person at a terminal how much was read.
func (o *reportOptions) progress(sys System, read *atomic.Int64) (stop func()) {
	if !sys.ErrTTY {
		return func() {}
	}
	label := func() string { return fmt.Sprintf("read %d reports", read.Load()) }
	return render.StartProgress(sys.Err, label, o.output.colored(sys, sys.ErrTTY)).Stop
}

// verdict is the exit code.
func (o *reportOptions) verdict(a *reports.Analysis) exit {
	code := exitGood
	if o.failOnFailure && (a.Reports == 0 || len(a.Skipped) > 0) {
		code = exitUnknown // silence would read as if all were well
	}
	if o.failOnFailure && slices.ContainsFunc(a.Domains, func(d reports.Domain) bool { return d.Failed > 0 || len(d.Failures) > 0 }) {
		code = exitFindings
	}
	if !o.ready {
		return code
	}
	if len(a.Ready) == 0 && code == exitGood {
		return exitUnknown
	}
	for _, r := range a.Ready {
		switch {
		case r.Verdict == reports.NotReady:
			return exitFindings
		case r.Verdict == reports.NotEnoughData && code == exitGood:
			code = exitUnknown
		}
	}
	return code
}
