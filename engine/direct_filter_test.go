package engine

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/unslide/unslide/engine/internal/trial"
	"github.com/unslide/unslide/im2col"
)

// checkFilterGradient compares a plan's gradient to filter and bias with the
// definition on small integers, where every sum is exact.
func checkFilterGradient(t *testing.T, r *rand.Rand, plan *Conv2D[float32], n int) {
	t.Helper()
	g := plan.Geometry()
	src, dDst := trial.Integers[float32](r, n*g.InputLen()), trial.Integers[float32](r, n*g.OutputLen())
	dFilter, dBias := make([]float32, g.FilterLen()), make([]float32, g.OC)
	for i, x := range dDst {
		dBias[i%g.OC] += x
	}
	trial.Reference(g, n, func(s, f, d int) { dFilter[f] += dDst[d] * src[s] })
	gotFilter, gotBias := trial.Destination[float32](g.FilterLen()), trial.Destination[float32](g.OC)
	plan.BackwardFilter(gotFilter.Data, gotBias.Data, src, dDst)
	gotFilter.Check(t, "dFilter", dFilter)
	gotBias.Check(t, "dBias", dBias)
	again := trial.Destination[float32](g.FilterLen())
	plan.BackwardFilter(again.Data, nil, src, dDst)
	again.Check(t, "dFilter without dBias", dFilter)
}

func TestDirectFilterEveryInstructionSet(t *testing.T) {
	for _, isa := range ISAs() {
		t.Run(string(isa), func(t *testing.T) {
			r := rand.New(rand.NewPCG(11, 12))
			for i := range 200 {
				g := trial.RandomGeometry(r)
				n := r.IntN(4)
				t.Run(fmt.Sprintf("%d %v n=%d", i, g, n), func(t *testing.T) {
					plan, err := NewConv2D[float32](g, WithAlgorithm(Direct), WithISA(isa), WithWorkers(1+i%3))
					if err != nil {
						t.Fatal(err)
					}
					checkFilterGradient(t, r, plan, n)
				})
			}
		})
	}
}

// Layers of several blocks, shards, slices, panels and tiles.
func TestDirectFilterCuts(t *testing.T) {
	size := func(h, w, c, kh, kw, oc int, p im2col.Padding, opts ...im2col.Option) im2col.Geometry {
		g, err := im2col.New(im2col.Input{H: h, W: w, C: c}, im2col.Filter{KH: kh, KW: kw, OC: oc}, p, opts...)
		if err != nil {
			t.Fatal(err)
		}
		return g
	}
	ran := map[bool]bool{} // with partial sums, without
	for name, c := range map[string]struct {
		n int
		g im2col.Geometry
	}{
		"many blocks":             {1, size(200, 40, 4, 3, 3, 17, im2col.Same())},
		"blocks across images":    {9, size(9, 11, 3, 3, 3, 40, im2col.Same(), im2col.Stride(2, 2))},
		"one column":              {3, size(50, 1, 20, 3, 1, 33, im2col.Same())},
		"several panels":          {2, size(10, 10, 30, 3, 3, 70, im2col.Same())},
		"slices":                  {3, size(7, 7, 60, 3, 3, 64, im2col.Same())},
		"strip, turned kernel":    {5, size(12, 12, 3, 4, 4, 8, im2col.Valid(), im2col.Flip())},
		"strip, groups":           {4, size(16, 16, 12, 3, 3, 36, im2col.Same(), im2col.Groups(3))},
		"depthwise":               {2, size(20, 20, 16, 3, 3, 16, im2col.Same(), im2col.Groups(16))},
		"depthwise, wide kernel":  {2, size(12, 11, 19, 5, 17, 19, im2col.Same(), im2col.Groups(19))},
		"depthwise, flipped":      {3, size(14, 13, 70, 3, 5, 70, im2col.Padded(2, 0, 5, 3), im2col.Groups(70), im2col.Stride(2, 3), im2col.Dilation(2, 2), im2col.Flip())},
		"dilated strip":           {2, size(20, 20, 5, 3, 3, 20, im2col.Same(), im2col.Dilation(2, 3))},
		"matrix product":          {4, size(14, 14, 50, 1, 1, 60, im2col.Valid())},
		"stride past the kernel":  {3, size(21, 23, 18, 2, 2, 9, im2col.Valid(), im2col.Stride(3, 4))},
		"padding past the kernel": {2, size(6, 6, 16, 3, 3, 8, im2col.Padded(5, 4, 3, 6))},
		"cut off":                 {2, size(12, 12, 16, 3, 3, 8, im2col.Padded(-2, -3, -1, -2))},
		"long rows":               {2, size(6, 30, 15, 3, 20, 9, im2col.Valid())},
		"long rows, padding":      {2, size(6, 7, 16, 5, 20, 9, im2col.Padded(4, 4, 19, 25), im2col.Stride(2, 3))},
		"long rows, flipped":      {3, size(6, 7, 16, 5, 20, 70, im2col.Padded(4, 3, 22, 19), im2col.Stride(2, 3), im2col.Flip())},
		"long rows, cut off":      {2, size(9, 40, 17, 4, 18, 8, im2col.Padded(-2, 3, -1, -2), im2col.Flip())},
		"long rows past padding":  {2, size(7, 7, 4, 30, 150, 4, im2col.Padded(29, 29, 149, 149), im2col.Stride(20, 60))},
	} {
		for _, isa := range ISAs() {
			if raceEnabled && isa != BestISA() {
				continue
			}
			t.Run(fmt.Sprintf("%s/%v", name, isa), func(t *testing.T) {
				r := rand.New(rand.NewPCG(13, 14))
				for workers := 1; workers <= 3; workers++ {
					plan, err := NewConv2D[float32](c.g, WithAlgorithm(Direct), WithISA(isa), WithWorkers(workers))
					if err != nil {
						t.Fatal(err)
					}
					if r := plan.filter.many; !by(r, "direct") && !by(r, "depthwise") {
						t.Fatalf("the plan computes %v", r)
					}
					ran[plan.filter.many.Shards(c.n) > 1] = true
					checkFilterGradient(t, r, plan, c.n)
				}
			})
		}
	}
	if !ran[true] || !ran[false] {
		t.Error("the layers do not cover both ways to cut a sum")
	}
}

// A shard that gets none of the output rows writes zeros for all of its filters.
func TestDirectFilterOfEmptyShards(t *testing.T) {
	const images = 5
	g, err := im2col.New(im2col.Input{H: 1, W: 1300, C: 1}, im2col.Filter{KH: 1, KW: 2, OC: 40}, im2col.Same())
	if err != nil {
		t.Fatal(err)
	}
	checkConv2D[float32](t, rand.New(rand.NewPCG(51, 52)), g, images, WithWorkers(2))
}
