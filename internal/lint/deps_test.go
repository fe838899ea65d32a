package lint

import (
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// plotting is the plotting library: the pictures' one look is made by bench/chart
// alone, and bench/slide paints its matrices with the library's pens.
const plotting = "gonum.org/v1/plot"

func TestOnePlotter(t *testing.T) {
	pens := []string{plotting + "/font", plotting + "/text", plotting + "/vg", plotting + "/vg/draw"}
	drawn := 0
	for _, f := range sourceFiles(t) {
		for _, spec := range f.ast.Imports {
			path, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				t.Fatal(err)
			}
			if path != plotting && !strings.HasPrefix(path, plotting+"/") {
				continue
			}
			drawn++
			if f.pkg != "bench/chart" && !(f.pkg == "bench/slide" && slices.Contains(pens, path)) {
				t.Errorf("%s imports %s: want bench/chart to draw", f.path, path)
			}
		}
	}
	if drawn == 0 {
		t.Error("nothing imports the plotting library: the search is wrong")
	}
}

// TestVerifyDrawsNothing: who only verifies a build links no plotting library.
func TestVerifyDrawsNothing(t *testing.T) {
	deps := dependencies(t, "./bench/verify")
	for _, path := range deps {
		if path == plotting || strings.HasPrefix(path, plotting+"/") {
			t.Errorf("bench/verify depends on %s", path)
		}
	}
	if !slices.Contains(deps, module+"/engine") {
		t.Errorf("%d dependencies without the engine: the search is wrong", len(deps))
	}
}

// dependencies lists the import paths of all that a package links, itself too.
func dependencies(t *testing.T, pkg string) []string {
	t.Helper()
	list := exec.Command("go", "list", "-deps", pkg)
	list.Dir = root(t)
	out, err := list.Output()
	if err != nil {
		t.Fatalf("go list -deps %s: %v", pkg, err)
	}
	return strings.Fields(string(out))
}
