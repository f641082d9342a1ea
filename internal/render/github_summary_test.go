package render

import (
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/renderer/html"

	"mtasts/internal/rule"
)

func asSummary(w io.Writer) Writer { return NewGitHub(io.Discard, w) }

func TestSummaryGolden(t *testing.T) {
	golden(t, "github-summary-several.md", writtenItems(t, asSummary, severalItems()...))
	golden(t, "github-summary-hostile.md", writtenItems(t, asSummary, Item{Index: 1, Source: &Source{File: evil, Line: 1}, Result: hostile()}))
	golden(t, "github-summary-sound.md", writtenItems(t, asSummary, fromList(1, sound())))
	golden(t, "github-summary-none.md", writtenItems(t, asSummary))
}

// pageOf is what a summary becomes, with the HTML that is in it.
func pageOf(t testing.TB, markdown string) string {
	t.Helper()
	var b strings.Builder
	g := goldmark.New(goldmark.WithExtensions(extension.GFM), goldmark.WithRendererOptions(html.WithUnsafe()))
	if err := g.Convert([]byte(markdown), &b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// tags are the elements of a page in their order. An address in plain sight may be a link to itself, and
// code is harmless anywhere.
func tags(page string) string {
	var list []string
	for _, part := range strings.Split(page, "<")[1:] {
		tag, _, _ := strings.Cut(part, ">")
		name, attributes, _ := strings.Cut(tag, " ")
		link := name == "/a" || name == "a" && (strings.HasPrefix(attributes, `href="http`) || strings.HasPrefix(attributes, `href="mailto:`))
		if !link && name != "code" && name != "/code" {
			list = append(list, tag)
		}
	}
	return strings.Join(list, " ")
}

// The summary of what hostile servers said is made of the same elements as that of harmless ones.
func FuzzSummary(f *testing.F) {
	for _, s := range []string{
		evil, "</details>", "</summary><img src=x onerror=alert(1)>", "a | b", "```\n</details>\n```", "`", "<!-- ", "# a", "| a |\n|-|", "---", "1. a",
		"![a](https://b.example)", "@team", "\\|", "&lt;b&gt;", "    a", "<details open>", "\n\n</details>",
	} {
		f.Add(s)
	}
	page := func(t *testing.T, s string) string {
		t.Helper()
		text := writtenItems(t, asSummary,
			Item{Index: 1, Result: withBlocks("x " + s)}, Item{Index: 2, Source: &Source{File: "x " + s, Line: 2}, Input: s, Error: "no domain: " + s})
		if why := inert(text); why != "" {
			t.Errorf("%s:\n%.2000s", why, text)
		}
		return text
	}
	f.Fuzz(func(t *testing.T, s string) {
		if len(Escape(s)) > 300 {
			return // what is cut has other elements
		}
		s = strings.ReplaceAll(s, "\n", " / ") // each line of a block is one in the page
		harmless, hostile := tags(pageOf(t, page(t, "y"))), tags(pageOf(t, page(t, s)))
		if harmless != hostile {
			t.Errorf("%q\nharmless %s\nhostile  %s\n%s", s, harmless, hostile, page(t, s))
		}
	})
}

// GitHub refuses a summary of more than a MiB.
func TestSummarySaysWhatIsLeftOut(t *testing.T) {
	var b strings.Builder
	w := NewGitHub(io.Discard, &b)
	for i := range 6000 {
		r := sound()
		if i >= 3000 {
			r = result("", rule.Fail, rule.Broken, rule.Counts{Fail: 1})
			r.Findings = []rule.Finding{expired()}
		}
		r.Domain = fmt.Sprintf("%s%d.example.com", strings.Repeat("long-", 20), i)
		if err := w.Result(Item{Index: i + 1, Result: r}); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	text := b.String()
	if len(text) > 1_000_000 || len(text) < 700_000 {
		t.Errorf("%d bytes", len(text))
	}
	for _, want := range []string{
		"\n6000 domains: 3000 fail, 3000 pass. Protection: 3000 enforced, 3000 broken.\n",
		" more domains with problems have no room here.\n", " more domains without problems have no room here.\n",
		" more domains have problems whose fixes have no room here.\n",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("it lacks %q", want)
		}
	}
	if strings.Count(text, "<details>") != strings.Count(text, "</details>") {
		t.Error("what is folded is not whole")
	}
}
