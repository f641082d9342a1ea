package render

import (
	"fmt"
	"io"
	"strings"

	"mtasts/internal/rule"
)

// RulesMarkdown writes the rules as a table in Markdown.
func RulesMarkdown(w io.Writer, list []rule.Explanation) error {
	var b strings.Builder
	b.WriteString("| rule | group | what it asks | otherwise |\n| --- | --- | --- | --- |\n")
	for _, e := range list {
		mark := ""
		if e.UnderPolicy {
			mark = dagger
		}
		fmt.Fprintf(&b, "| `%s`%s | %s | %s | %s |\n", e.ID, mark, e.Group, markdown(e.Title), otherwise(e.Reasons))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// otherwise is reasons with their statuses: "fail `expired`, `untrusted`; unknown `no-roots-here`".
func otherwise(reasons []rule.Explained) string {
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
		text += "`" + r.Reason + "`"
		last = r.Status
	}
	return text
}

// ExplainMarkdown writes rules as a document in Markdown, with what to paste in fenced blocks.
func ExplainMarkdown(w io.Writer, list []rule.Explanation) error {
	var b strings.Builder
	for i, e := range list {
		if i > 0 {
			b.WriteString("\n")
		}
		explainMarkdown(&b, e)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func explainMarkdown(b *strings.Builder, e rule.Explanation) {
	fmt.Fprintf(b, "## `%s`\n\nPasses when %s.\n\n%s\n\n**Why:** %s\n\n", e.ID, markdown(e.Title), markdown(e.More), markdown(e.Why))
	if e.UnderPolicy {
		b.WriteString("**When:** it " + markdown(daggerMeans) + "\n\n")
	}
	fmt.Fprintf(b, "**Read more:** [%s](%s)\n", e.Reference, e.ReferenceURL)
	for _, r := range e.Reasons {
		fmt.Fprintf(b, "\n### `%s:%s` (%s)\n", e.ID, r.Reason, r.Status)
		explainedMarkdown(b, r)
	}
}

func explainedMarkdown(b *strings.Builder, r rule.Explained) {
	paragraph := func(label, text string) {
		if text != "" {
			b.WriteString("\n" + label + markdown(text) + "\n")
		}
	}
	if r.Exception != "" {
		paragraph("", "It is "+r.Exception+".")
	}
	paragraph("", r.Message)
	paragraph("", r.More)
	paragraph("**In force:** ", r.InForce)
	paragraph("**Until then:** ", r.NotYet)
	paragraph("**Fix:** ", r.Fix.Text)
	p := &page{}
	for _, part := range p.pieces(&r.Fix) {
		if part.title != "" {
			paragraph("", part.title+":")
		}
		b.WriteString("\n" + fencedMarkdown(part.lines) + "\n")
	}
	if r.TLSRPT != "" {
		paragraph("", "Senders report it as `"+r.TLSRPT+"`.")
	}
	if len(r.Hides) > 0 {
		b.WriteString("\nNot judged because of it: " + hiddenMarkdown(r.Hides) + ".\n")
	}
}

func hiddenMarkdown(globs []string) string {
	text := hiddenRules(globs)
	if len(globs) == 1 && text != globs[0] {
		return text
	}
	return "`" + strings.Join(globs, "`, `") + "`"
}

// markdown keeps a text from meaning anything to Markdown, but for what stands between backticks.
func markdown(text string) string {
	parts := strings.Split(text, "`")
	signs := strings.NewReplacer(`\`, `\\`, "*", `\*`, "|", `\|`, "<", "&lt;", "[", `\[`)
	for i := range parts {
		if i%2 == 0 {
			parts[i] = signs.Replace(parts[i])
		} else {
			parts[i] = strings.ReplaceAll(parts[i], "|", `\|`)
		}
	}
	return strings.Join(parts, "`")
}
