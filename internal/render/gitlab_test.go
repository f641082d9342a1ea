package render

import (
	"encoding/json"
	"io"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"mtasts/internal/rule"
)

func checkGitLab(t testing.TB, schema *jsonschema.Schema, text string) []gitlabIssue {
	t.Helper()
	if why := inert(text); why != "" {
		t.Errorf("%s:\n%.2000s", why, text)
	}
	if err := schema.Validate(parsedJSON(t, text)); err != nil {
		t.Errorf("%v", err)
	}
	var list []gitlabIssue
	if err := json.Unmarshal([]byte(text), &list); err != nil {
		t.Fatal(err)
	}
	met := map[string]bool{}
	for i, e := range list {
		if met[e.Fingerprint] {
			t.Errorf("problem %d: the fingerprint is that of another", i)
		}
		met[e.Fingerprint] = true
	}
	return list
}

func asGitLab(w io.Writer) Writer { return NewGitLab(w, About{Dir: "/builds/mail"}) }

func TestGitLabIsValid(t *testing.T) {
	schema := published(t, "gitlab-code-quality.json")
	for name, items := range map[string][]Item{
		"several": severalItems(),
		"none":    nil,
		"sound":   {{Index: 1, Result: sound()}},
		"hostile": {{Index: 1, Result: hostile()}, {Index: 2, Source: &Source{File: "./" + evil, Line: 2}, Result: ravaged()}, {Index: 3, Input: evil, Error: evil}},
	} {
		t.Run(name, func(t *testing.T) { checkGitLab(t, schema, writtenItems(t, asGitLab, items...)) })
	}
}

func TestGitLabGolden(t *testing.T) {
	golden(t, "gitlab-broken.json", writtenItems(t, asGitLab, fromList(3, broken())))
	golden(t, "gitlab-several.json", writtenItems(t, asGitLab, severalItems()...))
	golden(t, "gitlab-hostile.json", writtenItems(t, asGitLab, Item{Index: 1, Source: &Source{File: evil, Line: 1}, Result: hostile()}))
	golden(t, "gitlab-none.json", writtenItems(t, asGitLab))
}

func TestGitLabSeverity(t *testing.T) {
	got := map[string]string{}
	for _, s := range []rule.Status{rule.Fail, rule.Warn, rule.Unknown} {
		for _, c := range []rule.Change{"", rule.Fresh, rule.Worse, rule.Known} {
			got[string(s)+" "+string(c)] = gitlabSeverity(rule.Finding{Status: s, Change: c})
		}
	}
	want := map[string]string{
		"fail ": "major", "fail new": "major", "fail worse": "major", "fail known": "minor",
		"warn ": "minor", "warn new": "minor", "warn worse": "minor", "warn known": "info",
		"unknown ": "info", "unknown new": "info", "unknown worse": "info", "unknown known": "info",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func FuzzGitLab(f *testing.F) {
	schema := published(f, "gitlab-code-quality.json")
	f.Add(evil, "domains.txt")
	f.Add("", "./a")
	f.Fuzz(func(t *testing.T, s, file string) {
		text := writtenItems(t, asGitLab,
			Item{Index: 1, Source: &Source{File: file, Line: 1}, Result: withBlocks("x" + s)}, Item{Index: 2, Input: s, Error: "no domain " + s})
		checkGitLab(t, schema, text)
	})
}
