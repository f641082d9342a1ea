package platform

import (
	"errors"
	"os"

	"golang.org/x/sys/windows"
)

// Lock has no other run write to a file as long as it is open here. Where the file system knows no locks
// there is none. Nobody may read or write what is locked on Windows, so it is a byte where no file has any.
func Lock(f *os.File) bool {
	where := windows.Overlapped{OffsetHigh: 1 << 30}
	err := windows.LockFileEx(windows.Handle(f.Fd()), windows.LOCKFILE_EXCLUSIVE_LOCK|windows.LOCKFILE_FAIL_IMMEDIATELY, 0, 1, 0, &where)
	return !errors.Is(err, windows.ERROR_LOCK_VIOLATION) && !errors.Is(err, windows.ERROR_IO_PENDING)
}
