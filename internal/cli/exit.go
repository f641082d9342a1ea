package cli

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"github.com/spf13/pflag"

	"mtasts/internal/fact"
	"mtasts/internal/platform"
	"mtasts/internal/render"
	"mtasts/internal/rule"
)

// exit is an exit code, 0 too. As an error it says that all there is to say was said.
type exit int

// The exit codes, the same in every format.
const (
	exitGood        exit = 0   // nothing at or above --fail-on
	exitFindings    exit = 1   // findings at or above --fail-on
	exitUsage       exit = 2   // bad usage, or a fault on this side
	exitUnknown     exit = 3   // something could not be determined, and nothing worse
	exitInterrupted exit = 130 // SIGINT; what was known is written
)

func (e exit) Error() string { return "exit code " + strconv.Itoa(int(e)) }

// exitOf tells the error, if it is one to tell, and gives its exit code.
func exitOf(stderr io.Writer, err error) exit {
	var code exit
	var file fileError
	switch {
	case err == nil:
		return exitGood
	case errors.As(err, &code):
		return code
	case errors.As(err, &file): // a pipe that the user named is to be heard of
	case platform.Is(err, syscall.EPIPE), errors.Is(err, io.ErrClosedPipe):
		return exitUsage // nobody reads standard output any more, and whoever ended that knows
	}
	tell(stderr, oneLine(err))
	return exitUsage
}

// tell says a line to the user. Where that cannot be written, there is nobody to tell.
func tell(stderr io.Writer, line string) { _, _ = fmt.Fprintln(stderr, "mtasts: "+line) }

// oneLine is the text of an error with nothing in it that could end the line or steer a terminal.
func oneLine(err error) string {
	return render.Escape(strings.ReplaceAll(err.Error(), "\n", " "))
}

// addFailOn declares the flag that says what is a failure.
func addFailOn(fs *pflag.FlagSet, at *string) {
	fs.Func("fail-on", "exit 1 from this `STATUS` up: fail, warn, unknown or never (default fail)", oneOf(at, choices()["fail-on"]))
}

// What --fail-on takes.
const (
	failOnFail    = "fail"
	failOnWarn    = "warn"
	failOnUnknown = "unknown"
	failOnNever   = "never"
)

// tally is what the results of a run have in them.
type tally struct {
	fail, warn, unknown bool
	untried             bool // MX hosts, although the user requires them
}

// add takes an item in: what is known from a baseline does not count. What is unknown is its status to
// tell: a domain of which not all was seen is unknown without a finding that says so.
func (t *tally) add(i render.Item) {
	if i.Error != "" && i.Baseline != nil {
		return // it was as bad before
	}
	status, counts := i.Counting()
	t.fail = t.fail || counts.Fail > 0
	t.warn = t.warn || counts.Warn > 0
	t.unknown = t.unknown || status == rule.Unknown
	t.untried = t.untried || i.Observed != nil && i.Observed.Vantage.SMTP == fact.SMTPRequire && untried(i.Delivery)
}

// status is the worst of all.
func (t *tally) status() rule.Status {
	switch {
	case t.fail:
		return rule.Fail
	case t.unknown, t.untried:
		return rule.Unknown
	case t.warn:
		return rule.Warn
	}
	return rule.Pass
}

// untried tells that an MX host could not be tried for a reason that lies on this side, whatever rules
// the user wants to hear of. That this machine has no IPv6 is one where the host has nothing else.
func untried(all []rule.Delivery) bool {
	reached, waiting := map[string]bool{}, map[string]bool{}
	for _, d := range all {
		switch why := whyUnknown(d); why {
		case "smtp-reachable:port-25-blocked", "smtp-reachable:not-tried":
			return true
		case "smtp-reachable:no-ipv6-here":
			waiting[d.MX] = true
		default:
			reached[d.MX] = true
		}
	}
	return slices.ContainsFunc(slices.Collect(maps.Keys(waiting)), func(mx string) bool { return !reached[mx] })
}

// whyUnknown is the rule for which nobody knows what even a sender that checks nothing does, "" where
// somebody does.
func whyUnknown(d rule.Delivery) string {
	for _, s := range d.Senders {
		if s.Kind == "opportunistic" && s.Verdict == rule.UnknownVerdict && len(s.Because) > 0 {
			return s.Because[0]
		}
	}
	return ""
}

// verdict is the exit code of a run. The order is fail, warn, unknown: who asks to fail on one
// fails on those before it. Never means findings, not MX hosts that the user requires to be tried.
func verdict(t tally, failOn string) exit {
	reached := map[string]bool{
		failOnFail:    t.fail,
		failOnWarn:    t.fail || t.warn,
		failOnUnknown: t.fail || t.warn || t.unknown,
	}
	switch {
	case failOn == failOnNever && !t.untried:
		return exitGood
	case reached[failOn]:
		return exitFindings
	case t.unknown, t.untried:
		return exitUnknown
	}
	return exitGood
}
