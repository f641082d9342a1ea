package platform

import (
	"syscall"
	"time"
)

// CPUTime is what this process has used of the processors so far, for the yardsticks.
func CPUTime() (time.Duration, error) {
	self, err := syscall.GetCurrentProcess()
	if err != nil {
		return 0, err
	}
	var begun, ended, kernel, user syscall.Filetime
	err = syscall.GetProcessTimes(self, &begun, &ended, &kernel, &user)
	return ticks(kernel) + ticks(user), err
}

// ticks is a time in units of 100 ns.
func ticks(t syscall.Filetime) time.Duration {
	return time.Duration(int64(t.HighDateTime)<<32|int64(t.LowDateTime)) * 100
}
