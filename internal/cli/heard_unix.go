//go:build unix

package cli

import (
	"io"

	"golang.org/x/sys/unix"
)

// heard tells that somebody may still read what is written. A pipe tells by itself that nobody does only
// to who writes to it.
func heard(w io.Writer) bool {
	f := fileBelow(w)
	if f == nil {
		return true
	}
	poll := []unix.PollFd{{Fd: int32(f.Fd())}} //nolint:gosec // a file descriptor is small
	n, err := unix.Poll(poll, 0)
	return err != nil || n == 0 || poll[0].Revents&unix.POLLERR == 0
}
