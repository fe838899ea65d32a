package engine

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/unslide/unslide/engine/internal/trial"
	"github.com/unslide/unslide/im2col"
	"github.com/unslide/unslide/internal/golden"
)

// near fails the test unless every element is within bound of what is wanted, as a
// share of scale, and nothing was written outside.
func near[T Float](t *testing.T, what string, got trial.Guarded[T], want []float64, bound, scale float64) {
	t.Helper()
	for i, w := range want {
		if !(math.Abs(float64(got.Data[i])-w) <= bound*max(scale, math.Abs(w))) {
			t.Fatalf("%s[%d] = %v, want %v", what, i, got.Data[i], w)
		}
	}
	if err := got.Outside(); err != nil {
		t.Fatalf("%s: %v", what, err)
	}
}

// epsilon is half the distance from 1 to the next number.
func epsilon[T Float]() float64 {
	if _, single := any(*new(T)).(float32); single {
		return 0x1p-24
	}
	return 0x1p-53
}

func converted[T Float](x []float64) []T {
	y := make([]T, len(x))
	for i := range x {
		y[i] = T(x[i])
	}
	return y
}

// averages is the definition: the means, and the gradients to the data. counted,
// unless it is nil, is the padding that counts below and at the right.
func averages(g im2col.Geometry, n int, counted *[2]int, src, dDst []float64) (dst, dSrc []float64) {
	dst, dSrc = make([]float64, n*g.OutputLen()), make([]float64, n*g.InputLen())
	count := make([]float64, g.OH*g.OW)
	for o := range count {
		for kh := range g.KH {
			for kw := range g.KW {
				h, w := o/g.OW*g.StrideH-g.PadTop+g.TapRow(kh), o%g.OW*g.StrideW-g.PadLeft+g.TapCol(kw)
				inside := h >= 0 && h < g.H && w >= 0 && w < g.W
				if counted != nil {
					inside = inside || h < g.H+counted[0] && w < g.W+counted[1]
				}
				if inside {
					count[o]++
				}
			}
		}
	}
	trial.Reference(g, n, func(s, _, d int) {
		share := 1 / count[d%g.OutputLen()/g.C]
		dst[d] += src[s] * share
		dSrc[s] += dDst[d] * share
	})
	return dst, dSrc
}

func checkAveragePool2D[T Float](t *testing.T, g im2col.Geometry, n int, counted *[2]int, src, dDst, dst, dSrc []float64) {
	t.Helper()
	for _, isa := range ISAs() {
		opts := []Option{WithISA(isa), WithWorkers(1 + n%3)}
		if counted != nil {
			opts = append(opts, WithPaddingCounted(counted[0], counted[1]))
		}
		p, err := NewAveragePool2D[T](g, opts...)
		if err != nil {
			t.Fatal(err)
		}
		gotDst, gotSrc := trial.Destination[T](len(dst)), trial.Destination[T](len(dSrc))
		p.Forward(gotDst.Data, converted[T](src))
		p.Backward(gotSrc.Data, converted[T](dDst))
		// Integers are summed exactly; what is rounded are the shares.
		bound := 8 * epsilon[T]() * float64(g.Taps())
		near(t, fmt.Sprintf("%v: dst", isa), gotDst, dst, bound, 4)
		near(t, fmt.Sprintf("%v: dSrc", isa), gotSrc, dSrc, bound, 4)
	}
}

func TestAveragePool2D(t *testing.T) {
	t.Run("float32", testAveragePool2D[float32])
	t.Run("float64", testAveragePool2D[float64])
}

func testAveragePool2D[T Float](t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	integers := func(n int) []float64 { return trial.Integers[float64](r, n) }
	check := func(g im2col.Geometry, n int, counted *[2]int) {
		t.Helper()
		src, dDst := integers(n*g.InputLen()), integers(n*g.OutputLen())
		dst, dSrc := averages(g, n, counted, src, dDst)
		checkAveragePool2D[T](t, g, n, counted, src, dDst, dst, dSrc)
	}
	ran := 0
	for ran < 200 {
		opts := []im2col.Option{im2col.Stride(1+r.IntN(3), 1+r.IntN(3)), im2col.Dilation(1+r.IntN(2), 1+r.IntN(2))}
		if r.IntN(2) == 0 {
			opts = append(opts, im2col.Flip())
		}
		pad := [4]int{r.IntN(3), r.IntN(3), r.IntN(3), r.IntN(3)}
		rule := im2col.Padded
		if r.IntN(2) == 0 {
			rule = im2col.PaddedCeil
		}
		g, err := im2col.NewPool(im2col.Input{H: 1 + r.IntN(12), W: 1 + r.IntN(12), C: 1 + r.IntN(40)},
			1+r.IntN(4), 1+r.IntN(4), rule(pad[0], pad[1], pad[2], pad[3]), opts...)
		if err != nil || g.Vertical().FirstOutside() >= 0 || g.Horizontal().FirstOutside() >= 0 {
			continue
		}
		ran++
		check(g, r.IntN(4), [...]*[2]int{nil, {pad[1], pad[3]}}[r.IntN(2)])
	}
	for _, c := range []struct {
		h, w, c, kh, kw int
		p               im2col.Padding
		n               int
	}{
		{7, 7, 20, 7, 7, im2col.Valid(), 5},           // global
		{90, 70, 7, 90, 70, im2col.Valid(), 3},        // in chunks
		{50, 30, 40, 50, 30, im2col.Valid(), 18},      // of more images than are summed at a time
		{7, 5, 3, 9, 9, im2col.Padded(1, 1, 2, 2), 2}, // and beyond
		{3, 40, 5, 3, 50, im2col.Padded(1, 0, 20, 20), 2},
	} {
		g, err := im2col.NewPool(im2col.Input{H: c.h, W: c.w, C: c.c}, c.kh, c.kw, c.p)
		if err != nil {
			t.Fatal(err)
		}
		check(g, c.n, nil)
		check(g, c.n, &[2]int{g.PadBottom(), g.PadRight()})
	}
}

// A window of any size takes no longer than the tensors.
func TestAveragePool2DFarPadding(t *testing.T) {
	for _, g := range []im2col.Geometry{
		{H: 12, W: 1, KH: far, KW: 1, OH: 2, OW: 1, PadTop: far / 2},
		{H: 1, W: 12, KH: 1, KW: far, OH: 1, OW: 2, PadLeft: far / 3},
	} {
		g.C, g.OC, g.Groups, g.StrideH, g.StrideW, g.DilationH, g.DilationW = 1, 1, 1, 1, 1, 1, 1
		p, err := NewAveragePool2D[float64](g)
		if err != nil {
			t.Fatal(err)
		}
		src, dDst := []float64{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}, []float64{3, 1}
		dst, dSrc := trial.Destination[float64](2), trial.Destination[float64](12)
		p.Forward(dst.Data, src)
		p.Backward(dSrc.Data, dDst)
		near(t, "dst", dst, []float64{6.5, 6.5}, 1e-15, 1)
		third := 1. / 3
		near(t, "dSrc", dSrc, slices.Repeat([]float64{third}, 12), 1e-15, 1)
	}
}

// What PyTorch computes, padding counted or not, outputs rounded down or up.
func TestAveragePool2DGolden(t *testing.T) {
	for _, a := range goldenPlans(t, "averagepool") {
		rule := im2col.Padded
		if a.CeilMode {
			rule = im2col.PaddedCeil
		}
		g, err := im2col.NewPool(im2col.Input{H: a.H, W: a.W, C: a.C}, a.KH, a.KW, rule(a.Pad[0], a.Pad[0], a.Pad[1], a.Pad[1]), im2col.Stride(a.Stride[0], a.Stride[1]))
		if err != nil {
			t.Fatal(err)
		}
		if g.OH != a.OutH || g.OW != a.OutW {
			t.Fatalf("%v: want %d×%d outputs", g, a.OutH, a.OutW)
		}
		var counted *[2]int
		if a.CountIncludePad {
			counted = &a.Pad
		}
		checkAveragePool2D[float32](t, g, a.N, counted, a.X, a.DY, a.Y, a.DX)
		checkAveragePool2D[float64](t, g, a.N, counted, a.X, a.DY, a.Y, a.DX)
	}
}

// goldenPlans returns what PyTorch says of a plan.
func goldenPlans(t *testing.T, plan string) []golden.Plan {
	t.Helper()
	cases, err := golden.Plans("../internal/golden/testdata/plans_torch.jsonl.gz", plan)
	if err != nil {
		t.Fatal(err)
	}
	return cases
}

func TestAveragePool2DFaults(t *testing.T) {
	g, err := im2col.NewPool(im2col.Input{H: 3, W: 3, C: 2}, 2, 2, im2col.Padded(2, 0, 0, 0))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := NewAveragePool2D[float32](g); err == nil {
		t.Error("a window in the padding was accepted")
	}
	g.PadTop = 1
	if _, err := NewAveragePool2D[float32](g, WithPaddingCounted(-1, 0)); err == nil {
		t.Error("negative padding was counted")
	}
	g.OC = 4
	if _, err := NewAveragePool2D[float32](g); err == nil {
		t.Error("a geometry that mixes channels was accepted")
	}
}
