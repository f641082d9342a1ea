package house

import (
	"fmt"
	"go/ast"
	"slices"
)

// The bar that style is measured by. A function's lines run from func to its closing brace.
const (
	medianLines   = 9
	functionLines = 70
	fileLines     = 500
)

// checkSizes complains of long functions, long files and a high median.
func checkSizes(list []source) []string {
	var bad []string
	var all []int
	for _, s := range list {
		if n := s.lines(s.syntax); n > fileLines || lastLine(s) > fileLines {
			bad = append(bad, fmt.Sprintf("%s: %d lines; %d are the most", s.path, lastLine(s), fileLines))
		}
		for _, f := range functions(s.syntax) {
			n := s.lines(f)
			all = append(all, n)
			if n > functionLines {
				bad = append(bad, fmt.Sprintf("%s: a function of %d lines; %d are the most", s.at(f.Pos()), n, functionLines))
			}
		}
	}
	if m := median(all); m > medianLines {
		bad = append(bad, fmt.Sprintf("the median function has %d lines; %d are the most", m, medianLines))
	}
	return bad
}

// lastLine is the line of the file's last byte.
func lastLine(s source) int {
	return s.fset.File(s.syntax.FileStart).LineCount()
}

// functions are the file's functions and the literals that stand outside of any. A literal inside
// a function is counted with it.
func functions(file *ast.File) []ast.Node {
	var list []ast.Node
	ast.Inspect(file, func(n ast.Node) bool {
		switch f := n.(type) {
		case *ast.FuncDecl:
			if f.Body != nil {
				list = append(list, f)
			}
			return false
		case *ast.FuncLit:
			list = append(list, f)
			return false
		}
		return true
	})
	return list
}

// median is the lower of the two middle ones; 0 of none.
func median(all []int) int {
	if len(all) == 0 {
		return 0
	}
	slices.Sort(all)
	return all[(len(all)-1)/2]
}

// checkInit complains of init functions: what runs before main is seen by nobody.
func checkInit(list []source) []string {
	var bad []string
	for _, s := range list {
		for _, d := range s.syntax.Decls {
			if f, ok := d.(*ast.FuncDecl); ok && f.Recv == nil && f.Name.Name == "init" {
				bad = append(bad, s.at(f.Pos())+": no init functions")
			}
		}
	}
	return bad
}
