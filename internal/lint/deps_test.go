package lint

import (
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// TestVerifyDrawsNothing: who only verifies a build links no plotting library.
func TestVerifyDrawsNothing(t *testing.T) {
	deps := dependencies(t, "./bench/verify")
	for _, path := range deps {
		if path == "gonum.org/v1/plot" || strings.HasPrefix(path, "gonum.org/v1/plot/") {
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
