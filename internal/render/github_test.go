package render

import (
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mtasts/internal/rule"
)

func asGitHub(w io.Writer) Writer { return NewGitHub(w, nil) }

// command is what a runner makes of a line.
type command struct {
	name       string
	properties map[string]string
	message    string
}

// runnerReads takes a line as GitHub's runner does (ActionCommand.TryParseV2).
func runnerReads(line string) (command, bool) {
	head, data, found := strings.Cut(strings.TrimPrefix(line, "::"), "::")
	if !found || !strings.HasPrefix(line, "::") {
		return command{}, false
	}
	name, list, _ := strings.Cut(head, " ")
	c := command{name, map[string]string{}, runnerText(data, "%0D", "\r", "%0A", "\n")}
	for property := range strings.SplitSeq(list, ",") {
		key, value, _ := strings.Cut(property, "=")
		c.properties[key] = runnerText(value, "%0D", "\r", "%0A", "\n", "%3A", ":", "%2C", ",")
	}
	return c, name == "error" || name == "warning" || name == "notice"
}

// runnerText replaces one code after the other, that of the percent sign last.
func runnerText(s string, codes ...string) string {
	for i := 0; i < len(codes); i += 2 {
		s = strings.ReplaceAll(s, codes[i], codes[i+1])
	}
	return strings.ReplaceAll(s, "%25", "%")
}

func checkGitHub(t testing.TB, text string) []command {
	t.Helper()
	if why := inert(text); why != "" {
		t.Errorf("%s:\n%.2000s", why, text)
	}
	var list []command
	for line := range strings.Lines(text) {
		c, ok := runnerReads(strings.TrimSuffix(line, "\n"))
		if !ok || c.message == "" || len(c.message) > 4096 || c.properties["title"] == "" || len(c.properties["title"]) > 255 {
			t.Errorf("%+v of %.500q", c, line)
		}
		for key := range c.properties {
			if !strings.Contains(" file line col title ", " "+key+" ") {
				t.Errorf("a property %q of %.500q", key, line)
			}
		}
		list = append(list, c)
	}
	return list
}

func TestGitHubGolden(t *testing.T) {
	golden(t, "github-several.txt", writtenItems(t, asGitHub, severalItems()...))
	golden(t, "github-hostile.txt", writtenItems(t, asGitHub, Item{Index: 1, Source: &Source{File: evil, Line: 1}, Result: hostile()}))
	if got := writtenItems(t, asGitHub, Item{Index: 1, Result: sound()}); got != "" {
		t.Errorf("a sound domain:\n%s", got)
	}
}

func TestGitHubAnnotations(t *testing.T) {
	checked := known()
	checked.Domain = "example.com"
	list := checkGitHub(t, writtenItems(t, asGitHub, fromList(7, checked), badLine(8, "a..example"), Item{Index: 9, Result: badGiven()}, Item{Index: 10, Result: absent()}))
	var got []string
	for _, c := range list {
		p := c.properties
		got = append(got, fmt.Sprintf("%s %s:%s:%s %s", c.name, p["file"], p["line"], p["col"], p["title"]))
	}
	want := []string{
		"notice domains.txt:7: example.com: policy-certificate (expired)",
		"error domains.txt:7: example.com: policy-mode (unknown)",
		"warning domains.txt:7: example.com: tlsrpt-record (dns-timeout)",
		"warning domains.txt:7: example.com: mx-covered (not-covered)",
		"warning domains.txt:8: list-line (no-domain)",
		"error policy.txt:2:7 policy-mode (unknown)",
		"error :: example.com: sts-record (missing)",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if diff := cmp.Diff(issuesOf(fromList(7, checked))[0].text(longestAnnotation), list[0].message); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// Nothing that is said can end a command, or begin another.
func FuzzGitHub(f *testing.F) {
	for _, s := range []string{evil, "a\n::error::b", "::stop-commands::x", "100%0A", "a,file=b::c", "##[add-mask]a", "%253A", "="} {
		f.Add(s, s)
	}
	f.Fuzz(func(t *testing.T, s, file string) {
		items := []Item{
			{Index: 1, Source: &Source{File: file, Line: 1}, Result: withBlocks("x" + s)},
			{Index: 2, Input: s, Error: "no domain: " + s},
		}
		list := checkGitHub(t, writtenItems(t, asGitHub, items...))
		issues := issuesOf(items...)
		if len(list) != len(issues) {
			t.Fatalf("%d commands of %d issues", len(list), len(issues))
		}
		for n, i := range issues {
			if got := list[n].message; got != i.text(longestAnnotation) {
				t.Errorf("%q comes back as %q", i.text(longestAnnotation), got)
			}
			if want := Escape(i.at.path("")); i.at.named && list[n].properties["file"] != want {
				t.Errorf("the file %q comes back as %q", want, list[n].properties["file"])
			}
		}
	})
}

func TestCommandSpelling(t *testing.T) {
	const said = "50%, a: b\r\n%0A"
	if got := commandData(said); got != "50%25, a: b%0D%0A%250A" {
		t.Errorf("as data %q", got)
	}
	if got := commandProperty(said); got != "50%25%2C a%3A b%0D%0A%250A" {
		t.Errorf("as a property %q", got)
	}
}

func TestGitHubLevel(t *testing.T) {
	for _, c := range []struct {
		status rule.Status
		change rule.Change
		want   string
	}{
		{rule.Fail, "", "error"},
		{rule.Fail, rule.Worse, "error"},
		{rule.Fail, rule.Known, "notice"},
		{rule.Warn, "", "warning"},
		{rule.Unknown, rule.Fresh, "warning"},
		{rule.Unknown, rule.Known, "notice"},
	} {
		if got := level(rule.Finding{Status: c.status, Change: c.change}); got != c.want {
			t.Errorf("%s %s: %s, want %s", c.status, c.change, got, c.want)
		}
	}
}
