package cli_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"mtasts/internal/rule"
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
		"rules":            ruleTable(),
	}
	text := string(data)
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
	archive, err := txtar.ParseFile(scripts + "/" + script)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range archive.Files {
		if f.Name == golden {
			return "```console\n$ mtasts " + command + " example.com\n" + string(f.Data) + "```\n"
		}
	}
	t.Fatalf("%s has no %s", script, golden)
	return ""
}

// ruleTable is the catalogue as a table in Markdown.
func ruleTable() string {
	names := strings.NewReplacer("{domain}", "DOMAIN", "{host}", "mta-sts.DOMAIN", "{url}", "the policy's URL", "|", `\|`)
	var b strings.Builder
	b.WriteString("| rule | group | what it asks | otherwise |\n| --- | --- | --- | --- |\n")
	for _, r := range rule.Catalogue() {
		mark := ""
		if r.UnderPolicy {
			mark = " †"
		}
		fmt.Fprintf(&b, "| `%s`%s | %s | %s | %s |\n", r.ID, mark, r.Group, names.Replace(r.Title), otherwise(r.Reasons))
	}
	return b.String()
}

// otherwise is reasons with their statuses: "fail `expired`, `untrusted`; unknown `no-roots-here`".
func otherwise(reasons []rule.Reason) string {
	text, last := "", rule.Status("")
	for _, r := range reasons {
		switch {
		case r.Status == last:
			text += ", "
		case text == "":
			text = string(r.Status) + " "
		default:
			text += "; " + string(r.Status) + " "
		}
		text += "`" + r.Word + "`"
		last = r.Status
	}
	return text
}
