package verify

import (
	"errors"
	"fmt"

	"github.com/unslide/unslide/im2col"
	"github.com/unslide/unslide/internal/golden"
)

// problem is a case that a path can be checked on.
type problem interface {
	// check runs the case on a path.
	check(p Path, workers int) (outcome, error)
	label() string
	// exact reports whether every sum is exact on a path, so that results are
	// equal.
	exact(p Path) bool
}

// readGolden reads a file of cases that another program computed and hands each
// to visit.
func readGolden(file string, visit func(problem) error) error {
	return golden.Cases(file, func(line int, c any) error {
		p, err := goldenProblem(fmt.Sprintf("line %d", line), c)
		if err != nil {
			return err
		}
		return visit(p)
	})
}

// goldenProblem makes a problem of a case as [golden.Parse] returns it.
func goldenProblem(name string, c any) (problem, error) {
	switch c := c.(type) {
	case golden.ArticleConv:
		return articleConv(name, &c)
	case golden.ArticlePool:
		return articlePool(name, &c)
	case golden.TensorFlowConv:
		return tensorflowConv(name, &c)
	case golden.TorchConv:
		return torchConv(name, &c)
	case golden.TorchTransposed:
		return torchTransposed(name, &c)
	case golden.TorchPool:
		return torchPool(name, &c)
	default:
		return nil, fmt.Errorf("verify: %T: want a kind of golden case", c)
	}
}

// lengths checks that each slice is as long as the geometry says, before
// anything is allocated by the geometry's word.
func lengths(pairs ...any) error {
	var errs []error
	for i := 0; i < len(pairs); i += 3 {
		name, x, want := pairs[i].(string), pairs[i+1].([]float64), pairs[i+2].(int)
		if len(x) != want {
			errs = append(errs, fmt.Errorf("%s: %d numbers: want %d", name, len(x), want))
		}
	}
	return errors.Join(errs...)
}

// plausible refuses geometries that would take memory or time out of all
// proportion to the case's own numbers: huge padding or dilation.
func plausible(n int, g *im2col.Geometry) error {
	rows, cols := (g.OH-1)*g.StrideH+(g.KH-1)*g.DilationH+1, (g.OW-1)*g.StrideW+(g.KW-1)*g.DilationW+1
	const side, elements = 1 << 10, 1 << 22
	if n < 1 || n > side || rows > side || cols > side || rows*cols > elements/max(g.C, g.OC) {
		return fmt.Errorf("%d images of %d channels padded to %d×%d, %d filters: want at least 1 image, at most %d of each and %d in all",
			n, g.C, rows, cols, g.OC, side, elements)
	}
	return nil
}
