package house

import (
	"fmt"
	"go/build/constraint"
	"path"
	"strings"
)

// onlyPlatform is the package that may differ between operating systems.
const onlyPlatform = "internal/platform"

// checkPlatforms complains of files that are for some operating systems only, but where they belong. All
// checks read such files too, on every system.
func checkPlatforms(list []source) []string {
	var bad []string
	for _, s := range list {
		if s.dir() != onlyPlatform && (named(s.path) || tagged(s)) {
			bad = append(bad, fmt.Sprintf("%s: only %s differs between operating systems", s.path, onlyPlatform))
		}
	}
	return bad
}

// named tells that a file's name is of an operating system, or says so.
func named(file string) bool {
	base := strings.TrimSuffix(path.Base(file), ".go")
	_, last, _ := strings.Cut(base, "_")
	switch last[strings.LastIndexByte(last, '_')+1:] {
	case "linux", "windows", "darwin", "freebsd", "openbsd", "netbsd", "plan9", "js", "unix", "other":
		return true
	}
	return false
}

// tagged tells that a file has a build constraint.
func tagged(s source) bool {
	for _, group := range s.syntax.Comments {
		for _, c := range group.List {
			if constraint.IsGoBuild(c.Text) && c.Pos() < s.syntax.Package {
				return true
			}
		}
	}
	return false
}
