//go:build unix

package mailbox

import (
	"path/filepath"
	"syscall"
	"testing"
)

// TestFifo: a pipe that nobody writes to is left alone, or reading it would never end.
func TestFifo(t *testing.T) {
	dir := tree(t, map[string]string{"a.json": report(1)})
	if err := syscall.Mkfifo(filepath.Join(dir, "fifo"), 0o600); err != nil {
		t.Fatal(err)
	}
	expect(t, readTree(t, dir), "a.json = "+report(1), "fifo: other")
}
