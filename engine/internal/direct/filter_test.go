package direct

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/unslide/unslide/engine/gemm"
	"github.com/unslide/unslide/engine/internal/conv"
	"github.com/unslide/unslide/engine/internal/cut"
	"github.com/unslide/unslide/engine/internal/kernel"
	"github.com/unslide/unslide/engine/internal/trial"
	"github.com/unslide/unslide/im2col"
)

// configOf is what a plan for an instruction set says to the algorithm.
func configOf(set *kernel.Set) conv.Config[float32] {
	return conv.Config[float32]{Ops: conv.NewOps[float32](set, gemm.Default()), Set: set, Workers: 1}
}

// The blocks of a gradient to the filter may begin and end anywhere.
func TestFilterInBlocksOfAnyLines(t *testing.T) {
	for _, set := range kernel.Sets() {
		r := rand.New(rand.NewPCG(13, 14))
		ran := 0
		for i := range 400 {
			g := trial.RandomGeometry(r)
			if i%4 == 0 { // long rows
				g.W, g.KW, g.PadLeft, g.OW = 7, 20, 19, 13
			}
			n := 1 + r.IntN(3)
			if conv.Depthwise(&g) || g.Validate() != nil {
				continue
			}
			src, dDst := trial.Integers[float32](r, n*g.InputLen()), trial.Integers[float32](r, n*g.OutputLen())
			dFilter, dBias := make([]float32, g.FilterLen()), make([]float32, g.OC)
			for i, x := range dDst {
				dBias[i%g.OC] += x
			}
			trial.Reference(g, n, func(s, f, d int) { dFilter[f] += dDst[d] * src[s] })
			for lines := 1; lines <= 3; lines++ {
				f := newFilter(g, configOf(set))
				f.lines = lines
				f.packed = f.packed && lines*g.OW*f.tile.NR <= 1<<20
				gotFilter, gotBias := trial.Destination[float32](g.FilterLen()), trial.Destination[float32](g.OC)
				trial.RunGradient[float32](f, f.sums, n, gotFilter.Data, gotBias.Data, src, dDst)
				what := fmt.Sprintf("%d %v n=%d %v, %d lines: ", i, g, n, set, lines)
				gotFilter.Check(t, what+"dFilter", dFilter)
				gotBias.Check(t, what+"dBias", dBias)
				ran++
			}
		}
		if ran < 600 {
			t.Errorf("%v: %d cases ran", set, ran)
		}
	}
}

// The geometry for which engine tests shards without rows has some.
func TestSomeShardsHaveNoRows(t *testing.T) {
	const images = 5
	g, err := im2col.New(im2col.Input{H: 1, W: 1300, C: 1}, im2col.Filter{KH: 1, KW: 2, OC: 40}, im2col.Same())
	if err != nil {
		t.Fatal(err)
	}
	r := newFilter(g, configOf(kernel.Best()))
	if shards, _ := r.cut(images); cut.Ceil(images, shards)*(shards-1) < images || r.panels < 2 && kernel.Best().ISA != kernel.Portable {
		t.Fatalf("%d shards, none of them empty, of %d panels", shards, r.panels)
	}
}
