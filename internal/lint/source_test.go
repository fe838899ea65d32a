package lint

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const module = "github.com/unslide/unslide"

// A sourceFile is one Go file of the project, whatever its build tags.
type sourceFile struct {
	path string // from the module's root, with slashes
	pkg  string // the folder, "." for the root
	test bool
	ast  *ast.File
}

var fset = token.NewFileSet()

// root returns the module's root folder.
func root(t *testing.T) string {
	t.Helper()
	dir, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(dir, "go.mod")); err != nil {
		t.Fatalf("the module's root is not two folders up: %v", err)
	}
	return dir
}

// sourceFiles parses the project's Go files, leaving out the folders that the
// go command leaves out.
func sourceFiles(t *testing.T) []sourceFile {
	t.Helper()
	dir := root(t)
	var files []sourceFile
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := d.Name()
		if d.IsDir() {
			if path != dir && (strings.HasPrefix(name, "_") || strings.HasPrefix(name, ".") || name == "testdata") {
				return fs.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(name, ".go") {
			return nil
		}
		rel, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		parsed, err := parser.ParseFile(fset, path, nil, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		rel = filepath.ToSlash(rel)
		files = append(files, sourceFile{
			path: rel,
			pkg:  filepath.ToSlash(filepath.Dir(rel)),
			test: strings.HasSuffix(name, "_test.go"),
			ast:  parsed,
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(files) < 20 {
		t.Fatalf("found %d Go files in %s: the walk is wrong", len(files), dir)
	}
	return files
}
