package house

import (
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// module is the import path of the repository's root, from go.mod.
const module = "mtasts"

// source is one Go file that is no test.
type source struct {
	path   string // slashes, from the repository's root
	fset   *token.FileSet
	syntax *ast.File
}

// dir is the package's directory, which is also its import path less the module's.
func (s source) dir() string { return path.Dir(s.path) }

// at is a place in words: "internal/x/y.go:12".
func (s source) at(pos token.Pos) string {
	return fmt.Sprintf("%s:%d", s.path, s.fset.Position(pos).Line)
}

// lines is how many lines a node covers, its first and last included.
func (s source) lines(n ast.Node) int {
	return s.fset.Position(n.End()).Line - s.fset.Position(n.Pos()).Line + 1
}

// imports is the file's import paths by the name that the file uses for them.
func (s source) imports() map[string]string {
	names := map[string]string{}
	for _, spec := range s.syntax.Imports {
		target, _ := strconv.Unquote(spec.Path.Value)
		name := path.Base(target)
		if spec.Name != nil {
			name = spec.Name.Name
		}
		names[name] = target
	}
	return names
}

// selected reports the import path and name of an expression such as time.Now, by the file's imports.
func selected(imports map[string]string, n ast.Node) (string, string, bool) {
	sel, ok := n.(*ast.SelectorExpr)
	if !ok {
		return "", "", false
	}
	x, ok := sel.X.(*ast.Ident)
	if !ok || imports[x.Name] == "" {
		return "", "", false
	}
	return imports[x.Name], sel.Sel.Name, true
}

// parse reads one file. The path is what the complaints will name.
func parse(fset *token.FileSet, name string, text []byte) (source, error) {
	syntax, err := parser.ParseFile(fset, name, text, parser.ParseComments|parser.SkipObjectResolution)
	return source{path: name, fset: fset, syntax: syntax}, err
}

// root is the directory of go.mod, upward from here.
func root(t *testing.T) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		} else if !errors.Is(err, fs.ErrNotExist) || dir == filepath.Dir(dir) {
			t.Fatalf("no go.mod above the test: %v", err)
		}
		dir = filepath.Dir(dir)
	}
}

// tree is every Go file of the repository but tests and testdata.
func tree(t *testing.T) []source {
	t.Helper()
	var list []source
	top, fset := root(t), token.NewFileSet()
	err := filepath.WalkDir(top, func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir():
			return skipDir(name, top)
		case !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go"):
			return nil
		}
		text, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(top, name)
		if err != nil {
			return err
		}
		s, err := parse(fset, filepath.ToSlash(rel), text)
		list = append(list, s)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func skipDir(name, top string) error {
	base := filepath.Base(name)
	if name != top && (strings.HasPrefix(base, ".") || base == "testdata") {
		return filepath.SkipDir
	}
	return nil
}
