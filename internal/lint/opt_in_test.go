package lint

import (
	"os"
	"os/exec"
	"strings"
	"testing"
)

// TestCIsOptIn: a library package, and whatever it imports of others', leaves C
// to the one package whose import asks for it.
func TestCIsOptIn(t *testing.T) {
	const (
		optIn = module + "/engine/gemm/openblas"
		cBLAS = "gonum.org/v1/netlib"
	)
	list := func(args ...string) []string {
		cmd := exec.Command("go", append([]string{"list", "-tags="}, args...)...)
		cmd.Dir, cmd.Env = root(t), append(os.Environ(), "CGO_ENABLED=1")
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("%v: %v", cmd, err)
		}
		return strings.Fields(string(out))
	}
	imports := func(pkgs ...string) (found bool) {
		for _, dep := range list(append([]string{"-deps"}, pkgs...)...) {
			found = found || strings.HasPrefix(dep, cBLAS)
		}
		return found
	}
	var libraries []string
	for _, pkg := range list("./engine/...", "./im2col/...", "./naive/...") {
		if pkg != optIn {
			libraries = append(libraries, pkg)
		}
	}
	if imports(libraries...) {
		for _, pkg := range libraries {
			if imports(pkg) {
				t.Errorf("%s needs C: %s", pkg, cBLAS)
			}
		}
	}
	if len(libraries) < 6 {
		t.Errorf("%d libraries: the search is wrong", len(libraries))
	}
	if !imports(optIn) {
		t.Errorf("%s does not lead to %s: the search is wrong", optIn, cBLAS)
	}
	for _, f := range sourceFiles(t) {
		for _, spec := range f.ast.Imports {
			if spec.Path.Value == `"C"` && module+"/"+f.pkg != optIn {
				t.Errorf("%s imports C", f.path)
			}
		}
	}
}
