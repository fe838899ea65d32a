package engine

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/unslide/unslide/engine/internal/conv"
	"github.com/unslide/unslide/engine/internal/cut"
	"github.com/unslide/unslide/engine/internal/direct"
	"github.com/unslide/unslide/engine/internal/kernel"
	"github.com/unslide/unslide/engine/internal/trial"
	"github.com/unslide/unslide/im2col"
)

// onPlanes returns a plan that computes the gradient to the data by
// its planes, whether that pays or not; nil where its planes would not fit.
func onPlanes(t testing.TB, g im2col.Geometry, isa kernel.ISA, workers int) *Conv2D[float32] {
	t.Helper()
	plan, err := NewConv2D[float32](g, WithISA(isa), WithWorkers(workers))
	if err != nil {
		t.Fatal(err)
	}
	r := direct.NewPlanes(g, conv.Config[float32]{Set: kernel.Find(isa)})
	if r == nil {
		return nil
	}
	plan.backward, plan.covered = []byBatch[conv.Runner[float32]]{{many: r}}, true
	return plan
}

// planesGeometries lead through every branch: runs of pixels inside a row and
// over several, kernel rows in one product and in several, one block and many,
// phases of rows and columns, some of them empty, rows and columns that no
// output reads, padding on any side and none.
func planesGeometries(t testing.TB) map[string]im2col.Geometry {
	m := map[string]im2col.Geometry{}
	add := func(name string, h, w, c, kh, kw, oc int, p im2col.Padding, opts ...im2col.Option) {
		g, err := im2col.New(im2col.Input{H: h, W: w, C: c}, im2col.Filter{KH: kh, KW: kw, OC: oc}, p, opts...)
		if err != nil {
			t.Fatal(err)
		}
		m[name] = g
	}
	add("rows", 70, 40, 3, 3, 3, 8, im2col.Same())
	add("rows_even", 70, 64, 1, 3, 3, 8, im2col.Same())
	add("narrow", 40, 9, 3, 3, 3, 17, im2col.Same())
	add("narrow_few_rows", 40, 9, 1, 3, 3, 17, im2col.Same())
	add("narrow_strided", 41, 23, 3, 5, 5, 6, im2col.Padded(2, 1, 0, 3), im2col.Stride(2, 2))
	add("stem", 61, 57, 3, 7, 7, 10, im2col.Padded(3, 3, 3, 3), im2col.Stride(2, 2))
	add("stem_flip", 61, 57, 3, 7, 7, 10, im2col.Padded(3, 3, 3, 3), im2col.Stride(2, 2), im2col.Flip())
	add("one_row", 5, 200, 1, 5, 20, 4, im2col.Valid(), im2col.Stride(2, 2))
	add("one_column", 300, 5, 2, 20, 5, 4, im2col.Valid(), im2col.Stride(3, 1))
	add("one_pixel", 5, 5, 4, 5, 5, 20, im2col.Valid())
	add("one_channel_strided_rows", 50, 33, 1, 3, 3, 9, im2col.Same(), im2col.Stride(3, 1))
	add("one_channel_strided_columns", 50, 33, 1, 3, 3, 9, im2col.Same(), im2col.Stride(1, 3))
	add("dilated", 50, 40, 2, 3, 3, 9, im2col.Same(), im2col.Dilation(3, 2))
	add("dilated_strided", 50, 40, 2, 3, 4, 9, im2col.Same(), im2col.Dilation(2, 3), im2col.Stride(4, 2))
	add("dilated_strided_alike", 50, 90, 2, 3, 3, 5, im2col.Same(), im2col.Dilation(2, 2), im2col.Stride(2, 2))
	add("stride_over_kernel", 31, 33, 5, 2, 2, 19, im2col.Valid(), im2col.Stride(3, 3))
	add("stride_over_image", 3, 4, 5, 2, 2, 19, im2col.Padded(9, 9, 9, 9), im2col.Stride(7, 7))
	add("all_padding", 2, 2, 2, 2, 2, 16, im2col.Padded(9, 9, 9, 9), im2col.Stride(3, 3))
	add("cropped", 60, 60, 5, 3, 3, 16, im2col.Padded(-7, -8, -9, -10))
	add("pointwise", 20, 20, 3, 1, 1, 40, im2col.Same())
	add("twelve", 20, 20, 12, 3, 3, 20, im2col.Same())
	add("far", 400, 301, 1, 2, 2, 9, im2col.Same())
	add("many_blocks", 500, 200, 6, 3, 3, 2, im2col.Same())
	return m
}

func TestPlanesAreExactOnIntegers(t *testing.T) {
	for name, g := range planesGeometries(t) {
		t.Run(name, func(t *testing.T) {
			for _, n := range []int{1, 5} {
				if n > 1 && (raceEnabled || float64(n)*g.FLOP() > 30e6) {
					n = 2
				}
				r := rand.New(rand.NewPCG(1, uint64(n)))
				filter, dDst := trial.Integers[float32](r, g.FilterLen()), trial.Integers[float32](r, n*g.OutputLen())
				want := make([]float32, n*g.InputLen())
				trial.Reference(g, n, func(s, f, d int) { want[s] += dDst[d] * filter[f] })
				for _, isa := range ISAs() {
					if raceEnabled && isa != BestISA() {
						continue
					}
					plan := onPlanes(t, g, isa, 2)
					if plan == nil {
						t.Fatal("the planes do not fit")
					}
					got := trial.Destination[float32](len(want))
					plan.BackwardData(got.Data, dDst, filter)
					got.Check(t, fmt.Sprintf("n=%d %v: dSrc", n, isa), want)
				}
			}
		})
	}
}

func TestPlanesOnRandomGeometries(t *testing.T) {
	if raceEnabled {
		t.Skip("slow, and the goroutines are the same")
	}
	r := rand.New(rand.NewPCG(3, 4))
	ran := 0
	for i := range 600 {
		g := trial.RandomGeometry(r)
		n := r.IntN(4)
		filter, dDst := trial.Integers[float32](r, g.FilterLen()), trial.Integers[float32](r, n*g.OutputLen())
		want := make([]float32, n*g.InputLen())
		trial.Reference(g, n, func(s, f, d int) { want[s] += dDst[d] * filter[f] })
		for _, isa := range ISAs() {
			if plan := onPlanes(t, g, isa, 1+i%3); plan != nil {
				ran++
				got := trial.Destination[float32](len(want))
				plan.BackwardData(got.Data, dDst, filter)
				got.Check(t, fmt.Sprintf("%d %v n=%d %v: dSrc", i, g, n, isa), want)
			}
		}
	}
	if ran < 400 {
		t.Errorf("%d cases ran", ran)
	}
}

// On real numbers an element of K terms is within γ_K of the sum of their
// absolute values: no order of adding them is worse.
func TestPlanesErrorBound(t *testing.T) {
	if raceEnabled {
		t.Skip("slow, and the goroutines are the same")
	}
	for name, g := range planesGeometries(t) {
		r := rand.New(rand.NewPCG(5, 6))
		filter, dDst := trial.Normals[float32](r, g.FilterLen()), trial.Normals[float32](r, g.OutputLen())
		want, abs, terms := make([]float64, g.InputLen()), make([]float64, g.InputLen()), make([]float64, g.InputLen())
		trial.Reference(g, 1, func(s, f, d int) {
			x := float64(dDst[d]) * float64(filter[f])
			want[s] += x
			abs[s] += math.Abs(x)
			terms[s]++
		})
		for _, isa := range ISAs() {
			got := make([]float32, len(want))
			onPlanes(t, g, isa, 2).BackwardData(got, dDst, filter)
			for i, x := range got {
				k := (terms[i] + float64(g.KW)) * 0x1p-24
				if bound := k / (1 - k) * abs[i]; !(math.Abs(float64(x)-want[i]) <= bound) {
					t.Fatalf("%s %v: dSrc[%d] = %v, want %v within %v", name, isa, i, x, want[i], bound)
				}
			}
		}
	}
}

// The bits of an element depend on no cut: not on the workers, not on the batch,
// whose size cuts the blocks, and not on the width of the tile where multiply
// and add are fused alike.
func TestPlanesBits(t *testing.T) {
	for name, g := range planesGeometries(t) {
		const n = 3
		r := rand.New(rand.NewPCG(7, 8))
		filter, dDst := trial.Normals[float32](r, g.FilterLen()), trial.Normals[float32](r, n*g.OutputLen())
		want := map[bool][]float32{}
		for _, isa := range ISAs() {
			if raceEnabled && isa != BestISA() {
				continue
			}
			for _, workers := range []int{1, 2, 3} {
				got := make([]float32, n*g.InputLen())
				plan := onPlanes(t, g, isa, workers)
				if workers == 2 { // the images one by one
					for i := range n {
						plan.BackwardData(got[i*g.InputLen():(i+1)*g.InputLen()], dDst[i*g.OutputLen():(i+1)*g.OutputLen()], filter)
					}
				} else {
					plan.BackwardData(got, dDst, filter)
				}
				fused := kernel.Find(isa).Fused
				if want[fused] == nil {
					want[fused] = got
				}
				sameBits(t, fmt.Sprintf("%s %v, %d workers: dSrc", name, isa, workers), got, want[fused])
			}
		}
	}
}

// A NaN in the output's gradient reaches the pixels under its window, and no
// other; one in the filter reaches every pixel that its element meets.
func TestPlanesNaN(t *testing.T) {
	if raceEnabled {
		t.Skip("slow, and the goroutines are the same")
	}
	nan := float32(math.NaN())
	for name, g := range planesGeometries(t) {
		r := rand.New(rand.NewPCG(9, 10))
		filter, dDst := trial.Integers[float32](r, g.FilterLen()), trial.Integers[float32](r, g.OutputLen())
		for what, x := range map[string][]float32{"dDst": dDst, "filter": filter} {
			at := r.IntN(len(x))
			old := x[at]
			x[at] = nan
			want := make([]float64, g.InputLen())
			trial.Reference(g, 1, func(s, f, d int) { want[s] += float64(dDst[d]) * float64(filter[f]) })
			for _, isa := range ISAs() {
				got := make([]float32, len(want))
				onPlanes(t, g, isa, 2).BackwardData(got, dDst, filter)
				for i, y := range got {
					if isNaN := y != y; isNaN != (want[i] != want[i]) || !isNaN && float64(y) != want[i] {
						t.Fatalf("%s %v, NaN in %s[%d]: dSrc[%d] = %v, want %v", name, isa, what, at, i, y, want[i])
					}
				}
			}
			x[at] = old
		}
	}
}

// Few channels are computed on planes where that pays, and planes that would not
// fit the cache are not made.
func TestPlanesChoice(t *testing.T) {
	if BestISA() == kernel.Portable {
		t.Skip("needs assembly")
	}
	for _, c := range []struct {
		h, w, c, k, oc int
		want           bool
	}{
		{224, 224, 3, 7, 64, cut.CacheShare >= 512<<10}, {28, 28, 1, 5, 32, true}, {28, 28, 1, 3, 5, true}, {14, 14, 6, 5, 16, true},
		{28, 28, 5, 3, 20, true}, {7, 7, 5, 3, 20, false}, {7, 7, 3, 5, 32, true}, {7, 7, 6, 5, 32, false},
		{14, 14, 6, 3, 16, false}, {56, 56, 3, 1, 64, false}, {56, 56, 64, 3, 64, false}, {4, 1 << 17, 1, 3, 16, false},
	} {
		g := trial.Same(t, c.h, c.w, c.c, c.k, c.oc)
		for _, opts := range [][]Option{nil, {WithAlgorithm(Direct)}, {WithAlgorithm(GEMM)}} {
			plan, err := NewConv2D[float32](g, opts...)
			if err != nil {
				t.Fatal(err)
			}
			is := strings.Contains(plan.backward[0].many.String(), "on its side")
			choice := plan.Choices()[PassData]
			if want := c.want && choice.Algorithm == Direct; is != want || is && opts == nil && choice.Why != whyNarrow {
				t.Errorf("%v, %v: on planes %v, want %v", plan, choice, is, want)
			}
		}
	}
}
