package platform

import (
	"syscall"

	"golang.org/x/sys/windows"
)

// native are the numbers that Windows has for an error of Unix: those of its sockets, and those of the
// calls beneath, which come up where a socket is waited for and from pipes.
func native(errno syscall.Errno) []syscall.Errno {
	return map[syscall.Errno][]syscall.Errno{
		syscall.ECONNREFUSED:  {windows.WSAECONNREFUSED, windows.ERROR_CONNECTION_REFUSED},
		syscall.EHOSTUNREACH:  {windows.WSAEHOSTUNREACH, windows.ERROR_HOST_UNREACHABLE, windows.ERROR_PORT_UNREACHABLE},
		syscall.EHOSTDOWN:     {windows.WSAEHOSTDOWN},
		syscall.ENETUNREACH:   {windows.WSAENETUNREACH, windows.WSAENETDOWN, windows.ERROR_NETWORK_UNREACHABLE},
		syscall.EADDRNOTAVAIL: {windows.WSAEADDRNOTAVAIL},
		syscall.EAFNOSUPPORT:  {windows.WSAEAFNOSUPPORT},
		syscall.ETIMEDOUT:     {windows.WSAETIMEDOUT, windows.ERROR_SEM_TIMEOUT},
		syscall.ECONNRESET: {
			windows.WSAECONNRESET, windows.WSAECONNABORTED, windows.WSAENETRESET,
			windows.ERROR_NETNAME_DELETED, windows.ERROR_CONNECTION_ABORTED,
		},
		syscall.EPIPE:  {windows.WSAESHUTDOWN, windows.ERROR_BROKEN_PIPE, windows.ERROR_NO_DATA},
		syscall.EMFILE: {windows.WSAEMFILE, windows.ERROR_TOO_MANY_OPEN_FILES},
		syscall.ENFILE: {windows.WSAENOBUFS},
		syscall.EACCES: {windows.WSAEACCES, windows.ERROR_ACCESS_DENIED},
	}[errno]
}
