//go:build unix

package platform

import (
	"syscall"
	"time"
)

// CPUTime is what this process has used of the processors so far, for the yardsticks.
func CPUTime() (time.Duration, error) {
	var u syscall.Rusage
	err := syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano()), err
}
