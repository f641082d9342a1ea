package house

import (
	"os"
	"os/exec"
	"slices"
	"sort"
	"strings"
	"testing"
)

// checkTop complains of names at the top of the repository that do not belong there.
func checkTop(names []string) []string {
	fixed := []string{"cmd", "internal", "testdata", "go.mod", "go.sum", "Makefile", "README.md", "LICENSE"}
	var bad []string
	for _, name := range names {
		if !strings.HasPrefix(name, ".") && !slices.Contains(fixed, name) {
			bad = append(bad, name+" does not belong at the top of the repository")
		}
	}
	return bad
}

// topNames is what the repository holds at its top: what git tracks, or, in a tree without
// git, the directory's entries but for what a build leaves.
func topNames(t *testing.T) []string {
	t.Helper()
	dir := root(t)
	cmd := exec.CommandContext(t.Context(), "git", "ls-files", "-z")
	cmd.Dir = dir
	if out, err := cmd.Output(); err == nil && len(out) > 0 {
		return firstParts(strings.Split(string(out), "\x00"))
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		if !built(e.Name()) {
			names = append(names, e.Name())
		}
	}
	return names
}

// built tells what `make build`, test runs and profiles leave (.gitignore).
func built(name string) bool {
	return name == "mtasts" || strings.HasSuffix(name, ".test") ||
		strings.HasSuffix(name, ".out") || strings.HasSuffix(name, ".prof")
}

func firstParts(paths []string) []string {
	seen := map[string]bool{}
	for _, p := range paths {
		first, _, _ := strings.Cut(p, "/")
		seen[first] = first != ""
	}
	var names []string
	for name, ok := range seen {
		if ok {
			names = append(names, name)
		}
	}
	sort.Strings(names)
	return names
}
