package cli_test

import (
	"encoding/json"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"mtasts/internal/rule"
)

// Every rule and each of its reasons is explained: why, what to do, and where to read it; and the
// prose fits a terminal.
func TestExplainEveryRule(t *testing.T) {
	t.Parallel()
	for _, e := range rule.Explain() {
		text := printed(t, "explain", e.ID)
		holds(t, e.ID, text, e.Title, "Why: "+e.Why, e.More, e.Reference, "Read more: "+e.ReferenceURL)
		for _, r := range e.Reasons {
			one := printed(t, "explain", e.ID+":"+r.Reason)
			fix := strings.TrimSuffix(r.Fix.Text, ".")
			for _, page := range []string{text, one} {
				holds(t, e.ID+":"+r.Reason, page, string(r.Status)+" "+r.Reason, r.Message, r.More, "Fix: "+fix, r.TLSRPT, r.InForce, r.NotYet)
			}
			holds(t, e.ID+":"+r.Reason, one, append([]string{e.Why, e.ReferenceURL}, r.Fix.Lines...)...)
			if n := strings.Count(one, "Fix: "); n != 1 {
				t.Errorf("%s:%s has %d fixes", e.ID, r.Reason, n)
			}
		}
	}
}

// holds looks for texts, however they are broken into lines.
func holds(t *testing.T, name, page string, texts ...string) {
	t.Helper()
	plain := strings.Join(strings.Fields(page), " ")
	for _, want := range texts {
		if !strings.Contains(plain, strings.Join(strings.Fields(want), " ")) {
			t.Errorf("the explanation of %s does not say %q:\n%s", name, want, page)
		}
	}
	for line := range strings.SplitSeq(page, "\n") {
		if strings.HasPrefix(line, "  ") && strings.Count(line, " ") > 12 && len([]rune(line)) > 80 {
			t.Errorf("%s: a line of prose of %d columns: %q", name, len([]rune(line)), line)
		}
	}
}

// The JSON of explain and rules says the same, in one form.
func TestRulesAsJSON(t *testing.T) {
	type document struct {
		Schema int                `json:"schema"`
		Rules  []rule.Explanation `json:"rules"`
	}
	want := document{Schema: 1, Rules: rule.Explain()}
	args := []string{"explain", "--json"}
	for _, e := range want.Rules {
		args = append(args, e.ID)
	}
	for _, args := range [][]string{args, {"rules", "-o", "json"}, {"rules", "--json", "-o", "json"}} {
		var got document
		text := printed(t, args...)
		if err := json.Unmarshal([]byte(text), &got); err != nil {
			t.Fatal(err)
		}
		valid(t, someRules, text)
		if diff := gocmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", args[0], diff)
		}
	}
}

// Every explanation is there as Markdown, with a heading for each reason.
func TestExplainAsMarkdown(t *testing.T) {
	for _, e := range rule.Explain() {
		text := printed(t, "explain", "-o", "markdown", e.ID)
		if !strings.HasPrefix(text, "## `"+e.ID+"`\n") || strings.Count(text, "```")%2 != 0 {
			t.Errorf("%s has no heading, or a block that does not end:\n%s", e.ID, text)
		}
		if got := strings.Count(text, "\n### `"+e.ID+":"); got != len(e.Reasons) {
			t.Errorf("%s has %d headings for %d reasons", e.ID, got, len(e.Reasons))
		}
	}
}
