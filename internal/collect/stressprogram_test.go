package collect

import (
	"bufio"
	"bytes"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// programEnv is the path of the program that can be led to another process: the tests of package cli, built
// under the name mtasts-routed.
const programEnv = "MTASTS_PROGRAM"

// A result is what the stress wants to know of a line of -o jsonl.
type result struct {
	Domain     string `json:"domain"`
	Protection string `json:"protection"`
	Findings   []struct{ Rule, Status, Reason, Message string }
}

// verdict is the protection, and what is found wrong, but that it took long here.
func (r result) verdict() string {
	word := r.Protection
	for _, f := range r.Findings {
		if (f.Status == "fail" || f.Status == "warn") && f.Reason != "slow" {
			word += fmt.Sprintf("; %s: %s/%s: %s", r.Domain, f.Rule, f.Reason, f.Message)
		}
	}
	return word
}

// TestStressProgram has the program check a list of the domains of an arena, and watches it from outside:
// it takes no more memory and no more files at the end than in the middle, and judges no sound domain wrongly.
func TestStressProgram(t *testing.T) {
	program := os.Getenv(programEnv)
	if program == "" {
		t.Skip("make stress runs it")
	}
	a := newArena(t)
	errs := new(bytes.Buffer)
	run := a.command(t, program)
	run.Stderr = errs
	out, err := run.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	begun := time.Now()
	if err := run.Start(); err != nil {
		t.Fatal(err)
	}
	w := &watched{t: t, pid: strconv.Itoa(run.Process.Pid), of: a.stressed(), said: map[string]int{}}
	w.read(out)
	err = run.Wait()
	t.Logf("%d domains in %s; of sound ones: %v; %v", w.done, time.Since(begun).Round(100*time.Millisecond), w.said, err)
	if w.done != w.of || strings.Contains(errs.String(), "panic") || run.ProcessState.ExitCode() > 3 {
		t.Errorf("%d of %d lines, %v: %.2000s", w.done, w.of, err, errs)
	}
	w.judge()
}

// command is the program with the arena for its network.
func (a *arena) command(t *testing.T, program string) *exec.Cmd {
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	var list strings.Builder
	for n := range a.stressed() {
		fmt.Fprintf(&list, "n%d.example\n", n)
	}
	root := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: a.ca.root.cert.Raw})
	c := exec.Command(program, "check", "-", "-o", "jsonl", "--concurrency", "200", "--resolver", resolverAt,
		"--timeout", "3s", "--smtp-timeout", "3s", "--allow-net", "2001:db8::/32", "--ca-file", write("root.pem", string(root)))
	// The garbage of memory is collected as the program itself has it.
	c.Env = append(os.Environ(), "ROUTES="+write("routes", strings.Join(a.where, "\n")), "GOGC=400", "GOMEMLIMIT=96MiB")
	c.Stdin = strings.NewReader(list.String())
	return c
}

// watched is a run of the program, as it is seen from outside.
type watched struct {
	t        *testing.T
	pid      string
	of, done int
	said     map[string]int // of sound domains
	rss      []int
	files    []int
}

// read reads the results, and looks at the process after each tenth of them.
func (w *watched) read(out io.Reader) {
	lines := bufio.NewReaderSize(out, 1<<20)
	for {
		line, err := lines.ReadBytes('\n')
		if err != nil {
			return
		}
		if w.done++; w.done%max(1, w.of/10) == 0 {
			w.sample()
		}
		var r result
		if err := json.Unmarshal(line, &r); err != nil {
			w.t.Error(err)
		}
		if strings.HasSuffix(strings.TrimSuffix(r.Domain, ".example"), "0") {
			w.said[r.verdict()]++
		}
	}
}

func (w *watched) sample() {
	list, _ := os.ReadDir("/proc/" + w.pid + "/fd")
	w.rss, w.files = append(w.rss, residentOf(w.pid)), append(w.files, len(list))
	w.t.Logf("after %d domains: %s resident, %s files open", w.done, measured(w.rss[len(w.rss)-1]>>20, " MiB"), measured(len(list), ""))
}

// judge complains of growth, and of sound domains that were judged wrongly.
func (w *watched) judge() {
	if len(w.rss) < 10 {
		return
	}
	if w.rss[8] > w.rss[4]+w.rss[4]/4+growth || w.files[8] > 2*w.files[4]+100 {
		w.t.Errorf("memory %v, files %v: they grow", w.rss, w.files)
	}
	for word := range w.said {
		if word != "enforced" && word != "unknown" {
			w.t.Errorf("sound domains are said to be %s", word)
		}
	}
	if w.said["enforced"] == 0 {
		w.t.Error("no sound domain was seen whole")
	}
}
