package render

import (
	"fmt"
	"html"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	source "github.com/yuin/goldmark/text"

	"mtasts/internal/rule"
)

// gfm reads Markdown as code hosts do.
func gfm() goldmark.Markdown { return goldmark.New(goldmark.WithExtensions(extension.GFM)) }

// htmlOf is what a text becomes.
func htmlOf(t testing.TB, s string) string {
	t.Helper()
	var b strings.Builder
	if err := gfm().Convert([]byte(s), &b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// nodes counts what a text is made of.
func nodes(s string) map[string]int {
	count := map[string]int{}
	root := gfm().Parser().Parse(source.NewReader([]byte(s)))
	_ = ast.Walk(root, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if entering {
			count[n.Kind().String()]++
		}
		return ast.WalkContinue, nil
	})
	return count
}

func known() rule.Result {
	r := broken()
	r.Compare(&rule.Result{CheckedAt: at(), Findings: []rule.Finding{expired(), {Rule: "mx-covered", Status: rule.Info, Reason: "not-covered", Subject: "mx3.example.com"}}})
	return r
}

func TestMarkdownGolden(t *testing.T) {
	golden(t, "broken.md", written(t, NewMarkdown, broken()))
	golden(t, "ravaged.md", written(t, NewMarkdown, ravaged()))
	golden(t, "hostile.md", written(t, NewMarkdown, hostile()))
	golden(t, "known.md", written(t, NewMarkdown, known()))
	golden(t, "several.md", writtenItems(t, NewMarkdown, severalItems()...))
	golden(t, "no-domain.md", written(t, NewMarkdown))
}

func TestMarkdownTally(t *testing.T) {
	good, bad := fromList(1, sound()), badLine(2, "a..b")
	for want, items := range map[string][]Item{
		"\n**2 domains:** 2 pass\n":                        {good, good},
		"\n**1 domain:** 1 pass; 2 lines are no domains\n": {good, bad, bad},
		"\n**No domain**; 2 lines are no domains\n":        {bad, bad},
		"✓ 3 rules passed.\n":                              {good},
	} {
		if got := writtenItems(t, NewMarkdown, items...); !strings.HasSuffix(got, want) {
			t.Errorf("no %q at the end of:\n%s", want, got)
		}
	}
}

// The page of a hostile domain has the same structure as that of a harmless one.
func TestMarkdownOfHostileDomain(t *testing.T) {
	const tricks = "# a\n<img src=x onerror=alert(1)> ![x](https://evil.example) [a](javascript:b) <!-- **b** `c` ```\n~~~ @team\n- x | y"
	harmless := nodes(itemMarkdown(Item{Result: withBlocks("x")}, map[string]bool{}))
	for _, s := range []string{tricks, evil, "```\n" + tricks, "`" + tricks + "``", "    " + tricks, "---", "1. a", "===", "> a", "|a|b|\n|-|-|\n|c|d|"} {
		got := nodes(itemMarkdown(Item{Result: withBlocks(s)}, map[string]bool{}))
		for _, inline := range []string{"Text", "CodeSpan", "AutoLink"} { // an address in plain sight may become a link to itself
			delete(got, inline)
			delete(harmless, inline)
		}
		if diff := cmp.Diff(harmless, got); diff != "" {
			t.Errorf("%q (-harmless +hostile):\n%s", s, diff)
		}
	}
}

func TestMarkdownOfOneItemIsBounded(t *testing.T) {
	r := broken()
	for i := range 500 {
		f := expired()
		f.Subject, f.Message = fmt.Sprintf("mx%d.example.com", i), strings.Repeat("Long. ", 200)
		r.Findings = append(r.Findings, f)
	}
	got := itemMarkdown(Item{Result: r}, map[string]bool{})
	if len(got) > longestMarkdown+5_000 || !strings.Contains(got, " more problems, and no room") || !strings.HasSuffix(got, "Run this check again.\n") {
		t.Errorf("%d bytes:\n...%.300s", len(got), got[len(got)-300:])
	}
	r = broken()
	r.Findings[1].Fix.File.Content += strings.Repeat("mx: mx.example.com\n", 1000)
	got = itemMarkdown(Item{Result: r}, map[string]bool{})
	if len(got) > 5_000 || !strings.Contains(got, "too long to be shown here") {
		t.Errorf("%d bytes with a long file:\n%.3000s", len(got), got)
	}
}

func TestCodeMarkdown(t *testing.T) {
	for in, want := range map[string]string{
		"":       "",
		"a":      "`a`",
		"a`b":    "``a`b``",
		"`":      "`` ` ``",
		"a``b`":  "``` a``b` ```",
		" a ":    "`  a  `",
		"a | *b": "`a | *b`",
	} {
		if got := codeMarkdown(in); got != want {
			t.Errorf("codeMarkdown(%q) = %q, want %q", in, got, want)
		}
		if got := htmlOf(t, codeMarkdown(in)); in != "" && html.UnescapeString(got) != "<p><code>"+in+"</code></p>\n" {
			t.Errorf("codeMarkdown(%q) becomes %q", in, got)
		}
	}
}

func TestMarkdownCallsNobody(t *testing.T) {
	for in, want := range map[string]string{
		"@team":                  "`@`team",
		"by @@a, (@b) @":         "by `@@`a, (`@`b) `@`",
		"mailto:tls@example.com": "mailto:tls@example.com",
	} {
		if got := proseMarkdown(in); got != want {
			t.Errorf("proseMarkdown(%q) = %q, want %q", in, got, want)
		}
	}
}

// Prose means nothing to Markdown and says what it said.
func FuzzMarkdownProse(f *testing.F) {
	for _, s := range []string{
		evil, "# a", "1. a", "12) a", "+ a", "---", "===", "a *b* _c_ `d` [e](f) ![g](h) <i> &amp; ~~j~~ | k |", "@a @@b c@d", "$x$",
		"\\", "``@", "http://a.example/*b*", "- [ ] a", "<!-- ", "[^1]", "a  ",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		s = strings.TrimSpace(Escape(s))
		markdown := proseMarkdown(s)
		for kind, n := range nodes(markdown) {
			switch kind {
			case "Document", "Paragraph", "Text", "CodeSpan", "AutoLink":
			default:
				t.Errorf("%q becomes %q: %d %s", s, markdown, n, kind)
			}
		}
		if nodes(markdown)["AutoLink"] > 0 {
			return // its HTML says the address twice
		}
		got := strings.NewReplacer("<code>", "", "</code>", "", "<p>", "", "</p>\n", "").Replace(htmlOf(t, markdown))
		if got = html.UnescapeString(got); got != s {
			t.Errorf("%q becomes %q and comes back as %q", s, markdown, got)
		}
	})
}

// Code and blocks say what they said, whatever it is.
func FuzzMarkdownCode(f *testing.F) {
	for _, s := range []string{evil, "`", "``` a", " `` ", "a\n```\nb", "~~~", "<b>", "    "} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if line := Escape(s); strings.Trim(line, " ") != "" {
			if got := html.UnescapeString(htmlOf(t, "a "+codeMarkdown(line))); got != "<p>a <code>"+line+"</code></p>\n" {
				t.Errorf("%q becomes %q", line, got)
			}
		}
		lines := escapeLines(s)
		want := "<pre><code>" + strings.Join(lines, "\n") + "\n</code></pre>\n"
		if got := html.UnescapeString(htmlOf(t, fencedMarkdown(lines))); got != want {
			t.Errorf("%q becomes %q", lines, got)
		}
	})
}
