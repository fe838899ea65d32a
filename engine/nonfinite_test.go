package engine

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/unslide/unslide/engine/gemm"
	"github.com/unslide/unslide/engine/internal/trial"
	"github.com/unslide/unslide/im2col"
)

// mostlyZeros returns elements of which most are 0, as after a ReLU, and one in
// 50, at least one, is NaN or an infinity.
func mostlyZeros[T Float](r *rand.Rand, n int) []T {
	x := make([]T, n)
	for i := range x {
		x[i] = T(max(0, r.IntN(5)-2))
	}
	for range n/50 + 1 {
		x[r.IntN(n)] = T([]float64{math.NaN(), math.Inf(1), math.Inf(-1)}[r.IntN(3)])
	}
	return x
}

// sameOrNaN compares sums of integers, NaN and infinities with the definition's,
// which depend on no order.
func sameOrNaN[T Float](t *testing.T, what string, got, want []T) {
	t.Helper()
	for i, w := range want {
		if g := got[i]; g != w && (g == g || w == w) {
			t.Errorf("%s[%d] = %v, want %v", what, i, g, w)
			return
		}
	}
}

// What is not finite comes out as arithmetic has it, also where it meets a zero,
// on every backend and for any batch.
func TestNonFiniteValues(t *testing.T) {
	t.Run("float32", testNonFinite[float32])
	t.Run("float64", testNonFinite[float64])
}

func testNonFinite[T Float](t *testing.T) {
	in := func(h, w, c, k, oc int, opts ...im2col.Option) im2col.Geometry {
		g, err := im2col.New(im2col.Input{H: h, W: w, C: c}, im2col.Filter{KH: k, KW: k, OC: oc}, im2col.Valid(), opts...)
		if err != nil {
			t.Fatal(err)
		}
		return g
	}
	// Without padding: what meets that is nobody's promise.
	geometries := []im2col.Geometry{
		in(6, 7, 3, 3, 5), in(5, 5, 20, 1, 33), in(9, 9, 2, 3, 3, im2col.Stride(2, 2)),
		in(6, 6, 4, 2, 6, im2col.Groups(2)), in(6, 6, 17, 3, 17, im2col.Groups(17)), in(5, 5, 40, 3, 36),
	}
	ran := 0
	for way, opts := range everyWay() {
		for i, g := range geometries {
			plan, err := NewConv2D[T](g, opts...)
			if err != nil {
				t.Fatal(err)
			}
			if byWinograd(plan) {
				continue // its sums have elements of whole tiles
			}
			for n := 1; n <= 3; n++ {
				ran++
				t.Run(fmt.Sprintf("%s/%d/n=%d", way, i, n), func(t *testing.T) { checkNonFinite(t, plan, n) })
			}
		}
	}
	if ran == 0 {
		t.Error("no case ran")
	}
}

func checkNonFinite[T Float](t *testing.T, plan *Conv2D[T], n int) {
	g := plan.Geometry()
	r := rand.New(rand.NewPCG(uint64(n), 5))
	src, filter, dDst := mostlyZeros[T](r, n*g.InputLen()), mostlyZeros[T](r, g.FilterLen()), mostlyZeros[T](r, n*g.OutputLen())
	dst, dFilter := make([]T, len(dDst)), make([]T, len(filter))
	trial.Reference(g, n, func(s, f, d int) {
		dst[d] += src[s] * filter[f]
		dFilter[f] += dDst[d] * src[s]
	})
	got := make([]T, len(dst))
	plan.Forward(got, src, filter, nil)
	sameOrNaN(t, "dst", got, dst)
	plan.ForwardPacked(got, src, plan.Pack(filter), nil)
	sameOrNaN(t, "dst of the packed filter", got, dst)
	gotFilter := make([]T, len(filter))
	plan.BackwardFilter(gotFilter, nil, src, dDst)
	sameOrNaN(t, "dFilter", gotFilter, dFilter)

	// At the image's border the gradient to the data meets padding. A whole filter
	// or a whole gradient of NaN reaches all that has a gradient.
	nan, zero := make([]T, len(filter)), make([]T, len(dDst))
	for i := range nan {
		nan[i] = T(math.NaN())
	}
	read := make([]bool, len(src))
	trial.Reference(g, n, func(s, _, _ int) { read[s] = true })
	dSrc := make([]T, len(src))
	check := func(what string) {
		for i, x := range dSrc {
			if read[i] && x == x {
				t.Errorf("dSrc[%d] of %s = %v, want NaN", i, what, x)
				return
			}
		}
	}
	plan.BackwardData(dSrc, zero, nan)
	check("a filter of NaN")
	for i := range zero {
		zero[i] = T(math.NaN())
	}
	plan.BackwardData(dSrc, zero, make([]T, len(filter)))
	check("a gradient of NaN")
}

func TestDenseNonFiniteValues(t *testing.T) {
	t.Run("float32", testDenseNonFinite[float32])
	t.Run("float64", testDenseNonFinite[float64])
}

func testDenseNonFinite[T Float](t *testing.T) {
	everyBackend(t, func(t *testing.T, b gemm.Backend) {
		for _, opts := range [][]Option{{WithBLAS(b)}, {WithBLAS(b), WithAlgorithm(GEMM)}} {
			for n := 1; n <= 5; n++ {
				for _, size := range [][2]int{{7, 5}, {40, 70}, {300, 500}} {
					checkDenseNonFinite[T](t, n, size[0], size[1], opts)
				}
			}
		}
	})
}

func checkDenseNonFinite[T Float](t *testing.T, n, in, out int, opts []Option) {
	plan, err := NewDense[T](in, out, Shared(opts...), WithWorkers(2))
	if err != nil {
		t.Fatal(err)
	}
	r := rand.New(rand.NewPCG(uint64(n), uint64(in)))
	// One special value each, so that most results are finite.
	values := func(n int) []T {
		x := make([]T, n)
		for i := range x {
			x[i] = T(max(0, r.IntN(5)-2))
		}
		x[r.IntN(n)] = T([]float64{math.NaN(), math.Inf(1)}[r.IntN(2)])
		return x
	}
	src, weights, dPre := values(n*in), values(in*out), values(n*out)
	dst, dSrc, dWeights := make([]T, n*out), make([]T, n*in), make([]T, in*out)
	for i := range n {
		for j := range in {
			for k := range out {
				dst[i*out+k] += src[i*in+j] * weights[j*out+k]
				dSrc[i*in+j] += dPre[i*out+k] * weights[j*out+k]
				dWeights[j*out+k] += src[i*in+j] * dPre[i*out+k]
			}
		}
	}
	name := func(what string) string { return fmt.Sprintf("n=%d %d→%d %v: %s", n, in, out, plan, what) }
	got := make([]T, len(dst))
	plan.Forward(got, src, weights, nil)
	sameOrNaN(t, name("dst"), got, dst)
	gotSrc := make([]T, len(dSrc))
	plan.BackwardData(gotSrc, dPre, weights)
	sameOrNaN(t, name("dSrc"), gotSrc, dSrc)
	gotWeights := make([]T, len(dWeights))
	plan.BackwardWeights(gotWeights, nil, src, dPre)
	sameOrNaN(t, name("dWeights"), gotWeights, dWeights)

	for _, rate := range []T{0, 1} {
		stepped := append([]T(nil), weights...)
		want := append([]T(nil), weights...)
		for i, d := range dWeights {
			want[i] -= rate * d
		}
		plan.BackwardUpdate(gotSrc, stepped, nil, src, dPre, rate)
		sameOrNaN(t, name("dSrc of a step"), gotSrc, dSrc)
		sameOrNaN(t, name(fmt.Sprintf("weights after a step of rate %v", rate)), stepped, want)
	}
}
