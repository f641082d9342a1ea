//go:build !windows

package platform

import "syscall"

// native is for systems that number errors as they name them.
func native(syscall.Errno) []syscall.Errno { return nil }
