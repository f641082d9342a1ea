package house

import (
	"fmt"
	"sort"
	"strconv"
	"strings"
)

// storey is one package's place in the house.
type storey struct {
	floor    int
	required bool // the package has to exist; the others are for later issues
}

// floors is the table of the design. A package that has no line here fails the test.
func floors() map[string]storey {
	return map[string]storey{
		"internal/fact":    {0, true},
		"internal/addr":    {0, true},
		"internal/near":    {0, true},
		"internal/words":   {0, true},
		"internal/house":   {0, true},
		"internal/sts":     {1, true},
		"internal/tlsrpt":  {1, true},
		"internal/pkix":    {1, true},
		"internal/trouble": {1, true},
		"internal/dane":    {1, false},
		"internal/sender":  {2, false},
		"internal/publish": {2, false},
		"internal/resolve": {2, true},
		"internal/rule":    {3, true},
		"internal/reports": {3, false},
		"internal/collect": {4, true},
		"internal/render":  {4, true},
		"internal/lab":     {5, true},
		"internal/scan":    {5, true},
		"internal/cli":     {6, true},
		"cmd/mtasts":       {7, true},
	}
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
			if to, ok := table[dir]; !ok || to.floor >= from.floor {
				bad = append(bad, fmt.Sprintf("%s: %s (floor %d) imports %s (floor %d): imports go down only",
					s.at(spec.Pos()), s.dir(), from.floor, dir, to.floor))
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
	for dir, line := range floors() {
		if line.required && !there[dir] {
			bad = append(bad, "the table of floors requires "+dir+", and there is no such package")
		}
	}
	sort.Strings(bad)
	return bad
}
