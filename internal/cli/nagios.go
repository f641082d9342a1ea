package cli

import (
	"fmt"
	"io"
	"strings"

	"mtasts/internal/rule"
)

// The exit codes of the Monitoring Plugins, which -o nagios has in place of those of the program.
const (
	nagiosOK       exit = 0
	nagiosWarning  exit = 1
	nagiosCritical exit = 2
	nagiosUnknown  exit = 3
)

// nagiosExit is the exit code of a run whose result a monitor reads. It reads standard output alone: a
// fault on this side is told there too, and is UNKNOWN.
func nagiosExit(stdout io.Writer, s *session, failed error, short bool) error {
	if failed != nil {
		text := strings.ReplaceAll(oneLine(failed), "|", "/")     // behind a bar it takes what comes for figures
		_, _ = fmt.Fprintf(stdout, "MTASTS UNKNOWN - %s\n", text) // there is nobody else to tell
		return nagiosUnknown
	}
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
