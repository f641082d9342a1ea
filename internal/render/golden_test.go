package render

import (
	"errors"
	"flag"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mtasts/internal/fact"
	"mtasts/internal/rule"
	"mtasts/internal/sender"
)

var update = flag.Bool("update", false, "rewrite the golden files")

func golden(t *testing.T, file, got string) {
	t.Helper()
	path := filepath.Join("testdata", file)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", path, diff)
	}
}

func written(t *testing.T, build func(io.Writer) Writer, results ...rule.Result) string {
	t.Helper()
	var b strings.Builder
	w := build(&b)
	for i, r := range results {
		if err := w.Result(Item{Index: i + 1, Result: r}); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func asText(s Style) func(io.Writer) Writer {
	return func(w io.Writer) Writer { return NewText(w, s) }
}

func asQuiet(s Style) func(io.Writer) Writer {
	return func(w io.Writer) Writer { return NewQuiet(w, s) }
}

func everything() []rule.Result {
	none := result("none.example", rule.Warn, rule.NoProtection, rule.Counts{Warn: 1})
	none.Findings = []rule.Finding{uncovered()}
	failing := result("failing.example", rule.Fail, rule.Enforced, rule.Counts{Fail: 2})
	failing.Findings = []rule.Finding{expired(), expired()}
	return []rule.Result{
		sound(), broken(), absent(), longTXT(), none, failing, interrupted(),
		partly(), rehearsed(), read(), blocked("example.org"), blocked("example.net"),
	}
}

// ours are results as they come from a check: something was observed, and the words that are not other
// people's are those that there are. They are valid by the schema.
func ours(results ...rule.Result) []rule.Result {
	for i := range results {
		r := &results[i]
		if r.Observed == nil {
			r.Observed = &fact.Observation{Domain: r.Domain, At: r.CheckedAt}
		}
		r.Observed.Schema = fact.Schema
		for k := range r.Delivery {
			d := &r.Delivery[k]
			among(&d.Verdict, rule.Refuses, rule.DeliversVerified, rule.DeliversUnverified, rule.UnknownVerdict)
			among(&d.UnderEnforce, "", rule.Refuses, rule.DeliversVerified, rule.DeliversUnverified, rule.UnknownVerdict)
			for j := range d.Senders {
				among(&d.Senders[j].Verdict, rule.Refuses, rule.DeliversVerified, rule.DeliversUnverified, rule.UnknownVerdict)
			}
		}
		for k := range r.Senders {
			among(&r.Senders[k].Verdict, sender.Refuses, sender.Accepts, sender.RefusesMX, sender.Unknown)
			among(&r.Senders[k].How, sender.Run, sender.ReadInSource)
		}
	}
	return results
}

// among has a word be one of those that there are: the first, unless it is another one.
func among[T ~string](word *T, first T, others ...T) {
	if !slices.Contains(others, *word) {
		*word = first
	}
}

func TestGolden(t *testing.T) {
	cases := []struct {
		file    string
		build   func(io.Writer) Writer
		results []rule.Result
	}{
		{"sound.txt", asText(Style{}), []rule.Result{sound()}},
		{"sound-verbose.txt", asText(Style{Verbose: true}), []rule.Result{sound()}},
		{"broken.txt", asText(Style{}), []rule.Result{broken()}},
		{"broken-verbose.txt", asText(Style{Verbose: true}), []rule.Result{broken()}},
		{"broken-40.txt", asText(Style{Width: 40}), []rule.Result{broken()}},
		{"broken-250.txt", asText(Style{Width: 250}), []rule.Result{broken()}},
		{"broken-colour.txt", asText(Style{Color: true}), []rule.Result{broken()}},
		{"ravaged.txt", asText(Style{}), []rule.Result{ravaged()}},
		{"absent.txt", asText(Style{}), []rule.Result{absent()}},
		{"long-txt.txt", asText(Style{}), []rule.Result{longTXT()}},
		{"hostile.txt", asText(Style{Verbose: true}), []rule.Result{hostile()}},
		{"interrupted.txt", asText(Style{}), []rule.Result{interrupted()}},
		{"partly.txt", asText(Style{}), []rule.Result{partly()}},
		{"partly-verbose.txt", asText(Style{Verbose: true}), []rule.Result{partly()}},
		{"partly-40.txt", asText(Style{Width: 40, Verbose: true}), []rule.Result{partly()}},
		{"partly-colour.txt", asText(Style{Color: true, Verbose: true}), []rule.Result{partly()}},
		{"rehearsed-verbose.txt", asText(Style{Width: 100, Verbose: true}), []rule.Result{rehearsed()}},
		{"senders.txt", asText(Style{}), []rule.Result{read()}},
		{"senders-40.txt", asText(Style{Width: 40}), []rule.Result{read()}},
		{"senders-colour.txt", asText(Style{Color: true}), []rule.Result{read()}},
		{"blocked.txt", asText(Style{}), []rule.Result{blocked("example.com"), blocked("example.net"), sound()}},
		{"blocked.json", NewJSON, ours(blocked("example.com"), blocked("example.net"))},
		{"several.txt", asText(Style{}), everything()},
		{"no-domain.txt", asText(Style{}), nil},
		{"quiet.txt", asQuiet(Style{}), append(everything(), hostile())},
		{"quiet-colour.txt", asQuiet(Style{Color: true}), everything()[:2]},
		{"hostile.json", NewJSON, ours(hostile())},
		{"two.json", NewJSON, ours(sound(), broken())},
		{"no-domain.json", NewJSON, nil},
	}
	for _, c := range cases {
		t.Run(c.file, func(t *testing.T) { golden(t, c.file, written(t, c.build, c.results...)) })
	}
}

// The words must say all that the colours do.
func TestColourAddsNothing(t *testing.T) {
	for _, build := range []func(Style) func(io.Writer) Writer{asText, asQuiet} {
		plain := written(t, build(Style{}), everything()...)
		colour := written(t, build(Style{Color: true}), everything()...)
		if !strings.Contains(colour, "\x1b[") {
			t.Error("no colour where it was asked for")
		}
		if diff := cmp.Diff(plain, withoutColour(colour)); diff != "" {
			t.Errorf("colour changes the text (-plain +colour):\n%s", diff)
		}
	}
}

// withoutColour drops SGR sequences.
func withoutColour(s string) string {
	var b strings.Builder
	for {
		before, after, found := strings.Cut(s, "\x1b[")
		b.WriteString(before)
		if !found {
			return b.String()
		}
		_, s, _ = strings.Cut(after, "m")
	}
}

type full struct{ room int }

var errFull = errors.New("no space left")

func (f *full) Write(b []byte) (int, error) {
	if f.room--; f.room < 0 {
		return 0, errFull
	}
	return len(b), nil
}

func TestFirstWriteErrorStays(t *testing.T) {
	for name, build := range map[string]func(io.Writer) Writer{"text": asText(Style{}), "quiet": asQuiet(Style{}), "json": NewJSON} {
		w := build(&full{room: 1})
		if err := w.Result(Item{Index: 1, Result: sound()}); err != nil {
			t.Errorf("%s: first result: %v", name, err)
		}
		if err := w.Result(Item{Index: 1, Result: sound()}); !errors.Is(err, errFull) {
			t.Errorf("%s: second result: got %v, want %v", name, err, errFull)
		}
		if err := w.Close(); !errors.Is(err, errFull) {
			t.Errorf("%s: close: got %v, want %v", name, err, errFull)
		}
	}
}
