package verify

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/unslide/unslide/engine"
	"github.com/unslide/unslide/im2col"
)

// epsilon is the largest relative error of rounding to a precision.
func epsilon(bits int) float64 {
	if bits == 32 {
		return 1.0 / (1 << 24)
	}
	return 1.0 / (1 << 53)
}

// A bound says how large the error of element i may be, in units of epsilon.
type bound func(i int) float64

// rounds reports whether the path may compute a pass from data transformed by
// fractions, so that even sums of integers are rounded: Winograd's algorithm,
// which is for float32, 3×3 kernels and stride 1. The gradient to the data of a
// larger kernel with a stride is made of such convolutions too, one for each
// phase.
func (p Path) rounds(g *im2col.Geometry, pass engine.Pass) bool {
	if p.Algorithm != engine.Winograd || p.Bits != 32 || g.Groups > 1 {
		return false
	}
	if pass == engine.PassData {
		return g.KH >= 3 && g.KW >= 3
	}
	return g.KH == 3 && g.KW == 3 && g.StrideH == 1 && g.StrideW == 1 && g.DilationH == 1 && g.DilationW == 1
}

// more is how many roundings a bound allows besides those of the sum: of the
// data to the path's precision, and of the activation.
const more = 12

// bound is the error allowed in sums of terms products, whose absolute values
// sum to size: γ of the terms, k·ε/(1−kε) ≈ k·ε, and a few roundings more.
func (p Path) bound(terms int, size []float64) bound {
	return func(i int) float64 {
		if size == nil {
			return float64(terms + more)
		}
		return float64(terms+more)*size[i] + more
	}
}

// boundOf is bound where the path may round elsewhere: then each element may be
// off by 24 roundings of the largest size, as [engine.Winograd] promises.
func (p Path) boundOf(g *im2col.Geometry, pass engine.Pass, terms int, size []float64) bound {
	if !p.rounds(g, pass) {
		return p.bound(terms, size)
	}
	largest := (24+more)*slices.Max(size) + more
	return func(int) float64 { return largest }
}

// comparison collects how what a path computed differs from what is right.
type comparison struct {
	eps    float64
	exact  bool
	worst  float64
	faults []error
}

func (c *comparison) fault(format string, args ...any) {
	c.faults = append(c.faults, fmt.Errorf(format, args...))
}

func (c *comparison) err() error { return errors.Join(c.faults...) }

// compare checks each element: equal where the case is exact, else within its
// bound. Of several wrong elements it names the first and counts the rest.
func compare[T engine.Float](c *comparison, what string, got guarded[T], want []float64, b bound) {
	if !got.intact() {
		c.fault("%s: written outside the slice", what)
	}
	wrong, first := 0, -1
	for i, v := range got.data {
		diff, allowed := math.Abs(float64(v)-want[i]), 0.0
		if !c.exact {
			allowed = c.eps * b(i)
			c.worst = worse(c.worst, diff/allowed)
		} else {
			c.worst = worse(c.worst, diff)
		}
		if !(diff <= allowed) {
			if wrong++; first < 0 {
				first = i
			}
		}
	}
	if wrong > 0 {
		c.fault("%s[%d] = %v: want %v; %d of %d wrong", what, first, got.data[first], want[first], wrong, len(want))
	}
}

// worse returns the larger error; NaN is the worst.
func worse(a, b float64) float64 {
	if b > a || math.IsNaN(b) {
		return b
	}
	return a
}

func convert[T engine.Float](x []float64) []T {
	y := make([]T, len(x))
	for i, v := range x {
		y[i] = T(v)
	}
	return y
}
