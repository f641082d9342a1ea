package house

import (
	_ "embed"
	"fmt"
	"sort"
	"strconv"
	"strings"
)

//go:embed doc.go
var doc string

// floors is the table of the package's comment: each package's floor.
func floors() map[string]int {
	table := map[string]int{}
	for line := range strings.Lines(doc) {
		words := strings.Fields(strings.TrimPrefix(line, "//"))
		if len(words) < 2 || !strings.Contains(words[1], "/") {
			continue
		}
		if floor, err := strconv.Atoi(words[0]); err == nil {
			table[words[1]] = floor
		}
	}
	return table
}

// checkFloors complains of imports that do not go down, and of packages without a floor.
func checkFloors(list []source) []string {
	var bad []string
	table := floors()
	for _, s := range list {
		from, ok := table[s.dir()]
		if !ok {
			bad = append(bad, fmt.Sprintf("%s: package %s has no line in the table of floors", s.path, s.dir()))
			continue
		}
		for _, spec := range s.syntax.Imports {
			target, _ := strconv.Unquote(spec.Path.Value)
			dir, own := strings.CutPrefix(target, module+"/")
			if !own {
				continue
			}
			if to, ok := table[dir]; !ok || to >= from {
				bad = append(bad, fmt.Sprintf("%s: %s (floor %d) imports %s (floor %d): imports go down only",
					s.at(spec.Pos()), s.dir(), from, dir, to))
			}
		}
	}
	return bad
}

// checkRequired complains of lines of the table whose package is missing.
func checkRequired(list []source) []string {
	there := map[string]bool{}
	for _, s := range list {
		there[s.dir()] = true
	}
	var bad []string
	for dir := range floors() {
		if !there[dir] {
			bad = append(bad, "the table of floors has "+dir+", and there is no such package")
		}
	}
	sort.Strings(bad)
	return bad
}
