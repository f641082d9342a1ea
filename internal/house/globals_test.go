package house

import (
	"errors"
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
)

// nowhere imports nothing: names need to be resolved, not types.
type nowhere struct{}

func (nowhere) Import(string) (*types.Package, error) { return nil, errors.New("not imported") }

// checkGlobals complains of package variables that are changed: assigned after their declaration,
// lent out by address, of a type that is made to be changed, or another package's.
func checkGlobals(list []source) []string {
	var bad []string
	byDir := map[string][]source{}
	for _, s := range list {
		byDir[s.dir()] = append(byDir[s.dir()], s)
	}
	for _, files := range byDir {
		bad = append(bad, changedGlobals(files)...)
	}
	return bad
}

// changedGlobals is checkGlobals for the files of one package.
func changedGlobals(files []source) []string {
	var bad []string
	uses, scope := resolveNames(files)
	for _, s := range files {
		complain := func(at ast.Node, name, what string) {
			bad = append(bad, fmt.Sprintf("%s: the package variable %s %s", s.at(at.Pos()), name, what))
		}
		imports := s.imports()
		ast.Inspect(s.syntax, func(n ast.Node) bool {
			for _, target := range targets(n) {
				if name, ok := global(target, uses, scope); ok {
					complain(target, name, "is changed")
				}
			}
			if u, ok := n.(*ast.UnaryExpr); ok && u.Op == token.AND {
				if name, ok := global(u.X, uses, scope); ok {
					complain(u, name, "is lent out by its address")
				}
			}
			return true
		})
		for _, spec := range packageVars(s.syntax) {
			if stateful(imports, spec) {
				complain(spec, spec.Names[0].Name, "holds state (sync, sync/atomic)")
			}
		}
	}
	return bad
}

// resolveNames is what each identifier means, as far as that can be told without the imports.
func resolveNames(files []source) (map[*ast.Ident]types.Object, *types.Scope) {
	info := &types.Info{Uses: map[*ast.Ident]types.Object{}}
	conf := types.Config{Importer: nowhere{}, Error: func(error) {}}
	var syntax []*ast.File
	for _, s := range files {
		syntax = append(syntax, s.syntax)
	}
	pkg, _ := conf.Check(files[0].dir(), files[0].fset, syntax, info) // errors are expected
	return info.Uses, pkg.Scope()
}

// targets are the expressions that a statement changes.
func targets(n ast.Node) []ast.Expr {
	switch s := n.(type) {
	case *ast.AssignStmt:
		if s.Tok != token.DEFINE {
			return s.Lhs
		}
	case *ast.IncDecStmt:
		return []ast.Expr{s.X}
	case *ast.RangeStmt:
		if s.Tok == token.ASSIGN {
			return []ast.Expr{s.Key, s.Value}
		}
	case *ast.CallExpr:
		f, ok := s.Fun.(*ast.Ident)
		if ok && (f.Name == "delete" || f.Name == "clear") && len(s.Args) > 0 {
			return s.Args[:1]
		}
	}
	return nil
}

// global is the package variable at the bottom of an expression such as a.b[c].d, of this package
// or of an imported one.
func global(e ast.Expr, uses map[*ast.Ident]types.Object, scope *types.Scope) (string, bool) {
	for {
		switch x := e.(type) {
		case *ast.Ident:
			v, ok := uses[x].(*types.Var)
			return x.Name, ok && v.Parent() == scope
		case *ast.SelectorExpr:
			if id, ok := x.X.(*ast.Ident); ok {
				if _, imported := uses[id].(*types.PkgName); imported {
					return id.Name + "." + x.Sel.Name, true
				}
			}
			e = x.X
		case *ast.IndexExpr:
			e = x.X
		case *ast.StarExpr:
			e = x.X
		case *ast.ParenExpr:
			e = x.X
		default:
			return "", false
		}
	}
}

func packageVars(file *ast.File) []*ast.ValueSpec {
	var list []*ast.ValueSpec
	for _, d := range file.Decls {
		if g, ok := d.(*ast.GenDecl); ok && g.Tok == token.VAR {
			for _, spec := range g.Specs {
				list = append(list, spec.(*ast.ValueSpec))
			}
		}
	}
	return list
}

// stateful tells that a variable's type, or the type of the literal that it begins with, is of sync
// or sync/atomic. A call such as sync.OnceValue is none: what it returns never changes.
func stateful(imports map[string]string, spec *ast.ValueSpec) bool {
	found := false
	look := func(n ast.Node) bool {
		pkg, _, ok := selected(imports, n)
		found = found || ok && (pkg == "sync" || pkg == "sync/atomic")
		return !found
	}
	if spec.Type != nil {
		ast.Inspect(spec.Type, look)
	}
	for _, v := range spec.Values {
		if u, ok := v.(*ast.UnaryExpr); ok {
			v = u.X
		}
		if lit, ok := v.(*ast.CompositeLit); ok && lit.Type != nil {
			ast.Inspect(lit.Type, look)
		}
	}
	return found
}
