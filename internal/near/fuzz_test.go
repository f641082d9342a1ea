package near

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

// edits is the restricted Damerau distance by its definition, which takes its time.
func edits(a, b []rune) int {
	if len(a) == 0 || len(b) == 0 {
		return len(a) + len(b)
	}
	x, y := a[1:], b[1:]
	if a[0] == b[0] {
		return edits(x, y)
	}
	least := 1 + min(edits(x, y), edits(x, b), edits(a, y))
	if len(x) > 0 && len(y) > 0 && a[0] == y[0] && x[0] == b[0] {
		least = min(least, 1+edits(x[1:], y[1:]))
	}
	return least
}

func FuzzDistance(f *testing.F) {
	f.Add("enfroce", "enforce")
	f.Add("ca", "abc")
	f.Add("M\u00d6de", "mode")
	f.Fuzz(func(t *testing.T, a, b string) {
		if near, ok := Nearest(a, []string{"", b, "mode"}); ok != (near != "") || ok && !slices.Contains([]string{b, "mode"}, near) {
			t.Errorf("Nearest(%q) is %q, %v", a, near, ok)
		}
		const longest = 6 // the definition takes time that grows with powers of three
		x, y := []rune(strings.ToLower(a)), []rune(strings.ToLower(b))
		if len(x) > longest || len(y) > longest || !utf8.ValidString(a) || !utf8.ValidString(b) {
			return
		}
		want := edits(x, y)
		if got := distance(x, y); got != want {
			t.Errorf("from %q to %q: %d, want %d", a, b, got, want)
		}
		if !Within(a, b, want) || want > 0 && Within(a, b, want-1) || Within(a, b, want) != Within(b, a, want) {
			t.Errorf("%q and %q are not within %d", a, b, want)
		}
	})
}
