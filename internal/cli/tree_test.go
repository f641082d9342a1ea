package cli

import (
	"context"
	"io"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"mtasts/internal/render"
)

// tree is a fresh tree of commands, since a command that was parsed keeps its flags.
func tree() *cobra.Command {
	sys := System{In: strings.NewReader(""), Out: io.Discard, Err: io.Discard, Getenv: func(string) string { return "" }, Version: "test"}
	return newRoot(context.Background(), sys, nil)
}

// Help has examples first, and fits a terminal of 80 columns.
func TestHelpOfEveryCommand(t *testing.T) {
	for _, cmd := range documented(tree()) {
		text := helpText(cmd)
		examples, usage := strings.Index(text, "\nExamples:\n"), strings.Index(text, "\nUsage:\n")
		if examples < 0 || usage < examples {
			t.Errorf("%s: the examples do not come first", cmd.Name())
		}
		for line := range strings.SplitSeq(text, "\n") {
			if len(line) > helpWidth {
				t.Errorf("%s: a line of %d columns: %q", cmd.Name(), len(line), line)
			}
		}
		if strings.HasSuffix(cmd.Short, ".") || cmd.Short == "" {
			t.Errorf("%s: what it does in short has to be half a sentence: %q", cmd.Name(), cmd.Short)
		}
	}
}

// What the examples show is understood: the commands and flags are there, and take those values.
func TestExamplesAreUnderstood(t *testing.T) {
	for _, cmd := range append(documented(tree()), helpOf(t, tree())) {
		for _, e := range exampleEntries(cmd.Example) {
			words := shellWords(e.Terms[0])
			if i := slices.Index(words, "mtasts"); i >= 0 {
				words = words[i+1:]
			}
			if i := slices.IndexFunc(words, func(w string) bool { return strings.ContainsAny(w, "|>)") && len(w) < 3 }); i >= 0 {
				words = words[:i]
			}
			found, rest, err := tree().Find(words)
			if err == nil {
				err = found.ParseFlags(rest)
			}
			if err == nil && found.Args != nil {
				err = found.ValidateArgs(found.Flags().Args())
			}
			if err != nil || len(words) == 0 || !found.Runnable() {
				t.Errorf("%s: the example %q is not understood: %v", cmd.Name(), e.Terms[0], err)
			}
		}
	}
}

func helpOf(t *testing.T, root *cobra.Command) *cobra.Command {
	t.Helper()
	cmd, _, err := root.Find([]string{"help"})
	if err != nil {
		t.Fatal(err)
	}
	return cmd
}

// shellWords are the words of a command line as a shell would take them, as far as the examples go.
func shellWords(line string) []string {
	var words []string
	for _, w := range regexp.MustCompile(`'[^']*'|[^\s')]+|\)`).FindAllString(strings.ReplaceAll(line, "<(", "<( "), -1) {
		words = append(words, strings.Trim(w, "'"))
	}
	return words
}

// A page of the manual has every section, every flag, and nothing but macros behind a point.
func TestPages(t *testing.T) {
	macro := regexp.MustCompile(`^\.(TH|SH|TP|PP|nf|fi|RS 4|RE|nh|ad l)\b`)
	root := tree()
	for _, cmd := range documented(root) {
		var b strings.Builder
		if err := render.ManPage(&b, page(cmd, System{Version: "test"})); err != nil {
			t.Fatal(err)
		}
		text := b.String()
		for _, title := range []string{"NAME", "SYNOPSIS", "DESCRIPTION", "OPTIONS", "EXIT STATUS", "EXAMPLES", "SEE ALSO"} {
			if !strings.Contains(text, "\n.SH "+title+"\n") {
				t.Errorf("%s has no section %s", cmd.Name(), title)
			}
		}
		for line := range strings.SplitSeq(text, "\n") {
			if strings.HasPrefix(line, ".") && !macro.MatchString(line) || strings.HasPrefix(line, "'") {
				t.Errorf("%s: roff takes this for a command: %q", cmd.Name(), line)
			}
		}
		cmd.LocalFlags().VisitAll(func(f *pflag.Flag) {
			if !strings.Contains(text, strings.ReplaceAll("--"+f.Name, "-", `\-`)+`\fR`) {
				t.Errorf("the page of %s does not tell of --%s", cmd.Name(), f.Name)
			}
		})
	}
}

func TestExitEntries(t *testing.T) {
	got := exitEntries("0 all is well, or not\nlooked at, 1 findings, 130 interrupted.")
	want := []string{"0 All is well, or not looked at.", "1 Findings.", "130 Interrupted."}
	for i, e := range got {
		if i >= len(want) || e.Terms[0]+" "+e.Text != want[i] {
			t.Errorf("entry %d is %q", i, e)
		}
	}
	if len(got) != len(want) {
		t.Errorf("%d entries, want %d", len(got), len(want))
	}
}
