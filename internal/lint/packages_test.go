package lint

import (
	"go/ast"
	"go/token"
	"path"
	"slices"
	"strings"
	"testing"
)

// TestPackagesAreDocumented: each package says in doc.go what it is, a command
// too; an example says it where it is read, in main.go. Packages of nothing but
// tests need not.
func TestPackagesAreDocumented(t *testing.T) {
	documented := map[string]bool{}
	for _, f := range sourceFiles(t) {
		if f.test {
			continue
		}
		place := "doc.go"
		if path.Dir(f.pkg) == "examples" {
			place = "main.go"
		}
		isDoc := path.Base(f.path) == place && f.ast.Doc != nil && len(f.ast.Doc.Text()) > 80
		documented[f.pkg] = documented[f.pkg] || isDoc
	}
	for pkg, ok := range documented {
		if !ok {
			t.Errorf("%s: no doc.go that says what the package is", pkg)
		}
	}
}

// TestPanicsAreConstant: the libraries panic on misuse only, with messages that
// a reader can search for. A value caught by recover may be thrown again.
func TestPanicsAreConstant(t *testing.T) {
	libraries := []string{"engine", "engine/gemm", "engine/gemm/openblas", "engine/internal/kernel", "engine/nn", "engine/data", "engine/data/idx", "engine/data/mnist", "im2col", "naive"}
	calls := 0
	for _, f := range sourceFiles(t) {
		if f.test || !slices.Contains(libraries, f.pkg) {
			continue
		}
		ast.Inspect(f.ast, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok {
				return true
			}
			name, ok := call.Fun.(*ast.Ident)
			if !ok || name.Name != "panic" || len(call.Args) != 1 {
				return true
			}
			calls++
			if !constant(call.Args[0]) {
				t.Errorf("%v: panic with a message that is not constant", fset.Position(call.Pos()))
			}
			return true
		})
	}
	if calls == 0 {
		t.Error("found no call of panic: the search is wrong")
	}
}

// constant reports whether an expression is a string literal, a name, or a sum
// of them.
func constant(e ast.Expr) bool {
	switch e := e.(type) {
	case *ast.BasicLit:
		return e.Kind == token.STRING
	case *ast.Ident, *ast.SelectorExpr:
		return true
	case *ast.BinaryExpr:
		return e.Op == token.ADD && constant(e.X) && constant(e.Y)
	}
	return false
}

// TestNothingIsLeftForLater: what is unfinished is not marked, it is finished.
func TestNothingIsLeftForLater(t *testing.T) {
	for _, f := range sourceFiles(t) {
		for _, group := range f.ast.Comments {
			for _, mark := range []string{"TO" + "DO", "FIX" + "ME", "XX" + "X:"} {
				if strings.Contains(group.Text(), mark) {
					t.Errorf("%v: a comment says %s", fset.Position(group.Pos()), mark)
				}
			}
		}
	}
}
