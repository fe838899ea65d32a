package engine

import (
	"fmt"
	"math/rand/v2"
	"testing"
)

// Depthwise convolutions and their gradients to the data pixel by pixel, whether
// or not a plan would compute them so.
func TestDepthwisePixelByPixel(t *testing.T) {
	const n = 2
	r := rand.New(rand.NewPCG(43, 44))
	ran := 0
	for range 300 {
		g := randomGeometry(r)
		g.Groups = 2 + r.IntN(40)
		g.C, g.OC = g.Groups, g.Groups
		src, filter, bias := integers[float32](r, n*g.InputLen()), integers[float32](r, g.FilterLen()), integers[float32](r, g.OC)
		dDst := integers[float32](r, n*g.OutputLen())
		dst, dSrc := make([]float32, len(dDst)), make([]float32, len(src))
		for i := range dst {
			dst[i] = bias[i%g.OC]
		}
		reference(g, n, func(s, f, d int) {
			dst[d] += src[s] * filter[f]
			dSrc[s] += dDst[d] * filter[f]
		})
		for i, x := range dst {
			dst[i] = max(x, 0)
		}
		for _, isa := range ISAs() {
			o, err := newOptions([]Option{WithISA(isa), WithActivation(ReLU)})
			if err != nil {
				t.Fatal(err)
			}
			ops := newOps[float32](o, o.blas)
			run := func(what string, r *depthwisePixels, want, src, bias []float32) {
				got := guarded[float32](len(want))
				for part := range r.parts(n) {
					r.compute(part, n, got.data, src, filter, bias, nil)
				}
				got.check(t, fmt.Sprintf("%v on %v: %s", g, isa, what), want)
			}
			run("dst", newDepthwiseForward(&g, o, ops), dst, src, bias)
			if p := newPhases(g); p.count() > 0 {
				run("dSrc", newDepthwiseData(&p, o, ops), dSrc, dDst, nil)
				ran++
			}
		}
	}
	if ran < 200 {
		t.Errorf("%d gradients ran", ran)
	}
}

// A kernel whose tables of offsets would be large beside the tensors is
// depthwise still.
func TestDepthwiseWithoutTables(t *testing.T) {
	g := sameGeometry(t, 60, 60, 6, 59, 6)
	g.Groups = 6
	plan, err := NewConv2D[float32](g, WithAlgorithm(Direct))
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range []runner[float32]{plan.forward.many, plan.packed, plan.backward[0].many} {
		if _, ok := r.(*depthwisePixels); !ok {
			t.Errorf("computed by %v", r)
		}
	}
}
