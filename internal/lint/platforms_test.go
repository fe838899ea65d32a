package lint

import (
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/types"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// platforms is where every package and its tests must build without C.
var platforms = []string{
	"linux/amd64", "linux/arm64", "linux/386", "linux/riscv64",
	"darwin/arm64", "windows/amd64", "windows/arm64", "freebsd/amd64", "js/wasm",
}

// TestPlatforms checks the types of every package, and of its tests, as each
// platform's compiler would. To compile for another platform takes a minute, its
// types take two seconds.
func TestPlatforms(t *testing.T) {
	if testing.Short() {
		t.Skip("takes some 15 s")
	}
	var parsed cache
	for _, platform := range platforms {
		t.Run(platform, func(t *testing.T) {
			t.Parallel()
			checked := map[string]*types.Package{"unsafe": types.Unsafe}
			ours := 0
			for _, p := range listedPackages(t, platform) {
				_, arch, _ := strings.Cut(platform, "/")
				checked[p.ImportPath] = p.check(t, arch, checked, &parsed)
				if p.ours() {
					ours++
				}
			}
			if ours < 20 {
				t.Errorf("%d packages of ours: the list is wrong", ours)
			}
		})
	}
}

// A listedPackage is what go list says of a package or, of the form "p [p.test]",
// of what a package or one that imports it is to a test.
type listedPackage struct {
	ImportPath, Dir, ForTest string
	GoFiles                  []string
	ImportMap                map[string]string // what an import means, where that is not its path
	Module                   *struct {
		Main      bool
		GoVersion string
	}
}

func (p *listedPackage) ours() bool { return p.Module != nil && p.Module.Main }

// listedPackages returns the module's packages, their tests and what they import
// on a platform, in an order in which each follows what it imports.
func listedPackages(t *testing.T, platform string) (list []*listedPackage) {
	t.Helper()
	goos, arch, _ := strings.Cut(platform, "/")
	cmd := exec.Command("go", "list", "-deps", "-test", "-json=ImportPath,Dir,ForTest,GoFiles,ImportMap,Module", "./...")
	cmd.Dir = root(t)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS="+goos, "GOARCH="+arch)
	out, err := cmd.Output()
	if err != nil {
		var exit *exec.ExitError
		if errors.As(err, &exit) {
			err = fmt.Errorf("%w: %s", err, exit.Stderr)
		}
		t.Fatal(err)
	}
	decoder := json.NewDecoder(strings.NewReader(string(out)))
	for {
		p := new(listedPackage)
		switch err := decoder.Decode(p); {
		case errors.Is(err, io.EOF):
			return list
		case err != nil:
			t.Fatal(err)
		case p.ImportPath != "unsafe" && !strings.HasSuffix(p.ImportPath, ".test"): // that is generated
			list = append(list, p)
		}
	}
}

// check returns the package's types and reports what is wrong with one of ours.
// Of others' packages what is inside functions is not looked at.
func (p *listedPackage) check(t *testing.T, arch string, checked map[string]*types.Package, parsed *cache) *types.Package {
	t.Helper()
	var files []*ast.File
	for _, name := range p.GoFiles {
		file, err := parsed.file(filepath.Join(p.Dir, name))
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, file)
	}
	config := types.Config{
		Sizes:            types.SizesFor("gc", arch),
		IgnoreFuncBodies: !p.ours(),
		Error: func(err error) {
			if p.ours() {
				t.Error(err)
			}
		},
		Importer: importer(func(path string) (*types.Package, error) {
			if to, ok := p.ImportMap[path]; ok {
				path = to
			}
			if q := checked[path]; q != nil {
				return q, nil
			}
			return nil, fmt.Errorf("%s does not list %s", p.ImportPath, path)
		}),
	}
	if p.Module != nil && p.Module.GoVersion != "" {
		config.GoVersion = "go" + p.Module.GoVersion
	}
	path, _, _ := strings.Cut(p.ImportPath, " ")
	pkg, err := config.Check(path, fset, files, nil)
	if err != nil && !p.ours() {
		t.Fatal(err)
	}
	return pkg
}

type importer func(path string) (*types.Package, error)

func (i importer) Import(path string) (*types.Package, error) { return i(path) }

// cache keeps files as they were parsed: most are the same on every platform.
type cache struct{ once sync.Map }

func (c *cache) file(path string) (*ast.File, error) {
	type result struct {
		file *ast.File
		err  error
	}
	parse, _ := c.once.LoadOrStore(path, sync.OnceValue(func() result {
		file, err := parser.ParseFile(fset, path, nil, parser.SkipObjectResolution)
		return result{file, err}
	}))
	r := parse.(func() result)()
	return r.file, r.err
}
