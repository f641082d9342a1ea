package cli

import (
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"syscall"

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
	exitPipe        exit = 141 // nobody reads standard output any more, as SIGPIPE would have it
)

func (e exit) Error() string { return "exit code " + strconv.Itoa(int(e)) }

// exitOf tells the error, if it is one to tell, and gives its exit code.
func exitOf(stderr io.Writer, err error) exit {
	var code exit
	switch {
	case err == nil:
		return exitGood
	case errors.As(err, &code):
		return code
	case errors.Is(err, syscall.EPIPE), errors.Is(err, io.ErrClosedPipe):
		return exitPipe
	}
	tell(stderr, oneLine(err))
	return exitUsage
}

// tell says a line to the user. Where that cannot be written, there is nobody to tell.
func tell(stderr io.Writer, line string) { _, _ = fmt.Fprintln(stderr, "mtasts: "+line) }

// oneLine is the text of an error with nothing in it that could end the line or steer a terminal.
func oneLine(err error) string {
	return strings.Map(func(r rune) rune {
		if strconv.IsPrint(r) {
			return r
		}
		return ' '
	}, err.Error())
}

// What --fail-on takes.
const (
	failOnFail    = "fail"
	failOnWarn    = "warn"
	failOnUnknown = "unknown"
	failOnNever   = "never"
)

// verdict is the exit code for all findings of a run. The order is fail, warn, unknown: who asks
// to fail on one fails on those before it.
func verdict(total rule.Counts, failOn string) exit {
	counted := map[string]int{
		failOnFail:    total.Fail,
		failOnWarn:    total.Fail + total.Warn,
		failOnUnknown: total.Fail + total.Warn + total.Unknown,
	}
	switch {
	case failOn == failOnNever:
		return exitGood
	case counted[failOn] > 0:
		return exitFindings
	case total.Unknown > 0:
		return exitUnknown
	}
	return exitGood
}
