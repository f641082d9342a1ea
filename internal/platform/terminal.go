package platform

import (
	"os"

	"golang.org/x/term"
)

// Terminal tells whether a person sits behind a stream, at a terminal that escape sequences may steer,
// and how many columns that has: 0 where nobody knows.
func Terminal(f *os.File) (steered bool, width int) {
	fd := int(f.Fd())
	width, _, _ = term.GetSize(fd)
	return term.IsTerminal(fd) && steer(f), width
}
