package render

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mtasts/internal/fact"
	"mtasts/internal/rule"
)

// What is written must be what was there, however it is spelt.
func TestJSONReadsBack(t *testing.T) {
	want := append(everything(), hostile())
	for i := range want {
		want[i].Observed = &fact.Observation{Schema: 1, Domain: want[i].Domain, At: at(), STS: hostile().Observed.STS}
	}
	// Only what is of type fact.Text may be other than UTF-8.
	text := written(t, NewJSON, want...)
	var got []rule.Result
	if err := json.Unmarshal([]byte(text), &got); err != nil {
		t.Fatal(err)
	}
	valid := cmp.Transformer("valid", func(s string) string {
		return strings.ToValidUTF8(strings.ReplaceAll(s, "\xff\xfe", "\xff\ufffd"), "\ufffd")
	})
	if diff := cmp.Diff(want, got, cmp.FilterPath(func(p cmp.Path) bool { return p.Last().Type().Name() != "Text" }, valid)); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestJSONAfterEachResult(t *testing.T) {
	for n := range 3 {
		var got []json.RawMessage
		text := written(t, NewJSON, everything()[:n]...)
		if err := json.Unmarshal([]byte(text), &got); err != nil || len(got) != n || !strings.HasSuffix(text, "]\n") {
			t.Errorf("%d results: %d elements, %v:\n%s", n, len(got), err, text)
		}
	}
}

func TestJSONListsAreNeverNull(t *testing.T) {
	text := written(t, NewJSON, rule.Result{})
	for _, want := range []string{`"findings": []`, `"delivery": []`} {
		if !strings.Contains(text, want) {
			t.Errorf("no %s in:\n%s", want, text)
		}
	}
}

func TestJSONSpelling(t *testing.T) {
	for in, want := range map[string]string{
		`"\u003cb\u003e \u0026"`:       `"<b> &"`,
		`"\\u003c"`:                    `"\\u003c"`,
		`"\"\\"`:                       `"\"\\"`,
		"\"\u202e\u0085\x7f\u00a0\"":   `"\u202e\u0085\u007f\u00a0"`,
		"\"\U000e0001\"":               `"\udb40\udc01"`,
		"{\n  \"a\": \"日本語 Grüße\"\n}": "{\n  \"a\": \"日本語 Grüße\"\n}",
	} {
		if got := escapeJSON(in); got != want {
			t.Errorf("escapeJSON(%s) = %s, want %s", in, got, want)
		}
	}
}

func FuzzJSON(f *testing.F) {
	f.Add(evil)
	f.Add(`\u003c<&>`)
	f.Fuzz(func(t *testing.T, s string) {
		r := withBlocks(s)
		r.Observed = &fact.Observation{Domain: s, STS: fact.Answer{Records: []fact.Record{{Text: []fact.Text{fact.Text(s)}}}}}
		text := written(t, NewJSON, r)
		if why := inert(text); why != "" {
			t.Errorf("%s:\n%.2000s", why, text)
		}
		var got []rule.Result
		if err := json.Unmarshal([]byte(text), &got); err != nil {
			t.Fatalf("%v:\n%.2000s", err, text)
		}
		if back := string(got[0].Observed.STS.Records[0].Text[0]); back != s {
			t.Errorf("%q came back as %q", s, back)
		}
	})
}
