package cli

import (
	"fmt"
	"io"
	"strings"

	"mtasts/internal/render"
	"mtasts/internal/rule"
)

// The exit codes of the Monitoring Plugins, which -o nagios has in place of those of the program.
const (
	nagiosOK       exit = 0
	nagiosWarning  exit = 1
	nagiosCritical exit = 2
	nagiosUnknown  exit = 3
)

// nagiosExit is the exit code of a run whose result a monitor reads.
func nagiosExit(s *session, short bool) exit {
	switch status := s.total.status(); {
	case status == rule.Fail:
		return nagiosCritical
	case status == rule.Unknown, short:
		return nagiosUnknown
	case status == rule.Warn:
		return nagiosWarning
	}
	return nagiosOK
}

// nagiosFault tells a monitor of a fault on this side, or of bad usage, which is UNKNOWN: it reads
// standard output alone.
func nagiosFault(stdout io.Writer, err error) exit {
	unquoted := strings.NewReplacer(`"`, "", ";", ",")                                                    // it reads better than what Monitored makes of them
	_, _ = fmt.Fprintf(stdout, "MTASTS UNKNOWN - %s\n", render.Monitored(unquoted.Replace(oneLine(err)))) // there is nobody else to tell
	return nagiosUnknown
}

// asksNagios tells that arguments, which may be wrong, ask for the result in that form on standard output.
func asksNagios(args []string) bool {
	for i, arg := range args {
		value, joined := strings.CutPrefix(arg, "--output=")
		if short, ok := strings.CutPrefix(arg, "-o"); ok && !joined {
			value, joined = strings.TrimPrefix(short, "="), short != ""
		}
		if !joined && i+1 < len(args) && (arg == "-o" || arg == "--output") {
			value = args[i+1]
		}
		if value == formatNagios {
			return true
		}
	}
	return false
}
