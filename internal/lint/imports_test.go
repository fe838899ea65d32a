package lint

import (
	"slices"
	"strconv"
	"strings"
	"testing"
)

// arrows is the house: which of our packages a folder's packages may import.
// What those may import in turn they may import too. A folder's rule holds for
// the folders below it that have none of their own.
//
//	cmd/unslide ──► bench ──► engine/nn ──► engine ──► im2col
//	     │            │           │            └─────► engine/gemm ──► engine/internal/kernel
//	     │            │           └───────► engine/data   (imports engine/internal/random alone)
//	     ├────────────┼──► engine/data/*  ───────┘
//	     └────────────┴──► engine/gemm/openblas ──► engine/gemm
//	naive   (imports nothing of ours; only tests, bench and cmd import it)
//	internal/wholefile   (whoever writes a file imports it)
var arrows = map[string][]string{
	"cmd/unslide":               {"engine/gemm/openblas", "bench/article", "bench/slide", "bench/verify"},
	"bench":                     {"bench/measure"},
	"bench/article":             {"bench/chart", "bench/measure", "bench/peers", "bench/shapes"},
	"bench/chart":               {"internal/wholefile"},
	"bench/measure":             {"engine/nn", "engine/data/mnist", "engine/gemm/openblas", "bench/chart", "bench/peers", "bench/shapes", "bench/sliding", "internal/wholefile"},
	"bench/peers":               nil,
	"bench/shapes":              {"im2col"},
	"bench/sliding":             {"im2col", "naive", "bench/shapes"},
	"bench/slide":               {"im2col", "naive", "bench/chart", "internal/wholefile"},
	"bench/verify":              {"engine", "engine/gemm/openblas", "bench/shapes", "bench/sliding", "internal/golden"},
	"engine/nn":                 {"engine", "engine/data", "internal/wholefile"},
	"engine":                    {"engine/internal/lowered", "engine/internal/direct", "engine/internal/depthwise", "engine/internal/winograd", "engine/internal/work"},
	"engine/internal/lowered":   {"engine/internal/conv", "engine/internal/work"},
	"engine/internal/direct":    {"engine/internal/conv"},
	"engine/internal/depthwise": {"engine/internal/conv"},
	"engine/internal/winograd":  {"engine/internal/conv"},
	"engine/internal/conv":      {"engine/gemm", "engine/internal/cut", "engine/internal/kernel", "engine/internal/spare"},
	"engine/internal/trial":     {"engine/internal/conv"},
	"engine/gemm":               {"engine/internal/cut", "engine/internal/kernel", "engine/internal/spare"},
	"engine/gemm/openblas":      {"engine/gemm"},
	"engine/internal/cut":       {"im2col"},
	"engine/internal/random":    nil,
	"engine/internal/spare":     nil,
	"engine/internal/work":      {"im2col", "engine/internal/spare"},
	"engine/data":               {"engine/internal/random"},
	"engine/data/cifar":         {"engine/data"},
	"engine/data/folder":        {"engine/data", "engine/data/picture"},
	"engine/data/idx":           {"engine/data"},
	"engine/data/mnist":         {"engine/data/idx", "engine/data/picture", "internal/wholefile"},
	"engine/data/picture":       nil,
	"im2col":                    nil,
	"naive":                     nil,
	"examples":                  {"engine/nn", "engine/data/mnist"},
	"internal/fence":            nil,
	"internal/golden":           nil,
	"internal/lint":             nil,
	"internal/needs":            nil,
	"internal/wholefile":        nil,
	"scripts":                   nil,

	"engine/internal/kernel": nil,
}

// testArrows is what tests may import beyond that, of every folder under "": the
// reference to compare with, OpenBLAS, what other programs computed, memory
// between protected pages, and what a machine may lack. The reference's own tests may not: it stands alone.
// Networks know no data set, but others have trained them on one.
var testArrows = map[string][]string{
	"":          {"naive", "engine/gemm/openblas", "engine/internal/trial", "internal/fence", "internal/golden", "internal/needs"},
	"engine/nn": {"engine/data/idx", "engine/data/mnist"},
}

// folderOf returns the folder of arrows that pkg belongs to.
func folderOf(pkg string) (string, bool) {
	for {
		if _, ok := arrows[pkg]; ok {
			return pkg, true
		}
		i := strings.LastIndexByte(pkg, '/')
		if i < 0 {
			return "", false
		}
		pkg = pkg[:i]
	}
}

// reachable returns the folders that the arrows lead to from a folder.
func reachable(folder string) []string {
	var to []string
	queue := arrows[folder]
	for len(queue) > 0 {
		next := queue[0]
		queue = queue[1:]
		if !slices.Contains(to, next) {
			to = append(to, next)
			queue = append(slices.Clone(queue), arrows[next]...)
		}
	}
	return to
}

func TestImportsFollowTheArrows(t *testing.T) {
	seen := map[string]bool{}
	for _, f := range sourceFiles(t) {
		folder, ok := folderOf(f.pkg)
		if !ok {
			t.Errorf("%s: no rule says what package %s may import", f.path, f.pkg)
			continue
		}
		seen[folder] = true
		allowed := reachable(folder)
		if f.test && folder != "naive" {
			allowed = append(append(allowed, testArrows[""]...), testArrows[folder]...)
		}
		for _, spec := range f.ast.Imports {
			path, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				t.Fatal(err)
			}
			pkg, ours := strings.CutPrefix(path, module+"/")
			if !ours || f.test && pkg == f.pkg {
				continue
			}
			to, _ := folderOf(pkg)
			if !slices.Contains(allowed, to) {
				t.Errorf("%s imports %s: want one of ours in %v", f.path, pkg, allowed)
			}
		}
	}
	if len(seen) < 4 {
		t.Errorf("looked at %d folders: the walk is wrong", len(seen))
	}
}

func TestArrowsHaveNoCircle(t *testing.T) {
	for folder := range arrows {
		if slices.Contains(reachable(folder), folder) {
			t.Errorf("the arrows lead from %s back to it", folder)
		}
	}
}
