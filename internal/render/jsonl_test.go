package render

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"mtasts/internal/fact"
	"mtasts/internal/rule"
)

// A line says what the element of the array says.
func TestJSONLIsJSON(t *testing.T) {
	all := append(everything(), hostile(), rule.Result{})
	var want []any
	if err := json.Unmarshal([]byte(written(t, NewJSON, all...)), &want); err != nil {
		t.Fatal(err)
	}
	var got []any
	for line := range strings.Lines(written(t, NewJSONL, all...)) {
		var element any
		if err := json.Unmarshal([]byte(line), &element); err != nil {
			t.Fatalf("%v: %.2000s", err, line)
		}
		got = append(got, element)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// The index and the domain stand near the beginning, where whoever reads old lines back looks for them.
func TestJSONLBeginning(t *testing.T) {
	var b strings.Builder
	w := NewJSONL(&b)
	for _, e := range []Item{
		{Index: 7, Source: &Source{File: "a.txt", Line: 9}, Result: sound()},
		{Index: 8, Source: &Source{File: "-", Line: 10}, Input: "no domain", Error: "it has spaces", Result: rule.Result{Schema: 1, Status: rule.Unknown, Protection: rule.UnsureProtection}},
	} {
		if err := w.Result(e); err != nil {
			t.Fatal(err)
		}
	}
	want := `{"index":7,"source":{"file":"a.txt","line":9},"schema":1,"domain":"example.com","checked_at":"2026-01-31T02:00:00Z","status":"pass",
{"index":8,"source":{"file":"-","line":10},"input":"no domain","error":"it has spaces","schema":1,"domain":"","checked_at":"0001-01-01T00:00:00Z","status":"unknown",`
	lines := strings.Split(strings.TrimSuffix(b.String(), "\n"), "\n")
	for i, begin := range strings.Split(want, "\n") {
		if len(lines) != 2 || !strings.HasPrefix(lines[i], begin) {
			t.Errorf("the lines are\n%s\nand begin with\n%s", b.String(), want)
		}
	}
}

// writes keeps what each call of Write was given.
type writes []string

func (w *writes) Write(p []byte) (int, error) {
	*w = append(*w, string(p))
	return len(p), nil
}

// Whoever is killed leaves whole lines.
func TestJSONLWritesWholeLines(t *testing.T) {
	long := sound()
	long.Observed = &fact.Observation{Host: fact.PolicyHost{Fetches: []fact.Fetch{{Body: fact.Text(strings.Repeat("<\n", fact.BodyLimit/2))}}}}
	var got writes
	w := NewJSONL(&got)
	for _, r := range append(everything(), long, hostile(), sound()) {
		before := len(got)
		if err := w.Result(Item{Result: r}); err != nil {
			t.Fatal(err)
		}
		if len(got) != before+1 || !strings.HasSuffix(got[before], "}\n") || strings.Count(got[before], "\n") != 1 {
			t.Errorf("%s is written so:\n%.2000q", r.Domain, got[before:])
		}
	}
}

// The first error of writing is the one that is told, and nothing is written after it.
func TestJSONLOnAFullDisk(t *testing.T) {
	full, n := errors.New("no space left on device"), 0
	w := NewJSONL(writerFunc(func(p []byte) (int, error) {
		if n++; n > 1 {
			return 0, fmt.Errorf("%w, %d", full, n)
		}
		return len(p), nil
	}))
	for i, want := range []bool{true, false, false} {
		if err := w.Result(Item{Result: sound()}); (err == nil) != want || err != nil && err.Error() != "no space left on device, 2" {
			t.Errorf("result %d: %v", i, err)
		}
	}
	if err := w.Close(); !errors.Is(err, full) || n != 2 {
		t.Errorf("closed with %v after %d writes", err, n)
	}
}

// What cannot be encoded is told with its domain, and does not end the others.
func TestJSONLOfWhatIsNoJSON(t *testing.T) {
	for name, build := range map[string]func(io.Writer) Writer{"json": NewJSON, "jsonl": NewJSONL} {
		var b bytes.Buffer
		w := build(&b)
		never := sound()
		never.Domain, never.CheckedAt = "x\x1b.example", time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC)
		if err := w.Result(Item{Result: never}); err == nil || !strings.HasPrefix(err.Error(), `encode the result of x\x1b.example as JSON: `) || b.Len() > 0 {
			t.Errorf("%s: %v, and is written: %s", name, err, b.String())
		}
		if err := w.Result(Item{Result: sound()}); err != nil || b.Len() == 0 {
			t.Errorf("%s: then %v", name, err)
		}
	}
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }

func FuzzJSONL(f *testing.F) {
	f.Add(evil)
	f.Add("\u2028<&>\\u003c\u007f")
	f.Fuzz(func(t *testing.T, s string) {
		r := withBlocks(s)
		r.Observed = &fact.Observation{Domain: s, STS: fact.Answer{Records: []fact.Record{{Text: []fact.Text{fact.Text(s)}}}}}
		line := written(t, NewJSONL, r)
		if why := inert(line); why != "" || strings.Index(line, "\n") != len(line)-1 {
			t.Errorf("%s:\n%.2000s", why, line)
		}
		var got, want any
		if err := json.Unmarshal([]byte(line), &got); err != nil {
			t.Fatalf("%v:\n%.2000s", err, line)
		}
		bare, err := json.Marshal(withLists(Item{Index: 1, Result: r}))
		if err != nil || json.Unmarshal(bare, &want) != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("-want +got:\n%s", diff)
		}
	})
}
