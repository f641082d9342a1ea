package cli_test

import (
	"os"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"mtasts/internal/cli"
)

const readme = "../../README.md"

// The README shows a session that a script ran, and the rules that the catalogue holds. -update
// rewrites both.
func TestREADME(t *testing.T) {
	data, err := os.ReadFile(readme)
	if err != nil {
		t.Fatal(err)
	}
	blocks := map[string]string{
		"broken session":   session(t, "readme.txtar", "broken.golden", "check"),
		"fixed session":    session(t, "readme.txtar", "fixed.golden", "check"),
		"generate session": session(t, "generate.txtar", "first.golden", "generate"),
		"lint session":     session(t, "lint.txtar", "bad.golden", "lint mta-sts.txt --mx mx1.example.com,backup.example.com --domain"),
		"fleet session":    fleetSession(t),
		"report session":   reportSession(t),
		"senders session":  session(t, "senders.txtar", "broken.golden", "check --senders --only policy-senders"),
		"rules":            ruleTable(t),
	}
	text := string(data)
	for _, format := range formats(t) {
		if !strings.Contains(text, "| `"+format+"` |") {
			t.Errorf("the table of formats has no %s", format)
		}
	}
	for name, want := range blocks {
		begin, end := "<!-- begin "+name+" -->\n", "<!-- end "+name+" -->\n"
		head, rest, ok := strings.Cut(text, begin)
		got, tail, closed := strings.Cut(rest, end)
		if !ok || !closed {
			t.Errorf("there is no block %q", name)
			continue
		}
		if diff := gocmp.Diff(want, got); diff != "" && !*update {
			t.Errorf("the block %q (-want +got), see -update:\n%s", name, diff)
		}
		text = head + begin + want + end + tail
	}
	if *update {
		if err := os.WriteFile(readme, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// session is a golden of a script, as a block of Markdown with the command that made it.
func session(t *testing.T, script, golden, command string) string {
	t.Helper()
	return "```console\n$ mtasts " + command + " example.com\n" + goldenOf(t, script, golden) + "```\n"
}

func goldenOf(t *testing.T, script, golden string) string {
	t.Helper()
	archive, err := txtar.ParseFile(scripts + "/" + script)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range archive.Files {
		if f.Name == golden {
			return string(f.Data)
		}
	}
	t.Fatalf("%s has no %s", script, golden)
	return ""
}

// fleetSession is the summary that the script of a fleet holds, with the command that made it.
func fleetSession(t *testing.T) string {
	summary := strings.TrimPrefix(goldenOf(t, "fleet.txtar", "summary.golden"), "\n")
	return "```console\n$ mtasts check -f domains.txt -o jsonl=results.jsonl > /dev/null\n" + summary + "```\n"
}

// reportSession is what the script of reports holds, with the command that made it.
func reportSession(t *testing.T) string {
	t.Helper()
	return "```console\n$ mtasts report reports/\n" + goldenOf(t, "report.txtar", "text.golden") + "```\n"
}

// formats are those that check names where it is asked for another.
func formats(t *testing.T) []string {
	t.Helper()
	var complaint strings.Builder
	sys := cli.System{Err: &complaint, Getenv: func(string) string { return "" }}
	cli.Run(t.Context(), sys, []string{"check", "-o", "no-such-format"})
	_, list, ok := strings.Cut(strings.TrimSpace(complaint.String()), "it is one of ")
	if !ok {
		t.Fatalf("no formats are named: %s", complaint.String())
	}
	return strings.Split(list, ", ")
}

// ruleTable is what mtasts rules -o markdown prints.
func ruleTable(t *testing.T) string {
	t.Helper()
	return printed(t, "rules", "-o", "markdown")
}

// printed is what a run without network prints that has nothing to complain of.
func printed(t *testing.T, args ...string) string {
	t.Helper()
	var out, complaints strings.Builder
	sys := cli.System{
		In: strings.NewReader(""), Out: &out, Err: &complaints, Getenv: func(string) string { return "" }, Width: 80, Version: "test",
	}
	if code := cli.Run(t.Context(), sys, args); code != 0 {
		t.Fatalf("mtasts %s: exit code %d: %s", strings.Join(args, " "), code, complaints.String())
	}
	return out.String()
}
