package depthwise

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/unslide/unslide/engine/gemm"
	"github.com/unslide/unslide/engine/internal/conv"
	"github.com/unslide/unslide/engine/internal/kernel"
	"github.com/unslide/unslide/engine/internal/trial"
)

// configOf is what a plan for an instruction set says to the algorithm.
func configOf(set *kernel.Set) conv.Config[float32] {
	return conv.Config[float32]{Ops: conv.NewOps[float32](set, gemm.Default()), Set: set, Workers: 1}
}

// The blocks of a gradient to the filter may begin and end anywhere.
func TestFilterInBlocksOfAnyLines(t *testing.T) {
	for _, set := range kernel.Sets() {
		r := rand.New(rand.NewPCG(13, 14))
		for i := range 300 {
			g := trial.RandomGeometry(r)
			g.Groups = 2 + r.IntN(40)
			g.C, g.OC = g.Groups, g.Groups
			n := 1 + r.IntN(3)
			src, dDst := trial.Integers[float32](r, n*g.InputLen()), trial.Integers[float32](r, n*g.OutputLen())
			dFilter, dBias := make([]float32, g.FilterLen()), make([]float32, g.OC)
			for i, x := range dDst {
				dBias[i%g.OC] += x
			}
			trial.Reference(g, n, func(s, f, d int) { dFilter[f] += dDst[d] * src[s] })
			for lines := 1; lines <= 3; lines++ {
				f := NewFilter(g, configOf(set)).(*gradient)
				f.lines = lines
				gotFilter, gotBias := trial.Destination[float32](g.FilterLen()), trial.Destination[float32](g.OC)
				trial.RunGradient[float32](f, f.sums, n, gotFilter.Data, gotBias.Data, src, dDst)
				what := fmt.Sprintf("%d %v n=%d %v, %d lines: ", i, g, n, set, lines)
				gotFilter.Check(t, what+"dFilter", dFilter)
				gotBias.Check(t, what+"dBias", dBias)
			}
		}
	}
}
