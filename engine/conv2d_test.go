package engine

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/unslide/unslide/engine/gemm"
	"github.com/unslide/unslide/engine/internal/conv"
	"github.com/unslide/unslide/engine/internal/trial"
	"github.com/unslide/unslide/im2col"
)

func TestConv2DRandomGeometries(t *testing.T) {
	t.Run("float32", testConv2DRandom[float32])
	t.Run("float64", testConv2DRandom[float64])
}

// everyWay returns the options for every way to compute a convolution: each
// algorithm on each BLAS of this build and on each instruction set of this
// machine.
func everyWay() map[string][]Option {
	ways := map[string][]Option{}
	for a := range numAlgorithms {
		for _, isa := range ISAs() {
			if raceEnabled && (isa != BestISA() || a == Depthwise) { // Direct for most geometries
				continue // slow, and goroutines are the same
			}
			ways[fmt.Sprintf("%v on %v", a, isa)] = []Option{WithAlgorithm(a), WithISA(isa)}
		}
	}
	for _, b := range gemm.Backends() {
		ways["gemm by "+b.Info().Name] = []Option{WithAlgorithm(GEMM), WithBLAS(b)}
	}
	return ways
}

// everyBackend runs a test on each BLAS of this build.
func everyBackend(t *testing.T, test func(*testing.T, gemm.Backend)) {
	for _, b := range gemm.Backends() {
		t.Run(b.Info().Name, func(t *testing.T) { test(t, b) })
	}
}

// Geometries with enough channels, filters or pixels to be cut: in slices of
// the depth, columns and rows.
func cutGeometries(t testing.TB) map[string]im2col.Geometry {
	make := func(h, w, c, k, oc int, opts ...im2col.Option) im2col.Geometry {
		g, err := im2col.New(im2col.Input{H: h, W: w, C: c}, im2col.Filter{KH: k, KW: k, OC: oc}, im2col.Same(), opts...)
		if err != nil {
			t.Fatal(err)
		}
		return g
	}
	return map[string]im2col.Geometry{
		"slices_of_taps":           make(9, 9, 96, 3, 40),
		"slices_of_channels":       make(6, 5, 512, 3, 33),
		"slices_of_odd_channels":   make(5, 5, 3*211, 2, 17),
		"channels_without_divisor": make(4, 4, 1009, 2, 5),
		"slices_of_groups":         make(5, 5, 1024, 3, 34, im2col.Groups(2)),
		"gradient_of_many_filters": make(5, 6, 18, 3, 512),
		"gradient_of_grouped":      make(4, 6, 36, 2, 1040, im2col.Groups(2)),
		"gradient_in_phases":       make(9, 9, 20, 3, 512, im2col.Stride(2, 2)),
		"pointwise_many_channels":  make(7, 7, 1024, 1, 70),
		"pointwise_stride2":        make(9, 9, 640, 1, 40, im2col.Stride(2, 2)),
		"pointwise_many_filters":   make(7, 7, 64, 1, 515),
		"flipped_dilated_many":     make(8, 8, 480, 2, 24, im2col.Flip(), im2col.Dilation(2, 1)),
		"many_rows":                make(60, 61, 8, 3, 12),
		"many_groups":              make(20, 20, 96, 3, 192, im2col.Groups(48)),
		"wide_rows_few_filters":    make(20, 21, 3, 13, 2),
	}
}

func TestConv2DCuts(t *testing.T) {
	for name, g := range cutGeometries(t) {
		t.Run(name, func(t *testing.T) {
			for i, n := range []int{3, 1} {
				if raceEnabled && i > 0 {
					break // slow
				}
				r := rand.New(rand.NewPCG(11, uint64(n)))
				checkConv2D[float32](t, r, g, n, WithWorkers(3-2*i))
			}
		})
	}
}

func testConv2DRandom[T Float](t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for i := range 400 {
		g := trial.RandomGeometry(r)
		n := r.IntN(4)
		t.Run(fmt.Sprintf("%d %v n=%d", i, g, n), func(t *testing.T) {
			checkConv2D[T](t, r, g, n, WithWorkers(1+i%3))
		})
	}
}

// byWinograd reports whether a plan computes any product by Winograd.
func byWinograd[T Float](plan *Conv2D[T]) bool {
	for _, r := range append([]byBatch[conv.Runner[T]]{plan.forward, {many: plan.packed}}, plan.backward...) {
		if by(r.many, "winograd") {
			return true
		}
	}
	return false
}

// checkConv2D compares all passes of a plan, computed in every way, with the
// definition, exactly.
func checkConv2D[T Float](t *testing.T, r *rand.Rand, g im2col.Geometry, n int, opts ...Option) {
	t.Helper()
	src, filter, bias := trial.Integers[T](r, n*g.InputLen()), trial.Integers[T](r, g.FilterLen()), trial.Integers[T](r, g.OC)
	dDst := trial.Integers[T](r, n*g.OutputLen())
	dst, dSrc := make([]T, len(dDst)), make([]T, len(src))
	dFilter, dBias := make([]T, len(filter)), make([]T, len(bias))
	for i := range dst {
		dst[i] = bias[i%g.OC]
		dBias[i%g.OC] += dDst[i]
	}
	trial.Reference(g, n, func(s, f, d int) {
		dst[d] += src[s] * filter[f]
		dSrc[s] += dDst[d] * filter[f]
		dFilter[f] += dDst[d] * src[s]
	})
	for way, more := range everyWay() {
		plan, err := NewConv2D[T](g, append(more, opts...)...)
		if err != nil {
			t.Fatal(err)
		}
		check := func(what string, want []T, compute func(out []T)) {
			t.Helper()
			got := trial.Destination[T](len(want))
			compute(got.Data)
			got.Check(t, way+": "+what, want)
		}
		if byWinograd(plan) {
			continue // it multiplies by fractions; its own tests bound its errors
		}
		check("dst", dst, func(out []T) { plan.Forward(out, src, filter, bias) })
		packed := plan.Pack(filter)
		check("dst of the packed filter", dst, func(out []T) { plan.ForwardPacked(out, src, packed, bias) })
		check("dSrc", dSrc, func(out []T) { plan.BackwardData(out, dDst, filter) })
		check("dFilter", dFilter, func(out []T) { plan.BackwardFilter(out, nil, src, dDst) })
		check("dBias", dBias, func(out []T) { plan.BackwardFilter(make([]T, len(filter)), out, src, dDst) })
	}
}
