package cli_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
)

// fleet is a scene of domains that share one MX host, and the list of them, with some lines that are
// none and some twice.
func fleet(n int) (scene, list string, names []string) {
	var zone, lines strings.Builder
	zone.WriteString("sound example.com\nrtt 2ms\nzone\n")
	lines.WriteString("b\xfccher..example\nb\xfccher..example\n")
	names = append(names, "b\ufffdcher..example")
	for i := range n {
		name := fmt.Sprintf("d%d.example", i)
		fmt.Fprintf(&zone, "    %s MX 10 mx1.example.com\n", name)
		fmt.Fprintf(&lines, "%s\n", name)
		names = append(names, name)
		if i%10 == 9 {
			fmt.Fprintf(&lines, "bad..line%d\n%s\n", i, strings.ToUpper(name))
			names = append(names, fmt.Sprintf("bad..line%d", i))
		}
	}
	return zone.String(), lines.String(), names
}

// answered are the lines that a file of results answers, sorted.
func answered(t *testing.T, name string) []string {
	t.Helper()
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var list []string
	for d := json.NewDecoder(f); ; {
		var item struct {
			Domain, Input string
			Interrupted   bool
		}
		if err := d.Decode(&item); err == io.EOF {
			slices.Sort(list)
			return list
		} else if err != nil {
			t.Fatalf("result %d of %s: %v", len(list)+1, name, err)
		}
		if item.Interrupted {
			t.Errorf("%s is told, and was cut short", item.Domain)
		}
		list = append(list, item.Domain+item.Input)
	}
}

// TestResume: a run that is killed at any moment, interrupted, or whose last line is cut, goes on with
// no domain lost and none done twice. On a busy machine a run may be through before it is ended: then the
// list is made longer.
func TestResume(t *testing.T) {
	t.Parallel()
	for n := 100; !resumes(t, n); n *= 2 {
		if n > 1000 {
			t.Fatalf("no run of %d domains was ended before its time: that shows nothing", n)
		}
	}
}

// resumes tries it with so many domains, and tells whether the runs were ended before they were through.
func resumes(t *testing.T, n int) bool {
	t.Helper()
	dir := t.TempDir()
	scene, list, names := fleet(n)
	for name, text := range map[string]string{"lab": scene, "list": list} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	out := filepath.Join(dir, "out.jsonl")
	endRuns(t, dir, out)
	before := answered(t, wholeLines(t, out))
	cmd := exec.CommandContext(t.Context(), "mtasts", "check", "-f", "list", "--resume", "out.jsonl", "-o", "csv")
	cmd.Dir = dir
	var summary bytes.Buffer
	cmd.Stderr = &summary
	if err := cmd.Run(); cmd.ProcessState.ExitCode() != 1 {
		t.Errorf("the last run: %v: %s", err, summary.String())
	}
	slices.Sort(names)
	if diff := gocmp.Diff(names, answered(t, out)); diff != "" {
		t.Errorf("lines of the list and lines answered (-list +answered):\n%s", diff)
	}
	if !strings.Contains(summary.String(), fmt.Sprintf("%d domains", n)) {
		t.Errorf("the summary is not of the whole list: %s", summary.String())
	}
	return 0 < len(before) && len(before) < len(names)
}

// endRuns starts the same run eleven times and ends each somewhere in the middle.
func endRuns(t *testing.T, dir, out string) {
	t.Helper()
	dice := rand.New(rand.NewPCG(1, 2))
	for round := range 11 {
		cmd := exec.CommandContext(t.Context(), "mtasts", "check", "-q", "-f", "list", "--resume", "out.jsonl", "--concurrency", "5")
		cmd.Dir = dir
		told, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(told)
		for n := dice.IntN(12); n > 0 && lines.Scan(); n-- {
			continue
		}
		how := syscall.SIGKILL
		if round%5 == 4 {
			how = syscall.SIGINT
		}
		_ = cmd.Process.Signal(how)
		_, _ = io.Copy(io.Discard, told)
		_ = cmd.Wait() // it was killed
		if info, err := os.Stat(out); err == nil && round%3 == 2 {
			_ = os.Truncate(out, max(0, info.Size()-dice.Int64N(2000)))
		}
	}
}

// wholeLines is a copy of a file without what stands behind its last line end.
func wholeLines(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	whole := name + ".whole"
	if err := os.WriteFile(whole, text[:bytes.LastIndexByte(text, '\n')+1], 0o600); err != nil {
		t.Fatal(err)
	}
	return whole
}
