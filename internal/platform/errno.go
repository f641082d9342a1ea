package platform

import (
	"errors"
	"slices"
	"syscall"
)

// Is tells whether an error is what errno means, in this system's own number for it or in that of package
// syscall. The names that are Unix's have numbers there that no call of Windows returns.
func Is(err error, errno syscall.Errno) bool {
	return errors.Is(err, errno) || slices.ContainsFunc(native(errno), func(e syscall.Errno) bool { return errors.Is(err, e) })
}
