package render

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"mtasts/internal/rule"
)

func asSARIF(w io.Writer) Writer {
	now := at()
	clock := func() time.Time {
		now = now.Add(90 * time.Second)
		return now
	}
	return NewSARIF(w, About{Version: "v1.2.3", Now: clock, Dir: "/srv/repo"})
}

// published is a schema as it was published.
func published(t testing.TB, file string) *jsonschema.Schema {
	t.Helper()
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	schema, err := c.Compile(filepath.Join("testdata", file))
	if err != nil {
		t.Fatal(err)
	}
	return schema
}

func parsedJSON(t testing.TB, text string) any {
	t.Helper()
	v, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
	if err != nil {
		t.Fatalf("%v:\n%.2000s", err, text)
	}
	return v
}

// sarifLog is what code scanning reads of a log.
type sarifLog struct {
	Version string
	Runs    []struct {
		Tool  struct{ Driver sarifTool }
		Bases map[string]sarifArtifact `json:"originalUriBaseIds"`

		Results     []sarifResult
		Invocations []sarifInvocation
	}
}

// checkSARIF holds a log against the schema, and against what GitHub demands beyond it: it refuses a
// whole file for one result without a place.
func checkSARIF(t testing.TB, schema *jsonschema.Schema, text string) sarifLog {
	t.Helper()
	if why := inert(text); why != "" {
		t.Errorf("%s:\n%.2000s", why, text)
	}
	if schema != nil {
		if err := schema.Validate(parsedJSON(t, text)); err != nil {
			t.Errorf("%v", err)
		}
	}
	var log sarifLog
	if err := json.Unmarshal([]byte(text), &log); err != nil || len(log.Runs) != 1 {
		t.Fatalf("%d runs, %v", len(log.Runs), err)
	}
	run := log.Runs[0]
	if run.Results == nil || len(run.Invocations) != 1 || len(run.Tool.Driver.Rules) > 25_000 {
		t.Errorf("%d results, %d invocations, %d rules", len(run.Results), len(run.Invocations), len(run.Tool.Driver.Rules))
	}
	met := map[string]bool{}
	for i, r := range run.Results {
		for _, complaint := range complaints(run.Tool.Driver.Rules, r) {
			t.Errorf("result %d: %s", i, complaint)
		}
		if key := r.RuleID + r.Fingerprints["mtasts/v1"]; met[key] {
			t.Errorf("result %d: the fingerprint is that of another", i)
		} else {
			met[key] = true
		}
	}
	return log
}

// complaints are what GitHub has against a result.
func complaints(rules []sarifRule, r sarifResult) []string {
	var list []string
	complain := func(bad bool, what string, args ...any) {
		if bad {
			list = append(list, fmt.Sprintf(what, args...))
		}
	}
	index := slices.IndexFunc(rules, func(known sarifRule) bool { return known.ID == r.RuleID })
	complain(r.RuleIndex == nil && index >= 0 || r.RuleIndex != nil && *r.RuleIndex != index, "%s has index %d", r.RuleID, index)
	complain(r.RuleID == "", "no rule")
	complain(r.Message.Text == "", "no message")
	complain(strings.Contains(r.Message.Text, "]("), "a link in the message: %s", r.Message.Text)
	complain(r.Fingerprints["primaryLocationLineHash"] == "", "no fingerprint")
	complain(len(r.Locations) != 1, "%d locations", len(r.Locations))
	for _, l := range r.Locations {
		at := l.Physical.Artifact
		parsed, err := url.Parse(at.URI)
		complain(err != nil || at.URI == "" || parsed.Host != "" || parsed.Scheme != "" && parsed.Scheme != "file", "the URI %q (%v)", at.URI, err)
		complain(err == nil && parsed.Scheme == "" && !filepath.IsLocal(parsed.Path), "the URI %q leads out of the repository", at.URI)
		complain(l.Physical.Region.Line < 1, "line %d", l.Physical.Region.Line)
	}
	return list
}

func TestSARIFIsValid(t *testing.T) {
	schema := published(t, "sarif-schema-2.1.0.json")
	for name, items := range map[string][]Item{
		"several": severalItems(),
		"none":    nil,
		"sound":   {{Index: 1, Result: sound()}},
		"hostile": {{Index: 1, Result: hostile()}, {Index: 2, Source: &Source{File: evil, Line: 2}, Result: ravaged()}, {Index: 3, Input: evil, Error: evil}},
	} {
		t.Run(name, func(t *testing.T) { checkSARIF(t, schema, writtenItems(t, asSARIF, items...)) })
	}
}

// withoutRules is a log without the catalogue, which has tests of its own.
func withoutRules(t *testing.T, text string) string {
	t.Helper()
	before, rest, found := strings.Cut(text, "\"rules\": [\n")
	_, after, ended := strings.Cut(rest, "\n          ]\n        }\n      },\n")
	if !found || !ended {
		t.Fatalf("where are the rules?\n%.3000s", text)
	}
	return before + "\"rules\": [...]\n        }\n      },\n" + after
}

func TestSARIFGolden(t *testing.T) {
	golden(t, "sarif-broken.json", withoutRules(t, writtenItems(t, asSARIF, fromList(3, broken()))))
	golden(t, "sarif-several.json", withoutRules(t, writtenItems(t, asSARIF, severalItems()...)))
	golden(t, "sarif-hostile.json", withoutRules(t, writtenItems(t, asSARIF, Item{Index: 1, Source: &Source{File: evil, Line: 1}, Result: hostile()})))
	golden(t, "sarif-none.json", withoutRules(t, writtenItems(t, asSARIF)))
}

func TestSARIFRules(t *testing.T) {
	rules := sarifDriver("").Rules
	catalogue := rule.Catalogue()
	if len(rules) != len(catalogue)+1 {
		t.Fatalf("%d rules of %d, and %s", len(rules), len(catalogue), lineRule)
	}
	for i, r := range rules {
		if i < len(catalogue) && (r.ID != catalogue[i].ID || r.HelpURI == "") || i == len(catalogue) && r.ID != lineRule {
			t.Errorf("rule %d is %s, %s", i, r.ID, r.HelpURI)
		}
		for what, text := range map[string]string{"short": r.Short.Text, "full": r.Full.Text} {
			if len(text) > 1024 || !strings.HasSuffix(text, ".") {
				t.Errorf("%s: the %s description has %d bytes: %s", r.ID, what, len(text), text)
			}
		}
		if r.Help.Text == "" || r.Help.Markdown == "" || len(r.Properties.Tags) > 10 {
			t.Errorf("%s: %+v", r.ID, r)
		}
	}
	levels := map[string]string{}
	for _, r := range rules {
		levels[r.ID] = r.Default.Level + ", " + r.Properties.Severity
	}
	for id, want := range map[string]string{"sts-record": "error, error", "policy-mx-unused": "warning, warning", lineRule: "warning, warning"} {
		if levels[id] != want {
			t.Errorf("%s: %s, want %s", id, levels[id], want)
		}
	}
}

func TestSARIFHelp(t *testing.T) {
	e := rule.Explanation{
		Title: "all of `a | b` is <c>", More: "More of *it*.", Why: "It matters.", Reference: "RFC 8461 §3.1", ReferenceURL: "https://rfc.example/8461",
		Reasons: []rule.Explained{{Reason: "missing", Status: rule.Fail, Message: "There is no [a]."}},
	}
	want := "Passes when all of `a | b` is <c>. More of *it*.\n\nWhy: It matters.\n\n" +
		"What can be wrong, told of example.com:\n- missing (fail): There is no [a].\n\nRead more: RFC 8461 §3.1, https://rfc.example/8461\n"
	if diff := cmp.Diff(want, helpText(e)); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	want = "Passes when all of `a \\| b` is &lt;c>. More of \\*it\\*.\n\n**Why:** It matters.\n\n" +
		"**What can be wrong**, told of example.com:\n\n- `missing` (fail): There is no \\[a].\n\n**Read more:** [RFC 8461 §3.1](https://rfc.example/8461)\n"
	if diff := cmp.Diff(want, helpMarkdown(e)); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// What a baseline has is unchanged. What is gone must be no result: GitHub would open an alert for it.
func TestSARIFAgainstBaseline(t *testing.T) {
	r := broken()
	worse, gone := uncovered(), expired()
	worse.Status, gone.Rule = rule.Info, "policy-tls"
	r.Compare(&rule.Result{CheckedAt: at(), Findings: []rule.Finding{expired(), worse, gone}})
	log := checkSARIF(t, published(t, "sarif-schema-2.1.0.json"), writtenItems(t, asSARIF, fromList(1, r)))
	var got []string
	for _, r := range log.Runs[0].Results {
		got = append(got, r.RuleID+" "+r.Level+" "+r.Baseline)
	}
	want := []string{"policy-certificate error unchanged", "policy-mode error new", "tlsrpt-record note new", "mx-covered warning updated"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestSARIFTellsThatTheRunWasCut(t *testing.T) {
	schema := published(t, "sarif-schema-2.1.0.json")
	for _, r := range []rule.Result{sound(), interrupted()} {
		run := checkSARIF(t, schema, writtenItems(t, asSARIF, fromList(1, r))).Runs[0].Invocations[0]
		want := sarifInvocation{!r.Interrupted, "2026-01-31T02:01:30.000Z", "2026-01-31T02:03:00.000Z"}
		if run != want {
			t.Errorf("%+v, want %+v", run, want)
		}
	}
}

func TestSARIFVersion(t *testing.T) {
	for in, want := range map[string][2]string{
		"v1.2.3":                             {"1.2.3", "1.2.3"},
		"v0.0.0-20260131020000-abcdefabcdef": {"0.0.0-20260131020000-abcdefabcdef", "0.0.0-20260131020000-abcdefabcdef"},
		"1.2.3+dirty":                        {"1.2.3+dirty", "1.2.3+dirty"},
		"devel":                              {"devel", ""},
		"v1.02.3":                            {"v1.02.3", ""},
		"":                                   {"", ""},
	} {
		if d := sarifDriver(in); [2]string{d.Version, d.Semantic} != want {
			t.Errorf("%q: version %q, semantic version %q", in, d.Version, d.Semantic)
		}
	}
}

// Without a directory nothing says what paths are relative to.
func TestSARIFWithoutDirectory(t *testing.T) {
	about := About{Version: "devel", Now: at}
	log := checkSARIF(t, published(t, "sarif-schema-2.1.0.json"), writtenItems(t, func(w io.Writer) Writer { return NewSARIF(w, about) }, severalItems()...))
	run := log.Runs[0]
	if at := run.Results[0].Locations[0].Physical.Artifact; len(run.Bases) != 0 || at.Base != "" || at.URI != "domains.txt" {
		t.Errorf("%+v, %+v", run.Bases, at)
	}
}

func TestFirstWriteErrorStaysOfCodeHosts(t *testing.T) {
	for name, build := range map[string]func(io.Writer) Writer{
		"sarif": asSARIF, "gitlab": asGitLab, "github": func(w io.Writer) Writer { return NewGitHub(w, nil) },
		"summary": func(w io.Writer) Writer { return NewGitHub(io.Discard, w) },
	} {
		w := build(&full{})
		err := errors.Join(w.Result(fromList(1, broken())))
		for range 2 {
			if name != "summary" && !errors.Is(err, errFull) {
				t.Errorf("%s: got %v, want %v", name, err, errFull)
			}
			err = w.Result(fromList(2, broken()))
		}
		if err := w.Close(); !errors.Is(err, errFull) {
			t.Errorf("%s: close: got %v, want %v", name, err, errFull)
		}
	}
}

func FuzzSARIF(f *testing.F) {
	schema := published(f, "sarif-schema-2.1.0.json")
	f.Add(evil, "domains.txt")
	f.Add("a [b](https://evil.example) {0} %", "../../a:b")
	f.Add("]]((", "//evil.example/x")
	f.Fuzz(func(t *testing.T, s, file string) {
		r := withBlocks(s)
		for i := range r.Findings {
			r.Findings[i].Rule = "sts-record" // this word is ours
		}
		text := writtenItems(t, asSARIF, Item{Index: 1, Source: &Source{File: "a/" + file, Line: 1}, Result: r}, Item{Index: 2, Input: s, Error: s})
		if len(s)%8 > 0 {
			checkSARIF(t, nil, text) // what the schema asks for takes longer than all the rest
			return
		}
		checkSARIF(t, schema, text)
	})
}
