package trial

import (
	"math/rand/v2"
	"testing"

	"github.com/unslide/unslide/engine/internal/conv"
	"github.com/unslide/unslide/im2col"
)

// A FilterCase is a gradient to the filter on small integers, and what the
// definition says of it.
type FilterCase struct {
	n              int
	src, dDst      []float32
	dFilter, dBias []float32
}

// NewFilterCase draws the case of a geometry for n images.
func NewFilterCase(r *rand.Rand, g im2col.Geometry, n int) FilterCase {
	c := FilterCase{
		n: n, src: Integers[float32](r, n*g.InputLen()), dDst: Integers[float32](r, n*g.OutputLen()),
		dFilter: make([]float32, g.FilterLen()), dBias: make([]float32, g.OC),
	}
	for i, x := range c.dDst {
		c.dBias[i%g.OC] += x
	}
	Reference(g, n, func(s, f, d int) { c.dFilter[f] += c.dDst[d] * c.src[s] })
	return c
}

// Check compares what a runner computes with the definition, exactly.
func (c *FilterCase) Check(t *testing.T, what string, r conv.Gradient[float32], sums conv.Sums[float32]) {
	t.Helper()
	dFilter, dBias := Destination[float32](len(c.dFilter)), Destination[float32](len(c.dBias))
	RunGradient(r, sums, c.n, dFilter.Data, dBias.Data, c.src, c.dDst)
	dFilter.Check(t, what+": dFilter", c.dFilter)
	dBias.Check(t, what+": dBias", c.dBias)
}
