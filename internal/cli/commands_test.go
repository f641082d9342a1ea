package cli_test

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"os/exec"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/testscript"

	"mtasts/internal/cli"
	"mtasts/internal/rule"
)

// script is what the commands of one script hand on to each other.
type script struct {
	args []string // of the last run
}

type scriptKey struct{}

func setup(env *testscript.Env) error {
	env.Values[scriptKey{}] = &script{}
	// Built with -race, a process waits a second at its end unless it is told not to.
	env.Setenv("GORACE", "atexit_sleep_ms=0")
	return nil
}

// cmdRun is `run CODE ARG...`: mtasts ARG... ends with that exit code.
func cmdRun(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 1 {
		ts.Fatalf("usage: run CODE ARG...")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	ts.Value(scriptKey{}).(*script).args = args[1:]
	if got := exitCode(ts, ts.Exec("mtasts", args[1:]...)); got != want {
		ts.Fatalf("exit code %d; want %d", got, want)
	}
	checkComplaint(ts, want)
	checkJSON(ts, args[1:], want)
}

// isSummary tells that a text is what is said at the end of a list.
func isSummary(text string) bool {
	return regexp.MustCompile(`\A\n?[0-9,]+ (domains?|lines?)\b`).MatchString(text) && !strings.Contains(text, "mtasts: ")
}

// checkComplaint holds standard error against the promise: one clear line when the exit code is
// 2, the same or nothing when it is 3, and nothing else but progress and summaries otherwise.
func checkComplaint(ts *testscript.TestScript, code int) {
	text := ts.ReadFile("stderr")
	oneLine := strings.HasPrefix(text, "mtasts: ") && strings.Index(text, "\n") == len(text)-1
	if code == 2 && !oneLine {
		ts.Fatalf("standard error is not one line that begins with mtasts: %q", text)
	}
	if code != 2 && !(code == 3 && oneLine) && text != "" && !isSummary(text) && ts.Getenv("TTY") == "" {
		ts.Fatalf("standard error is not empty: %q", text)
	}
}

func exitCode(ts *testscript.TestScript, err error) int {
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return exit.ExitCode()
	}
	ts.Check(err)
	return 0
}

// results are what the last run wrote with --json.
func results(ts *testscript.TestScript, text string) []rule.Result {
	var list []rule.Result
	if err := json.Unmarshal([]byte(text), &list); err != nil {
		ts.Fatalf("standard output is no array of results (run with --json): %v", err)
	}
	return list
}

// lookFor is the findings of all domains that a RULE and, where it is given, a REASON stand for.
func lookFor(list []rule.Result, id, reason string) []rule.Finding {
	var found []rule.Finding
	for _, r := range list {
		for _, f := range r.Findings {
			if f.Rule == id && (reason == "" || f.Reason == reason) {
				found = append(found, f)
			}
		}
	}
	return found
}

// shown is the rules and reasons that the scripts have shown, as "RULE:REASON" and "RULE:pass".
type shown struct {
	mu  sync.Mutex
	set map[string]bool
}

func newShown() *shown { return &shown{set: map[string]bool{}} }

// cmdFinding is `finding STATUS RULE [REASON] [REGEXP]`: the last run's JSON has such a finding
// whose message matches, and each such finding is complete.
func (s *shown) cmdFinding(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 || len(args) > 4 {
		ts.Fatalf("usage: finding STATUS RULE [REASON] [REGEXP]")
	}
	args = append(args, "", "")
	status, id, reason, message := rule.Status(args[0]), args[1], args[2], args[3]
	want, err := regexp.Compile(message)
	ts.Check(err)
	found := lookFor(results(ts, ts.ReadFile("stdout")), id, reason)
	matched := slices.DeleteFunc(slices.Clone(found), func(f rule.Finding) bool {
		return f.Status != status || !want.MatchString(f.Message)
	})
	if len(matched) == 0 {
		ts.Fatalf("no such finding; those of the rule are:\n%s", describe(found))
	}
	for _, f := range matched {
		if lack := incomplete(f); lack != "" {
			ts.Fatalf("the finding lacks %s:\n%s", lack, describe([]rule.Finding{f}))
		}
		if !explained(f) {
			ts.Fatalf("mtasts explain tells another status of it, and no exception:\n%s", describe([]rule.Finding{f}))
		}
		s.add(f)
	}
}

// incomplete names what a finding lacks.
func incomplete(f rule.Finding) string {
	lacks := []struct {
		what string
		it   bool
	}{
		{"a message", f.Message == ""},
		{"a subject", f.Subject == ""},
		{"a reference", f.Reference == ""},
		{"a reason", f.Reason == "" && f.Status != rule.Pass},
		{"evidence", len(f.Evidence) == 0 && f.Status != rule.Pass},
		{"a fix", (f.Fix == nil || f.Fix.Text == "") && (f.Status == rule.Fail || f.Status == rule.Warn)},
		{"values in its templates", strings.ContainsAny(f.Message, "{}")},
	}
	for _, l := range lacks {
		if l.it {
			return l.what
		}
	}
	return ""
}

// explained tells that the explanation of a finding's reason knows of its status.
func explained(f rule.Finding) bool {
	for _, e := range rule.Explain() {
		for _, r := range e.Reasons {
			if e.ID == f.Rule && r.Reason == f.Reason {
				dormant := e.UnderPolicy && r.Status == rule.Fail && f.Status == rule.Warn
				return r.Status == f.Status || dormant || strings.HasPrefix(r.Exception, string(f.Status)+" ")
			}
		}
	}
	return f.Reason == ""
}

func describe(list []rule.Finding) string {
	text, err := json.MarshalIndent(list, "", "  ")
	if err != nil {
		return err.Error()
	}
	return string(text)
}

func (s *shown) add(f rule.Finding) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.set[f.Rule+":"+cmp.Or(f.Reason, string(rule.Pass))] = true
}

// missing is what no script has shown of the rules.
func (s *shown) missing(rules []rule.Rule) []string {
	var list []string
	for _, r := range rules {
		words := []string{string(rule.Pass)}
		for _, reason := range r.Reasons {
			words = append(words, reason.Word)
		}
		for _, word := range words {
			if !s.set[r.ID+":"+word] {
				list = append(list, r.ID+" "+word)
			}
		}
	}
	return list
}

// cmdNoFinding is `no-finding RULE [REASON]`: the last run's JSON has no such finding.
func cmdNoFinding(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 1 || len(args) > 2 {
		ts.Fatalf("usage: no-finding RULE [REASON]")
	}
	args = append(args, "")
	if found := lookFor(results(ts, ts.ReadFile("stdout")), args[0], args[1]); len(found) > 0 {
		ts.Fatalf("there is one:\n%s", describe(found))
	}
}

// cmdOnlyFindings is `only-findings RULE...`: these rules, each named once, and no others have a
// finding that is a problem.
func cmdOnlyFindings(ts *testscript.TestScript, neg bool, args []string) {
	if neg {
		ts.Fatalf("usage: only-findings RULE...")
	}
	got := []string{}
	for _, r := range results(ts, ts.ReadFile("stdout")) {
		for _, f := range r.Findings {
			if f.Status != rule.Pass && f.Status != rule.Info {
				got = append(got, f.Rule)
			}
		}
	}
	slices.Sort(got)
	slices.Sort(args)
	if diff := gocmp.Diff(append([]string{}, args...), slices.Compact(got)); diff != "" {
		ts.Fatalf("rules with a problem (-want +got):\n%s", diff)
	}
}

// cmdFixed is `fixed RULE [REASON]`: with the fix of that finding of the last run published in
// the lab, the same check finds it no more.
func cmdFixed(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 1 || len(args) > 2 {
		ts.Fatalf("usage: fixed RULE [REASON]")
	}
	args = append(args, "")
	broken := lookFor(results(ts, ts.ReadFile("stdout")), args[0], args[1])
	if len(broken) == 0 {
		ts.Fatalf("there is no such finding to fix")
	}
	sys, l, err := labSystem(ts.ReadFile(cmp.Or(ts.Getenv("LAB"), "lab")), ts.Getenv("CLOCK"))
	ts.Check(err)
	defer l.Close()
	for _, f := range broken {
		if f.Fix == nil || len(f.Fix.Records) == 0 && f.Fix.File == nil {
			ts.Fatalf("its fix has nothing to publish:\n%s", describe([]rule.Finding{f}))
		}
		ts.Check(l.Apply(f.Fix.Records, f.Fix.File))
	}
	after := checkAgain(ts, sys, ts.Value(scriptKey{}).(*script).args)
	for _, f := range lookFor(after, args[0], args[1]) {
		if f.Status != rule.Pass {
			ts.Fatalf("it is still there:\n%s", describe([]rule.Finding{f}))
		}
	}
}

// checkAgain is what a run with the same arguments finds now.
func checkAgain(ts *testscript.TestScript, sys cli.System, args []string) []rule.Result {
	var out, complaints bytes.Buffer
	sys.Out, sys.Err = &out, &complaints
	if code := cli.Run(context.Background(), sys, args); code == 2 {
		ts.Fatalf("checking again: %s", complaints.String())
	}
	ts.Check(invalid(manyResults, out.String()))
	return results(ts, out.String())
}
