package render

import (
	"io"
	"regexp"
	"slices"
	"strings"
	"testing"

	"mtasts/internal/rule"
)

// told is what a writer of rules writes.
func told(t *testing.T, write func(io.Writer, Style, []rule.Explanation) error, s Style, list []rule.Explanation) string {
	t.Helper()
	var b strings.Builder
	if err := write(&b, s, list); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// blocks are what the fixes give to paste, line by line: nothing wraps them.
func blocks(list []rule.Explanation) []string {
	var lines []string
	for _, e := range list {
		for _, r := range e.Reasons {
			p := &page{}
			for _, part := range p.pieces(&r.Fix) {
				lines = append(lines, part.lines...)
			}
		}
	}
	return lines
}

// Prose keeps to the width, and colour changes nothing but colours.
func TestExplainAtAnyWidth(t *testing.T) {
	list := rule.Explain()
	pasted := blocks(list)
	for name, write := range map[string]func(io.Writer, Style, []rule.Explanation) error{"explain": Explain, "rules": Rules} {
		for _, width := range []int{40, 60, 80, 100} {
			plain := told(t, write, Style{Width: width}, list)
			for line := range strings.SplitSeq(plain, "\n") {
				if columns(line) > width && !slices.Contains(pasted, line) && len(strings.Fields(line)) > 1 {
					t.Errorf("%s at %d: a line of %d columns: %q", name, width, columns(line), line)
				}
				if strings.HasSuffix(line, " ") {
					t.Errorf("%s at %d: a line ends with a blank: %q", name, width, line)
				}
			}
			coloured := told(t, write, Style{Width: width, Color: true}, list)
			if !strings.Contains(coloured, "\x1b[") || regexp.MustCompile("\x1b\\[[0-9;]*m").ReplaceAllString(coloured, "") != plain {
				t.Errorf("%s at %d: colour changes more than colours", name, width)
			}
		}
	}
}

// The text names what a reason hides, and no more of it than helps.
func TestHiddenRules(t *testing.T) {
	for want, globs := range map[string][]string{
		"every other rule":   {"*"},
		"a, b-*":             {"a", "b-*"},
		"a, b, c and 6 more": strings.Split("a b c d e f g h i", " "),
	} {
		if got := hiddenRules(globs); got != want {
			t.Errorf("hiddenRules(%q) = %q, want %q", globs, got, want)
		}
	}
}

func TestMarkdown(t *testing.T) {
	for text, want := range map[string]string{
		"every line is `key: value`":  "every line is `key: value`",
		"*.example.com and `*.`":      `\*.example.com and ` + "`*.`",
		"a | b, `a | b`":              `a \| b, ` + "`a \\| b`",
		"<script>, [a](b), C:\\ <x":   `&lt;script>, \[a](b), C:\\ &lt;x`,
		"_mta-sts.example.com, plain": "_mta-sts.example.com, plain",
	} {
		if got := markdown(text); got != want {
			t.Errorf("markdown(%q) = %q, want %q", text, got, want)
		}
	}
}

type shut struct{}

func (shut) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }

// Whoever cannot write says so.
func TestExplainToNobody(t *testing.T) {
	list := rule.Explain()[:1]
	for name, err := range map[string]error{
		"Explain": Explain(shut{}, Style{}, list), "Rules": Rules(shut{}, Style{}, list),
		"ExplainJSON": ExplainJSON(shut{}, list), "ExplainMarkdown": ExplainMarkdown(shut{}, list),
		"RulesMarkdown": RulesMarkdown(shut{}, list), "ManPage": ManPage(shut{}, Manual{}),
	} {
		if err == nil {
			t.Errorf("%s says nothing", name)
		}
	}
}
