package lint

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path"
	"path/filepath"
	"regexp"
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

// TestContributingNamesEveryPackage: the tree in CONTRIBUTING.md has a line for each
// package, but for examples and what is nothing but tests, and for no other.
func TestContributingNamesEveryPackage(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(root(t), "CONTRIBUTING.md"))
	if err != nil {
		t.Fatal(err)
	}
	named := map[string]bool{}
	for _, m := range regexp.MustCompile(`(?m)^([a-z0-9]+(?:/[a-z0-9]+)*) {2,}\S`).FindAllSubmatch(text, -1) {
		named[string(m[1])] = true
	}
	there := map[string]bool{}
	for _, f := range sourceFiles(t) {
		if !f.test && path.Dir(f.pkg) != "examples" {
			there[f.pkg] = true
		}
	}
	for pkg := range there {
		if !named[pkg] {
			t.Errorf("CONTRIBUTING.md has no line for %s", pkg)
		}
	}
	for pkg := range named {
		if !there[pkg] {
			t.Errorf("CONTRIBUTING.md has a line for %s, which is not there", pkg)
		}
	}
}

// TestPanicsAreConstant: the libraries panic on misuse only, with messages that
// a reader can search for. A value caught by recover may be thrown again, as those
// in rethrown are.
func TestPanicsAreConstant(t *testing.T) {
	files := slices.DeleteFunc(sourceFiles(t), func(f sourceFile) bool {
		library := f.pkg == "im2col" || f.pkg == "naive" || f.pkg == "engine" || strings.HasPrefix(f.pkg, "engine/")
		return f.test || !library
	})
	constants := map[string]bool{} // "package.name"
	for _, f := range files {
		for _, name := range constantNames(f.ast) {
			constants[f.pkg+"."+name] = true
		}
	}
	calls := 0
	for _, f := range files {
		known := func(name string) bool { return constants[f.pkg+"."+name] }
		caught := recoveredNames(f.ast)
		ast.Inspect(f.ast, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok {
				return true
			}
			if name, ok := call.Fun.(*ast.Ident); !ok || name.Name != "panic" || len(call.Args) != 1 {
				return true
			}
			calls++
			if !constant(call.Args[0], known) && !caught[fmt.Sprint(call.Args[0])] && !rethrown[f.pkg+"."+fmt.Sprint(call.Args[0])] {
				t.Errorf("%v: panic with a message that is not constant", fset.Position(call.Pos()))
			}
			return true
		})
	}
	if calls < 50 {
		t.Errorf("found %d calls of panic: the search is wrong", calls)
	}
}

// rethrown is what was caught elsewhere: a worker's panic reaches the caller.
var rethrown = map[string]bool{"engine/internal/work.failed": true}

func TestConstant(t *testing.T) {
	known := func(name string) bool { return name == "bad" }
	for text, want := range map[string]bool{`"a"`: true, `bad`: true, `"a: " + bad`: true, `err`: false, `"a" + err`: false, `err.Error()`: false, `x.bad`: false, `1`: false} {
		e, err := parser.ParseExpr(text)
		if err != nil {
			t.Fatal(err)
		}
		if constant(e, known) != want {
			t.Errorf("%s: want %t", text, want)
		}
	}
}

// constant reports whether an expression is a string literal, the name of a
// constant, or a sum of them.
func constant(e ast.Expr, known func(name string) bool) bool {
	switch e := e.(type) {
	case *ast.BasicLit:
		return e.Kind == token.STRING
	case *ast.Ident:
		return known(e.Name)
	case *ast.BinaryExpr:
		return e.Op == token.ADD && constant(e.X, known) && constant(e.Y, known)
	}
	return false
}

// constantNames returns the names that a file declares as constants.
func constantNames(f *ast.File) (names []string) {
	ast.Inspect(f, func(n ast.Node) bool {
		if d, ok := n.(*ast.GenDecl); ok && d.Tok == token.CONST {
			for _, spec := range d.Specs {
				for _, name := range spec.(*ast.ValueSpec).Names {
					names = append(names, name.Name)
				}
			}
		}
		return true
	})
	return names
}

// recoveredNames returns the names of what a file assigns from recover.
func recoveredNames(f *ast.File) map[string]bool {
	names := map[string]bool{}
	ast.Inspect(f, func(n ast.Node) bool {
		a, ok := n.(*ast.AssignStmt)
		if !ok || len(a.Lhs) != 1 {
			return true
		}
		if call, ok := a.Rhs[0].(*ast.CallExpr); ok && fmt.Sprint(call.Fun) == "recover" {
			names[fmt.Sprint(a.Lhs[0])] = true
		}
		return true
	})
	return names
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
