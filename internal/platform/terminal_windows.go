package platform

import (
	"os"

	"golang.org/x/sys/windows"
)

// steer has a console take escape sequences for what they are. One from before Windows 10 cannot, and
// would show them: it gets neither colour nor progress.
func steer(f *os.File) bool {
	var mode uint32
	console := windows.Handle(f.Fd())
	if windows.GetConsoleMode(console, &mode) != nil {
		return false
	}
	return windows.SetConsoleMode(console, mode|windows.ENABLE_PROCESSED_OUTPUT|windows.ENABLE_VIRTUAL_TERMINAL_PROCESSING) == nil
}
