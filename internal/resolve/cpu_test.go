package resolve

import (
	"testing"
	"time"

	"mtasts/internal/platform"
)

// cpuTime is what this process has used so far.
func cpuTime(tb testing.TB) time.Duration {
	tb.Helper()
	used, err := platform.CPUTime()
	if err != nil {
		tb.Fatal(err)
	}
	return used
}
