package house

import (
	"fmt"
	"go/ast"
	"regexp"
)

// checkPapers complains of comments and literals that point to papers which the repository does not
// hold: whoever clones it cannot look there.
func checkPapers(list []source) []string {
	absent := regexp.MustCompile(`\.\./shared|\b(design|rules)\.md\b|\bthe design\b`)
	var bad []string
	for _, s := range list {
		complain := func(n ast.Node, text string) {
			if found := absent.FindString(text); found != "" {
				bad = append(bad, fmt.Sprintf("%s: no such paper here: %s", s.at(n.Pos()), found))
			}
		}
		for _, group := range s.syntax.Comments {
			for _, c := range group.List {
				complain(c, c.Text)
			}
		}
		ast.Inspect(s.syntax, func(n ast.Node) bool {
			if lit, ok := n.(*ast.BasicLit); ok {
				complain(lit, lit.Value)
			}
			return true
		})
	}
	return bad
}
