package cli

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"mtasts/internal/render"
)

// TestResumeLeavesFilesAlone: what is not ours is not cut, whatever it ends with.
func TestResumeLeavesFilesAlone(t *testing.T) {
	whole := `{"index":1,"schema":1,"domain":"example.com","status":"pass","protection":"enforced","findings":[]}` + "\n"
	for text, ours := range map[string]bool{
		"":                           true,
		`{`:                          true,
		`{"ind`:                      true,
		`{"index":3,"schema":1,"dom`: true,
		whole:                        true,
		whole + `{"index":2`:         true,
		`{"name":"x","v":1}`:         false,
		"a list\nof domains":         false,
		"[":                          false,
		whole + whole + "x\n":        false,
	} {
		name := filepath.Join(t.TempDir(), "results")
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		r, err := resume(t.Context(), name, func(render.Item, string) error { return nil })
		if (err == nil) != ours {
			t.Errorf("%q: %v", text, err)
		}
		if _, again := resume(t.Context(), name, func(render.Item, string) error { return nil }); err == nil && (again == nil || !strings.Contains(again.Error(), "another run goes on with it")) {
			t.Errorf("%q: two runs go on with it: %v", text, again)
		}
		r.close()
		if want := int64(strings.LastIndexByte(text, '\n') + 1); err == nil && r.end != want {
			t.Errorf("%q is whole up to byte %d, not %d", text, want, r.end)
		}
	}
}

// Reading results of an earlier run, which may be many, ends when the user wants it to.
func TestInterruptEarlier(t *testing.T) {
	const result = `{"index":1,"schema":1,"domain":"example.com","checked_at":"2026-01-31T12:00:00Z","status":"pass","protection":"enforced","counts":{},"findings":[]}` + "\n"
	name := filepath.Join(t.TempDir(), "results")
	if err := os.WriteFile(name, []byte(strings.Repeat(result, 1000)), 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	read := 0
	_, err := resume(ctx, name, func(render.Item, string) error { read++; cancel(); return nil })
	if !errors.Is(err, exitInterrupted) || read != 1 {
		t.Errorf("--resume: %v, and %d results were read", err, read)
	}
	if _, err := openBaseline(ctx, name); !errors.Is(err, exitInterrupted) {
		t.Errorf("--baseline: %v", err)
	}
}
