package bench

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/unslide/unslide/engine"
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

// exact reports whether integer sums are exact on the path: not where an
// algorithm transforms the data by fractions.
func (p Path) exact() bool { return p.Algorithm != engine.Winograd }

// bound is the error allowed in sums of terms products, whose absolute values
// sum to size: γ of the terms (k·ε/(1−kε) ≈ k·ε), and a few roundings more for
// the data, which were rounded to the path's precision, and the activation.
// Winograd mixes the terms of neighbouring elements: there an element may be off
// by 24 roundings of the largest sum of absolute values, as its tests allow.
func (p Path) bound(terms int, size []float64) bound {
	const more = 12
	if p.Algorithm == engine.Winograd && len(size) > 0 {
		largest := float64(max(terms+more, 24)) * slices.Max(size)
		return func(int) float64 { return largest + more }
	}
	return func(i int) float64 {
		if size == nil {
			return float64(terms + more)
		}
		return float64(terms+more)*size[i] + more
	}
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
