package cli_test

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// TestStandardInputIsNotOverwritten: `mtasts check - -o csv=list <list` would empty the list before it is
// read.
func TestStandardInputIsNotOverwritten(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("Windows does not tell what standard input was redirected from")
	}
	list := filepath.Join(t.TempDir(), "list")
	if err := os.WriteFile(list, []byte("example.com\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	in, err := os.Open(list)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	cmd := exec.CommandContext(t.Context(), "mtasts", "check", "-", "-o", "csv="+list)
	cmd.Stdin = in
	said, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != 2 || !strings.Contains(string(said), "would overwrite the file of standard input") {
		t.Errorf("%v: %s", err, said)
	}
	if kept, err := os.ReadFile(list); string(kept) != "example.com\n" {
		t.Errorf("the list is %q, %v", kept, err)
	}
}
