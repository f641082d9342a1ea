package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"mtasts/internal/mailbox"
	"mtasts/internal/reports"
	"mtasts/internal/words"
)

type reportOptions struct {
	since, until  string // as they were given: a day, or an age
	domains       []string
	ignored       []string
	live, noLive  bool
	ready         bool
	days          int
	failOnFailure bool
	limit         int64
	net           networkOptions
	output        outputOptions
}

// Defaults of the flags.
const (
	readyDays     = 14
	reportLimit   = 5 << 20
	mostReadyDays = 366
)

func newReport(ctx context.Context, sys System) *cobra.Command {
	o := &reportOptions{days: readyDays, limit: reportLimit}
	cmd := &cobra.Command{
		Use:     "report PATH... [flags]",
		Short:   "Read TLS-RPT reports: what fails, for whom and why, and whether to go to enforce",
		GroupID: groupLook,
		Long: `A PATH is a report (JSON, gzipped or not), a mail, an mbox, a Maildir, a zip, or
a directory of any of these; "-" is standard input. What is no report is skipped
and counted, and one that cannot be read is named and stops nothing. Nothing is
contacted but with --live, and with --ready unless --no-live says not to.

--ready tells for each domain whether the reports, and a check of now, speak for
mode enforce: two weeks of reports of two organisations, no failure of late that
would then refuse mail, and no old policy in use.

Exit code: 0 the reports were read, 1 there are failures (--fail-on-failure), or
a domain is not ready (--ready), 2 bad usage or a fault on this side, 3 there is
not enough data to tell (--ready, --fail-on-failure), 130 interrupted.`,
		Example: `  mtasts report ~/Maildir
  mtasts report --since 14d reports.mbox
  mtasts report --live --domain example.com reports/
  mtasts report --ready --domain example.com reports/
  mtasts report --fail-on-failure --since 1d /var/mail/tlsrpt   # for cron
  mtasts report -o json=reports.json -o markdown reports/
  curl -s https://reports.example.com/today.json.gz | mtasts report -`,
		RunE: func(cmd *cobra.Command, args []string) error { return runReport(ctx, sys, o, cmd.Flags(), args) },
	}
	fs := cmd.Flags()
	fs.SortFlags = false
	o.add(fs)
	completeFlag(cmd, "output", reportFormats())
	completeFlags(cmd)
	return cmd
}

// reportFormats are the forms in which reports are told.
func reportFormats() []string {
	return []string{formatText, formatJSON, formatJSONL, formatCSV, formatMarkdown, formatPrometheus}
}

func (o *reportOptions) add(fs *pflag.FlagSet) {
	o.output.addFormats(fs, reportFormats())
	addColor(fs, &o.output.color)
	fs.Func("since", "reports from this `DAY` on (2026-01-31), or of so many days back (14d)", dayOrAge(&o.since))
	fs.Func("until", "reports up to this `DAY`, that day too", dayOrAge(&o.until))
	fs.Func("domain", "of this policy domain only: `NAME`; repeatable", func(s string) error {
		domain, err := parseDomain(s)
		o.domains = append(o.domains, domain)
		return err
	})
	fs.StringArrayVar(&o.ignored, "ignore-org", nil, "leave out the reports of this organisation: `NAME`, in any case; repeatable")
	fs.BoolVar(&o.ready, "ready", false, "tell whether the domains may go to mode enforce")
	fs.Func("days", fmt.Sprintf("for --ready: on how many days there have to be reports: `N` (default %d)", readyDays), count(&o.days, mostReadyDays))
	fs.BoolVar(&o.live, "live", false, "check the domains now: which failures are still there?")
	fs.BoolVar(&o.noLive, "no-live", false, "for --ready: go by the reports alone")
	fs.BoolVar(&o.failOnFailure, "fail-on-failure", false, "say nothing and exit 0 where no session failed; exit 1 where some did, 3 where there was no report to read, or one could not be")
	fs.Func("max-report-size", "read reports up to this `SIZE`, decompressed: bytes, or as in 10M (default 5M)", sizeOf(&o.limit))
	o.net.add(fs)
}

func runReport(ctx context.Context, sys System, o *reportOptions, fs *pflag.FlagSet, args []string) error {
	if err := o.check(fs, args); err != nil {
		return err
	}
	a, missing := o.read(ctx, sys, args)
	if a == nil || missing != nil && a.Reports == 0 {
		return missing
	}
	if err := o.look(ctx, sys, a); err != nil {
		return err
	}
	if ctx.Err() != nil {
		return exitInterrupted
	}
	code := o.verdict(a)
	if err := o.tell(ctx, sys, a, o.failOnFailure && code == exitGood); err != nil {
		return err
	}
	if missing != nil {
		return missing // the others are told
	}
	return code
}

// check refuses flags that make no sense together.
func (o *reportOptions) check(fs *pflag.FlagSet, args []string) error {
	switch {
	case len(args) == 0:
		return errors.New("a PATH is missing: try mtasts report ~/Maildir")
	case o.live && o.noLive:
		return errors.New("--live and --no-live contradict each other")
	case o.noLive && !o.ready, fs.Changed("days") && !o.ready:
		return errors.New("--no-live and --days are for --ready")
	}
	for _, name := range networkFlags() {
		if fs.Changed(name) && !o.looks() {
			return fmt.Errorf("nothing is looked up: --%s is of no use without --live or --ready", name)
		}
	}
	var read []userFile
	for _, name := range args {
		read = append(read, userFile{"PATH", name})
	}
	return cmp.Or(o.output.check(), o.net.check(), checkOverwrites(read, o.output.written()))
}

// skip counts what cannot be read, but for what the run before wrote among the reports, as this one will.
func (o *reportOptions) skip(t *reports.Tally) func(source, why string) {
	written := o.output.written()
	return func(source, why string) {
		own := func(w userFile) bool { return sameFile(w.name, source) }
		if !slices.ContainsFunc(written, own) {
			t.Skip(source, why)
		}
	}
}

// looks tells that the domains are checked.
func (o *reportOptions) looks() bool { return o.live || o.ready && !o.noLive }

// read reads all that is found at the paths.
func (o *reportOptions) read(ctx context.Context, sys System, paths []string) (*reports.Analysis, error) {
	now := sys.Net.Now()
	since, until := startOf(o.since, now, 0), startOf(o.until, now, 1)
	t := reports.NewTally(reports.Options{Since: since, Until: until, Domains: o.domains, Ignore: o.ignored})
	var read atomic.Int64
	defer o.progress(sys, &read)()
	var first error
	skip := o.skip(t)
	for _, path := range paths {
		err := mailbox.Read(ctx, path, interruptible{ctx, sys.In}, mailbox.Limits{Report: o.limit},
			func(d mailbox.Document) error { read.Add(1); return add(t, d, skip) }, skip, func(string) { t.Other() })
		if ctx.Err() != nil {
			return nil, exitInterrupted
		}
		if err != nil {
			t.Skip(path, words.Clip(err.Error(), maxInput))
			first = cmp.Or(first, err)
		}
	}
	return t.Analysis(), first
}

func add(t *reports.Tally, d mailbox.Document, skip func(source, why string)) error {
	r, err := reports.Parse(d.JSON)
	if err != nil {
		skip(d.Source, err.Error())
		return nil
	}
	t.Add(d.Source, r)
	return nil
}

// dayOrAge is the setter of a flag that takes a day, or how long ago it was.
func dayOrAge(at *string) func(string) error {
	return func(s string) error {
		_, wrong := time.Parse(time.DateOnly, s)
		age, err := parseSpan(s)
		if wrong != nil && (err != nil || age < secondsOfDay || age > mostAge*secondsOfDay) {
			return errors.New("a day is 2026-01-31, an age 14d or 2w")
		}
		*at = s
		return nil
	}
}

const (
	secondsOfDay = 86_400
	mostAge      = 36_500 // days; TLS-RPT is younger
)

// startOf is the beginning of a day that dayOrAge took, so many days later; the zero time for none.
func startOf(s string, now time.Time, later int) time.Time {
	if s == "" {
		return time.Time{}
	}
	day, err := time.Parse(time.DateOnly, s)
	if err != nil {
		age, _ := parseSpan(s) // it was one when it was set
		day = now.UTC().Truncate(24 * time.Hour).Add(-time.Duration(age) * time.Second)
	}
	return day.AddDate(0, 0, later)
}

// sizeOf is the setter of a flag that takes a number of bytes.
func sizeOf(at *int64) func(string) error {
	return func(s string) error {
		units := map[string]int64{"k": 1 << 10, "m": 1 << 20, "g": 1 << 30}
		number, unit := s, int64(1)
		if len(s) > 0 {
			if u, ok := units[strings.ToLower(s[len(s)-1:])]; ok {
				number, unit = s[:len(s)-1], u
			}
		}
		n, err := strconv.ParseInt(number, 10, 64)
		if err != nil || n < 1 || n > mostReport/unit {
			return errors.New("a size is a number of bytes up to 1G, such as 500K or 10M")
		}
		*at = n * unit
		return nil
	}
}

const mostReport = 1 << 30
