package depthwise

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/unslide/unslide/engine/internal/conv"
	"github.com/unslide/unslide/engine/internal/kernel"
	"github.com/unslide/unslide/engine/internal/trial"
)

// Depthwise convolutions and their gradients to the data pixel by pixel, whether
// or not a plan would compute them so.
func TestDepthwisePixelByPixel(t *testing.T) {
	const n = 2
	r := rand.New(rand.NewPCG(43, 44))
	ran := 0
	for range 300 {
		g := trial.RandomGeometry(r)
		g.Groups = 2 + r.IntN(40)
		g.C, g.OC = g.Groups, g.Groups
		src, filter, bias := trial.Integers[float32](r, n*g.InputLen()), trial.Integers[float32](r, g.FilterLen()), trial.Integers[float32](r, g.OC)
		dDst := trial.Integers[float32](r, n*g.OutputLen())
		dst, dSrc := make([]float32, len(dDst)), make([]float32, len(src))
		for i := range dst {
			dst[i] = bias[i%g.OC]
		}
		trial.Reference(g, n, func(s, f, d int) {
			dst[d] += src[s] * filter[f]
			dSrc[s] += dDst[d] * filter[f]
		})
		for i, x := range dst {
			dst[i] = max(x, 0)
		}
		for _, set := range kernel.Sets() {
			c := trial.ConfigOf(set)
			relu := c
			relu.Activation = kernel.ReLU
			run := func(what string, r conv.Runner[float32], want, src, bias []float32) {
				got := trial.Destination[float32](len(want))
				trial.Run(r, n, got.Data, src, filter, bias)
				got.Check(t, fmt.Sprintf("%v on %v: %s", g, set, what), want)
			}
			run("dst", newForward(&g, relu), dst, src, bias)
			if p := conv.NewPhases(g); p.Count() > 0 {
				run("dSrc", NewData(&p, c), dSrc, dDst, nil)
				ran++
			}
		}
	}
	if ran < 200 {
		t.Errorf("%d gradients ran", ran)
	}
}
