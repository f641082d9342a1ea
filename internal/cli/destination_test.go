package cli

import (
	"io"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// namesIn are the names of a directory.
func namesIn(t *testing.T, dir string) []string {
	t.Helper()
	list, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range list {
		names = append(names, e.Name())
	}
	return names
}

// What a killed run left beside a file is removed by the next one; what another run writes, or has another
// name, or is a link, is not.
func TestSweep(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{".m.prom.123.tmp", ".m.prom.x.tmp", ".other.prom.123.tmp", "m.prom.123.tmp"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink("m.prom.123.tmp", filepath.Join(dir, ".m.prom.7.tmp")); err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(dir, "m.prom")
	first, err := openDestination(t.Context(), name, io.Discard, true)
	if err != nil {
		t.Fatal(err)
	}
	second, err := openDestination(t.Context(), name, io.Discard, true)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range []*destination{first, second} {
		if _, err := io.WriteString(d, "y\n"); err != nil {
			t.Fatal(err)
		}
		if err := d.end(true); err != nil {
			t.Error(err)
		}
	}
	want := []string{".m.prom.7.tmp", ".m.prom.x.tmp", ".other.prom.123.tmp", "m.prom", "m.prom.123.tmp"}
	if got := namesIn(t, dir); !slices.Equal(got, want) {
		t.Errorf("there are %q, want %q", got, want)
	}
}
