//go:build unix

package cli_test

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"mtasts/internal/cli"
)

// patience is far more than any of these takes: it catches what would wait for ever.
const patience = 20 * time.Second

// ends is the exit code of a run, which is to end.
func ends(ctx context.Context, t *testing.T, sys cli.System, args ...string) int {
	t.Helper()
	done := make(chan int, 1)
	go func() { done <- cli.Run(ctx, sys, args) }()
	select {
	case code := <-done:
		return code
	case <-time.After(patience):
		t.Fatalf("mtasts %v does not end", args)
		return -1
	}
}

// A pipe that nobody is at the other end of is waited for, and that can be ended: by whatever flag it
// was named.
func TestInterruptOfAPipe(t *testing.T) {
	name := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(name, 0o600); err != nil {
		t.Fatal(err)
	}
	sys, l, err := labSystem("sound example.com\n", "")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	for _, line := range []string{
		"check -f PIPE", "check --facts PIPE", "check --ca-file PIPE example.com", "lint PIPE", "lint --zone PIPE", "report PIPE",
		"check -o json=PIPE example.com", "check --save-facts PIPE example.com", "report -o csv=PIPE ../../testdata/script",
	} {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		args := strings.Fields(strings.ReplaceAll(line, "PIPE", name))
		if code := ends(ctx, t, sys, args...); code != 130 {
			t.Errorf("mtasts %s: exit code %d", line, code)
		}
	}
	f, err := os.OpenFile(name, os.O_RDWR, 0) // whoever waits still is let go
	if err != nil {
		t.Fatal(err)
	}
	_ = f.Close()
}

// What is read twice, or gone on with, is a file.
func TestPipesAreNoFiles(t *testing.T) {
	name := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(name, 0o600); err != nil {
		t.Fatal(err)
	}
	sys, l, err := labSystem("sound example.com\n", "")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	for _, flag := range []string{"--resume", "--baseline"} {
		var complaints bytes.Buffer
		sys.Err = &complaints
		if code := ends(t.Context(), t, sys, "check", "-f", "/dev/null", flag, name); code != 2 || !strings.Contains(complaints.String(), "is a pipe, and no file") {
			t.Errorf("%s: exit code %d, %q", flag, code, complaints.String())
		}
	}
}

// Who reads the results may have stopped: an interrupt is not for them to grant.
func TestInterruptOfAStalledReader(t *testing.T) {
	t.Parallel()
	_, out := io.Pipe() // whatever is written waits
	sys := cli.System{In: strings.NewReader(""), Out: out, Err: out, Getenv: func(string) string { return "" }, Version: "test"}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if code := ends(ctx, t, sys, "rules"); code != 130 {
		t.Errorf("exit code %d", code)
	}
}

// same is a list without end, of one domain.
type same struct{}

func (same) Read(p []byte) (int, error) {
	const line = "example.com\n"
	return copy(p, strings.Repeat(line, len(p)/len(line))), nil
}

// Nobody reads the results any more, and there are no more to write: that is found out all the same.
func TestClosedPipeOfAnEndlessList(t *testing.T) {
	sys, l, err := labSystem("sound example.com\n", "")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	reader, writer, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer writer.Close()
	go func() {
		_, _ = bufio.NewReader(reader).ReadString('\n')
		_ = reader.Close()
	}()
	sys.In, sys.Out = same{}, writer
	if code := ends(t.Context(), t, sys, "check", "-", "-o", "jsonl"); code != 2 {
		t.Errorf("exit code %d", code)
	}
}

// A line without end is no line of a list.
func TestEndlessLine(t *testing.T) {
	sys, l, err := labSystem("sound example.com\n", "")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	var complaints bytes.Buffer
	sys.Err = &complaints
	if code := ends(t.Context(), t, sys, "check", "-f", "/dev/zero"); code != 2 || !strings.Contains(complaints.String(), "/dev/zero:1: read the list: a line has more than 64 MiB") {
		t.Errorf("exit code %d, %q", code, complaints.String())
	}
}
