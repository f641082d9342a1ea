package cli_test

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"

	"mtasts/internal/cli"
	"mtasts/internal/collect"
)

// lint runs the command without a network, and gives its exit code and what it says on both streams.
func lint(ctx context.Context, stdin io.Reader, args ...string) (code int, out, complaint string) {
	var stdout, stderr strings.Builder
	code = cli.Run(ctx, cli.System{
		Net: collect.Network{Now: noon}, In: stdin, Out: &stdout, Err: &stderr,
		Getenv: func(string) string { return "" }, Width: 80, Version: "test",
	}, append([]string{"lint"}, args...))
	return code, stdout.String(), stderr.String()
}

// TestLintLimits: files without end are refused, whatever they are.
func TestLintLimits(t *testing.T) {
	dir := t.TempDir()
	policy, zone := filepath.Join(dir, "policy"), filepath.Join(dir, "zone")
	for name, size := range map[string]int64{policy: 64<<10 + 1, zone: 64<<20 + 1} {
		if err := os.WriteFile(name, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Truncate(name, size); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{policy}, policy + " has more than 64 KiB"},
		{[]string{"--zone", zone, "--domain", "example.com"}, zone + " has more than 64 MiB"},
		{[]string{"-"}, "standard input has more than 64 KiB"},
		{[]string{"--zone", "-"}, "standard input has more than 64 MiB"},
	} {
		code, _, complaint := lint(t.Context(), endless{}, c.args...)
		if code != 2 || complaint != "mtasts: "+c.want+"\n" {
			t.Errorf("lint %q: exit code %d, %q", c.args, code, complaint)
		}
	}
}

// endless is a file that never ends.
type endless struct{}

func (endless) Read(p []byte) (int, error) { return len(p), nil }

// TestLintBrokenInput: what cannot be read to its end is not judged.
func TestLintBrokenInput(t *testing.T) {
	for _, arg := range []string{"-", "--zone=-"} {
		in := io.MultiReader(strings.NewReader("version: STSv1\n"), iotest.ErrReader(errors.New("a bad disk")))
		code, out, complaint := lint(t.Context(), in, arg, "--domain", "example.com")
		if code != 2 || out != "" || complaint != "mtasts: read standard input: a bad disk\n" {
			t.Errorf("lint %s: exit code %d, %q, %q", arg, code, out, complaint)
		}
	}
}

// TestLintInterrupted: nobody waits for a standard input that says nothing.
func TestLintInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	r, w := io.Pipe()
	defer w.Close()
	for _, arg := range []string{"-", "--zone=-"} {
		if code, out, complaint := lint(ctx, r, arg, "--domain", "example.com"); code != 130 || out+complaint != "" {
			t.Errorf("lint %s: exit code %d, %q, %q", arg, code, out, complaint)
		}
	}
}

// TestLintHostile: nothing in a file or its name reaches the terminal as it is.
func TestLintHostile(t *testing.T) {
	t.Chdir(t.TempDir())
	evil := "p\x1b[31m\n\u202e.txt"
	if runtime.GOOS == "windows" { // where the others are in no name
		evil = "p\u202e.txt"
	}
	texts := []string{
		"version: STSv1\nmode: \x1b]0;x\x07\nmx: \x1b[2J\u202emx\nmax_age: 1\n\x00\n",
		"\"\x1b[31m\" SOA a b 1 2 3 4 5\n", "@ SOA a.b. c.d. 1 2 3 4 5\n@ MX 10 \\027[31m\\010.x.\n_mta-sts TXT \"v=STSv1;\x1b[2J\"\n_smtp._tls TXT \"\u202e\x9b\"\n",
	}
	for _, text := range texts {
		if err := os.WriteFile(evil, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		for _, args := range [][]string{{evil}, {"--zone", evil, "--domain", "a.b"}, {"--zone", evil}, {evil, "--json"}, {"-q", evil}, {"-v", "--zone", evil, "--domain", "a.b"}} {
			code, out, complaint := lint(t.Context(), strings.NewReader(""), args...)
			if i := strings.IndexAny(out+complaint, "\x00\x07\x1b\u202e\x7f\u009b"); i >= 0 || code == 0 || strings.Contains(complaint, "\r") {
				t.Errorf("lint %q: exit code %d, %q, %q", args, code, out, complaint)
			}
			if kind, _ := kinds(append([]string{"lint"}, args...)); kind != "" {
				valid(t, kind, out)
			}
		}
	}
}
