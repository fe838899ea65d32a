package engine

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/unslide/unslide/engine/internal/trial"
	"github.com/unslide/unslide/im2col"
)

// Weights that are not finite reach every output at which they meet the image,
// and elements of the image that are not finite every output that reads them,
// through a weight of zero too.
func TestDirectKeepsNaN(t *testing.T) {
	for name, g := range map[string]im2col.Geometry{
		"images": trial.Same(t, 5, 6, 20, 5, 18),
		"rows":   trial.Same(t, 30, 31, 16, 3, 32),
		"strip":  trial.Same(t, 9, 9, 3, 3, 8),
	} {
		const n = 3
		nan := float32(math.NaN())
		for _, isa := range ISAs() {
			if raceEnabled && isa != BestISA() {
				continue
			}
			plan, err := NewConv2D[float32](g, WithAlgorithm(Direct), WithISA(isa))
			if err != nil {
				t.Fatal(err)
			}
			r := rand.New(rand.NewPCG(17, 18))
			src, filter := make([]float32, n*g.InputLen()), make([]float32, g.FilterLen())
			for _, poisoned := range []*[]float32{&src, &filter} {
				clear(src)
				clear(filter)
				at := r.IntN(len(*poisoned))
				(*poisoned)[at] = nan
				dst := make([]float32, n*g.OutputLen())
				plan.Forward(dst, src, filter, nil)
				trial.Reference(g, n, func(s, f, d int) {
					if (poisoned == &src && s == at || poisoned == &filter && f == at) && dst[d] == dst[d] {
						t.Fatalf("%s on %v: dst[%d] = %v, but it meets NaN", name, isa, d, dst[d])
					}
				})
			}
		}
	}
}
