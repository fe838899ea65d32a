package engine

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/unslide/unslide/engine/internal/trial"
	"github.com/unslide/unslide/im2col"
)

// What Winograd promises holds for values of any size, where zeros of a filter
// leave the large ones out of every sum, too.
func TestWinogradErrorBoundOfUnevenValues(t *testing.T) {
	r := rand.New(rand.NewPCG(27, 28))
	uneven := func(n, of int, zeros float64) []float32 {
		x := trial.Normals[float32](r, n)
		for i := range x {
			if r.Float64() < 0.02 {
				x[i] *= 1e6
			}
		}
		for k := 0; k < n; k += of {
			if r.Float64() < zeros {
				clear(x[k : k+of])
			}
		}
		return x
	}
	worst := 0.
	for range 40 {
		g, err := im2col.New(im2col.Input{H: 4 + r.IntN(10), W: 4 + r.IntN(10), C: 1 + r.IntN(32)},
			im2col.Filter{KH: 3, KW: 3, OC: 1 + r.IntN(32)}, im2col.Same())
		if err != nil {
			t.Fatal(err)
		}
		plan, err := NewConv2D[float32](g, WithAlgorithm(Winograd))
		if err != nil {
			t.Fatal(err)
		}
		src, filter, dPre := uneven(g.InputLen(), g.C, 0.3), uneven(g.FilterLen(), g.C*g.OC, 0.7), uneven(g.OutputLen(), g.OC, 0.3)
		dst, dSrc, dFilter := make([]float64, len(dPre)), make([]float64, len(src)), make([]float64, len(filter))
		trial.Reference(g, 1, func(s, f, d int) {
			dst[d] += float64(src[s]) * float64(filter[f])
			dSrc[s] += float64(dPre[d]) * float64(filter[f])
			dFilter[f] += float64(src[s]) * float64(dPre[d])
		})
		// The largest of each column of a matrix.
		largest := func(x []float32, cols int) []float64 {
			m := make([]float64, cols)
			for i, v := range x {
				m[i%cols] = max(m[i%cols], math.Abs(float64(v)))
			}
			return m
		}
		ofSrc, ofFilter, ofDst := largest(src, g.C), largest(filter, g.C*g.OC), largest(dPre, g.OC)
		sumDst, sumSrc := make([]float64, g.OC), make([]float64, g.C)
		for i, f := range ofFilter {
			sumDst[i%g.OC] += 9 * ofSrc[i/g.OC] * f
			sumSrc[i/g.OC] += 9 * ofDst[i%g.OC] * f
		}
		check := func(what string, got []float32, want []float64, sum func(i int) float64) {
			for i, x := range got {
				diff, unit := math.Abs(float64(x)-want[i]), 0x1p-24*sum(i)
				if !(diff <= winogradBound*unit) {
					t.Fatalf("%v: %s[%d] = %v, want %v ± %g", g, what, i, x, want[i], winogradBound*unit)
				}
				if unit > 0 {
					worst = max(worst, diff/unit)
				}
			}
		}
		gotDst, gotSrc, gotFilter := make([]float32, len(dPre)), make([]float32, len(src)), make([]float32, len(filter))
		plan.Forward(gotDst, src, filter, nil)
		check("dst", gotDst, dst, func(i int) float64 { return sumDst[i%g.OC] })
		plan.BackwardData(gotSrc, dPre, filter)
		check("dSrc", gotSrc, dSrc, func(i int) float64 { return sumSrc[i%g.C] })
		plan.BackwardFilter(gotFilter, nil, src, dPre)
		check("dFilter", gotFilter, dFilter, func(i int) float64 {
			return float64(g.Rows()) * ofSrc[i/g.OC%g.C] * ofDst[i%g.OC]
		})
	}
	t.Logf("largest error %.1f·ε·S", worst)
	if worst == 0 {
		t.Error("nothing was compared")
	}
}

// The gradient to the filter keeps what Winograd promises however few terms its
// sums have: by Direct, where the rounding errors of a tile would be too many.
func TestWinogradErrorBoundOfFewOutputs(t *testing.T) {
	if raceEnabled {
		t.Skip("slow, and the goroutines are the same")
	}
	r := rand.New(rand.NewPCG(35, 36))
	fast := 0
	for oh := 1; oh <= 3; oh++ {
		for ow := 1; ow <= 3; ow++ {
			g, err := im2col.New(im2col.Input{H: oh + 3, W: ow + 3, C: 64}, im2col.Filter{KH: 3, KW: 3, OC: 128}, im2col.Padded(0, -1, 0, -1))
			if err != nil {
				t.Fatal(err)
			}
			plan, err := NewConv2D[float32](g, WithAlgorithm(Winograd))
			if err != nil {
				t.Fatal(err)
			}
			if plan.choices[PassFilter].Algorithm == Winograd {
				fast++
			}
			for range 10 {
				d := define(r, g, 1, reals)
				got := trial.Destination[float32](len(d.filter))
				plan.BackwardFilter(got.Data, nil, trial.Source[float32](d.src).Data, trial.Source[float32](d.dDst).Data)
				finite := func(int) bool { return false }
				if err := compared(got, &d.dFilter, reals, true, finite); err != nil {
					t.Fatalf("%v: dFilter%v", g, err)
				}
			}
		}
	}
	if fast == 0 {
		t.Error("no gradient by Winograd")
	}
}

// What Winograd computes on the way overflows no sooner than it says.
func TestWinogradOverflowsNoSooner(t *testing.T) {
	const c, size, n = 8, 9, 0x1p120
	g := trial.Same(t, size, size, c, 3, c)
	r := rand.New(rand.NewPCG(33, 34))
	signs := func(n int, large float32) []float32 {
		x := make([]float32, n)
		for i := range x {
			x[i] = large * float32(1-2*r.IntN(2))
		}
		return x
	}
	plan, err := NewConv2D[float32](g, WithAlgorithm(Winograd))
	if err != nil {
		t.Fatal(err)
	}
	for range 50 {
		src, filter := signs(g.InputLen(), n), signs(g.FilterLen(), 1./(9*c))
		dPre, small := signs(g.OutputLen(), n), signs(g.OutputLen(), 1./(size*size))
		results := map[string][]float32{"dst": make([]float32, len(dPre)), "dSrc": make([]float32, len(src)), "dFilter": make([]float32, len(filter))}
		plan.Forward(results["dst"], src, filter, nil)
		plan.BackwardData(results["dSrc"], dPre, filter)
		plan.BackwardFilter(results["dFilter"], nil, src, small)
		for what, x := range results {
			for i, v := range x {
				if !(math.Abs(float64(v)) <= n*(1+winogradBound*0x1p-24)) {
					t.Fatalf("%s[%d] = %v, want at most %v", what, i, v, n)
				}
			}
		}
	}
}
