//go:build unix

package platform

import (
	"os"

	"golang.org/x/sys/unix"
)

// Heard tells that somebody may still read what is written to a file. A pipe tells by itself that nobody
// does only to who writes to it.
func Heard(f *os.File) bool {
	poll := []unix.PollFd{{Fd: int32(f.Fd())}}
	n, err := unix.Poll(poll, 0)
	return err != nil || n == 0 || poll[0].Revents&unix.POLLERR == 0
}
