//go:build unix

package platform

import (
	"os"
	"syscall"
)

// Lock has no other run write to a file as long as it is open here. Where the file system knows no locks
// there is none.
func Lock(f *os.File) bool {
	return syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) != syscall.EWOULDBLOCK
}
