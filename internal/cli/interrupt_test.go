package cli_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"mtasts/internal/cli"
	"mtasts/internal/rule"
)

const tarpit = `sound example.com
sound tarpit.example
https 192.0.2.30 2001:db8::30
    fault tarpit
`

// soon is far more than an ended check needs and far less than what it waits for.
const soon = time.Second

// A cancelled context ends a hanging check at once, with what is known written.
func TestInterrupt(t *testing.T) {
	sys, l, err := labSystem(tarpit, "")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var ended time.Time
	sys.Net.Dial = func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := l.Dial(ctx, network, address)
		if address == "192.0.2.30:443" {
			ended = time.Now()
			cancel()
		}
		return conn, err
	}
	var out, complaints bytes.Buffer
	sys.Out, sys.Err = &out, &complaints
	saved := filepath.Join(t.TempDir(), "facts.json")
	code := cli.Run(ctx, sys, []string{"check", "--json", "--save-facts", saved, "tarpit.example"})
	if took := time.Since(ended); took > soon {
		t.Errorf("it ended after %v", took)
	}
	if code != 130 || complaints.Len() > 0 {
		t.Errorf("exit code %d, standard error %q", code, complaints.String())
	}
	var list []rule.Result
	if err := json.Unmarshal(out.Bytes(), &list); err != nil {
		t.Fatal(err)
	}
	if len(list) != 1 || !list[0].Interrupted || list[0].Domain != "tarpit.example" {
		t.Errorf("not one interrupted result: %s", out.String())
	}
	valid(t, manyResults, out.String())
	facts, err := os.ReadFile(saved)
	if err != nil {
		t.Fatal(err)
	}
	valid(t, manyFacts, string(facts))
}

// The same with a real process and a real signal: the first domain is told already.
func TestSIGINT(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("Ctrl-C goes to all who share a console here")
	}
	scene := filepath.Join(t.TempDir(), "lab")
	if err := os.WriteFile(scene, []byte(tarpit), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), "mtasts", "check", "-q", "example.com", "tarpit.example")
	cmd.Env = append(os.Environ(), "LAB="+scene)
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewReader(stdout)
	first, err := lines.ReadString('\n')
	if err != nil || !strings.Contains(first, "example.com: pass") {
		t.Errorf("the first line is %q, %v", first, err)
	}
	began := time.Now()
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	second, _ := lines.ReadString('\n')
	var exit *exec.ExitError
	if err := cmd.Wait(); !errors.As(err, &exit) || exit.ExitCode() != 130 {
		t.Errorf("it ended with %v", err)
	}
	if took := time.Since(began); took > soon {
		t.Errorf("it ended after %v", took)
	}
	if !strings.Contains(second, "tarpit.example") || !strings.Contains(second, "interrupted") {
		t.Errorf("the second line is %q", second)
	}
}

// Nobody reads the results any more: no complaint, and not the exit code of a sound domain.
func TestClosedPipe(t *testing.T) {
	for _, format := range []string{"-v", "-q", "--json"} {
		t.Run(format, func(t *testing.T) {
			sys, l, err := labSystem(tarpit, "")
			if err != nil {
				t.Fatal(err)
			}
			defer l.Close()
			reader, writer, err := os.Pipe()
			if err != nil {
				t.Fatal(err)
			}
			reader.Close()
			defer writer.Close()
			var complaints bytes.Buffer
			sys.Out, sys.Err = writer, &complaints
			code := cli.Run(t.Context(), sys, []string{"check", format, "example.com", "example.com."})
			if code != 2 || complaints.Len() > 0 {
				t.Errorf("exit code %d, standard error %q", code, complaints.String())
			}
		})
	}
}

// full is a stream on a full disk.
type full struct{}

func (full) Write([]byte) (int, error) { return 0, errors.New("no space left on device") }

func TestFailedWrite(t *testing.T) {
	sys, l, err := labSystem(tarpit, "")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	for _, line := range []string{"check example.com", "--help", "help check", "check -h", "version", "--version"} {
		var complaints bytes.Buffer
		sys.Out, sys.Err = full{}, &complaints
		code := cli.Run(t.Context(), sys, strings.Fields(line))
		if code != 2 || complaints.String() != "mtasts: no space left on device\n" {
			t.Errorf("%s: exit code %d, standard error %q", line, code, complaints.String())
		}
	}
}

// Waiting for a list that does not come ends at once too.
func TestInterruptInput(t *testing.T) {
	for _, args := range [][]string{{"check", "-"}, {"check", "-f", "-"}, {"check", "--facts", "-"}} {
		t.Run(strings.Join(args, " "), func(t *testing.T) {
			sys, l, err := labSystem(tarpit, "")
			if err != nil {
				t.Fatal(err)
			}
			defer l.Close()
			in, typed := io.Pipe()
			defer typed.Close()
			var out, complaints bytes.Buffer
			sys.In, sys.Out, sys.Err = in, &out, &complaints
			ctx, cancel := context.WithCancel(t.Context())
			go func() {
				_, _ = io.WriteString(typed, "\n") // comes back when it is read
				cancel()
			}()
			if code := cli.Run(ctx, sys, args); code != 130 || out.Len()+complaints.Len() > 0 {
				t.Errorf("exit code %d, standard output %q, standard error %q", code, out.String(), complaints.String())
			}
		})
	}
}
