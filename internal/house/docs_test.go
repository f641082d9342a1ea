package house

import (
	"fmt"
	"go/ast"
	"go/token"
)

// checkDocs complains of exported names, and packages, without a comment. A group's comment, or
// one at the end of the line, speaks for the constants and variables of the group.
func checkDocs(list []source) []string {
	var bad []string
	documented := map[string]bool{}
	for _, s := range list {
		documented[s.dir()] = documented[s.dir()] || s.syntax.Doc != nil
		for _, d := range s.syntax.Decls {
			for _, id := range undocumented(d) {
				bad = append(bad, fmt.Sprintf("%s: exported %s has no comment", s.at(id.Pos()), id.Name))
			}
		}
	}
	for dir, ok := range documented {
		if !ok {
			bad = append(bad, dir+": the package has no comment")
		}
	}
	return bad
}

// undocumented are the exported names of a declaration that no comment speaks for.
func undocumented(d ast.Decl) []*ast.Ident {
	switch d := d.(type) {
	case *ast.FuncDecl:
		if d.Doc == nil && d.Name.IsExported() && exportedReceiver(d) {
			return []*ast.Ident{d.Name}
		}
	case *ast.GenDecl:
		return undocumentedSpecs(d)
	}
	return nil
}

func undocumentedSpecs(d *ast.GenDecl) []*ast.Ident {
	var list []*ast.Ident
	for _, spec := range d.Specs {
		switch spec := spec.(type) {
		case *ast.TypeSpec:
			if spec.Doc == nil && spec.Comment == nil && (d.Doc == nil || len(d.Specs) > 1) {
				list = append(list, exported(spec.Name)...)
			}
		case *ast.ValueSpec:
			if spec.Doc == nil && spec.Comment == nil && (d.Doc == nil || d.Tok == token.IMPORT) {
				list = append(list, exported(spec.Names...)...)
			}
		}
	}
	return list
}

func exported(names ...*ast.Ident) []*ast.Ident {
	var list []*ast.Ident
	for _, id := range names {
		if id.IsExported() {
			list = append(list, id)
		}
	}
	return list
}

// exportedReceiver tells that a function is none of an unexported type's methods.
func exportedReceiver(f *ast.FuncDecl) bool {
	if f.Recv == nil || len(f.Recv.List) == 0 {
		return true
	}
	e := f.Recv.List[0].Type
	for {
		switch x := e.(type) {
		case *ast.StarExpr:
			e = x.X
		case *ast.IndexExpr:
			e = x.X
		case *ast.IndexListExpr:
			e = x.X
		case *ast.Ident:
			return x.IsExported()
		default:
			return true
		}
	}
}
