package engine

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"

	"github.com/unslide/unslide/engine/internal/trial"
	"github.com/unslide/unslide/im2col"
)

// planCases are calls of the plans beside convolution, of so many parts that
// several workers have some: each makes the plan and returns what calls it on
// destinations of its own, which that returns.
var planCases = map[string]func(t *testing.T, opts ...Option) func() func() [][]float32{}

// made fails the test where a plan cannot be made.
func made[P any](t *testing.T) func(P, error) P {
	return func(p P, err error) P {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
}

// normals are sources of planCases, the same for each call.
func normals(n int) []float32 { return trial.Normals[float32](rand.New(rand.NewPCG(31, uint64(n))), n) }

func poolOf(t *testing.T, h, w, c, kh, kw int, p im2col.Padding, opts ...im2col.Option) im2col.Geometry {
	t.Helper()
	return made[im2col.Geometry](t)(im2col.NewPool(im2col.Input{H: h, W: w, C: c}, kh, kw, p, opts...))
}

// eachPlan runs a test on each of planCases.
func eachPlan(t *testing.T, test func(t *testing.T, plan func(t *testing.T, opts ...Option) func() func() [][]float32)) {
	for _, name := range slices.Sorted(maps.Keys(planCases)) {
		t.Run(name, func(t *testing.T) { test(t, planCases[name]) })
	}
	if len(planCases) == 0 {
		t.Error("no plan ran")
	}
}

func TestPlansHaveTheSameBitsForAnyNumberOfWorkers(t *testing.T) {
	eachPlan(t, func(t *testing.T, plan func(*testing.T, ...Option) func() func() [][]float32) {
		for _, isa := range ISAs() {
			want := plan(t, WithISA(isa), WithWorkers(1))()()
			for _, workers := range []int{2, 3, 7} {
				for i, got := range plan(t, WithISA(isa), WithWorkers(workers))()() {
					sameBits(t, fmt.Sprintf("%v, %d workers: result %d", isa, workers, i), got, want[i])
				}
			}
		}
	})
}

func TestPlansAllocateNothing(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector allocates")
	}
	eachPlan(t, func(t *testing.T, plan func(*testing.T, ...Option) func() func() [][]float32) {
		call := plan(t, WithWorkers(2), WithName("layer"))()
		if n := trial.Allocations(5, func() { call() }); n > 1 { // the list of results
			t.Errorf("%v allocations a call, want none", n-1)
		}
	})
}

func TestPlansAreConcurrent(t *testing.T) {
	eachPlan(t, func(t *testing.T, plan func(*testing.T, ...Option) func() func() [][]float32) {
		sameFromMany(t, 4, plan(t, WithWorkers(3)))
	})
}

// sameFromMany makes calls from several goroutines at once, each of which has one of
// its own, and compares their results with those of one call by itself.
func sameFromMany(t *testing.T, callers int, calls func() func() [][]float32) {
	t.Helper()
	want := calls()()
	var wg sync.WaitGroup
	for range callers {
		call := calls()
		wg.Go(func() {
			for range 3 {
				for i, got := range call() {
					if e := differ(got, want[i]); e >= 0 {
						t.Errorf("element %d of result %d is %v, want %v", e, i, got[e], want[i][e])
					}
				}
			}
		})
	}
	wg.Wait()
}

func init() {
	average := func(h, w, c, kh, kw, n int, p im2col.Padding, opts ...im2col.Option) func(*testing.T, ...Option) func() func() [][]float32 {
		return func(t *testing.T, more ...Option) func() func() [][]float32 {
			g := poolOf(t, h, w, c, kh, kw, p, opts...)
			plan := made[*AveragePool2D[float32]](t)(NewAveragePool2D[float32](g, more...))
			src, dDst := normals(n*g.InputLen()), normals(n*g.OutputLen())
			return func() func() [][]float32 {
				dst, dSrc := make([]float32, len(dDst)), make([]float32, len(src))
				return func() [][]float32 {
					plan.Forward(dst, src)
					plan.Backward(dSrc, dDst)
					return [][]float32{dst, dSrc}
				}
			}
		}
	}
	planCases["average3x3"] = average(40, 40, 16, 3, 3, 3, im2col.Same())
	planCases["average2x2_stride2"] = average(40, 40, 16, 2, 2, 3, im2col.Valid(), im2col.Stride(2, 2))
	planCases["average_global"] = average(7, 7, 320, 7, 7, 5, im2col.Valid())
	planCases["average_global_chunks"] = average(60, 60, 48, 60, 60, 19, im2col.Valid())

	normalise := func(pixels, c int) func(*testing.T, ...Option) func() func() [][]float32 {
		return func(t *testing.T, more ...Option) func() func() [][]float32 {
			plan := made[*BatchNorm[float32]](t)(NewBatchNorm[float32](c, 1e-5, append(more, WithActivation(ReLU))...))
			src, dDst, gamma, beta := normals(pixels*c), normals(pixels*c), normals(c), normals(c)
			return func() func() [][]float32 {
				dst, dPre, dSrc, frozen, inferred := make([]float32, len(src)), make([]float32, len(src)), make([]float32, len(src)), make([]float32, len(src)), make([]float32, len(src))
				mean, variance, dGamma, dBeta := make([]float32, c), make([]float32, c), make([]float32, c), make([]float32, c)
				return func() [][]float32 {
					if err := plan.Forward(dst, src, gamma, beta, mean, variance); err != nil {
						t.Error(err)
					}
					plan.Infer(inferred, src, gamma, beta, mean, variance)
					plan.BackwardActivation(dPre, dDst, dst)
					plan.Backward(dSrc, dGamma, dBeta, src, dPre, gamma, mean, variance)
					plan.BackwardFrozen(frozen, nil, nil, src, dPre, gamma, mean, variance)
					return [][]float32{dst, inferred, mean, variance, dSrc, dGamma, dBeta, frozen}
				}
			}
		}
	}
	planCases["batchnorm"] = normalise(4000, 40)
	planCases["batchnorm_few_channels"] = normalise(30000, 3)
	planCases["batchnorm_few_pixels"] = normalise(65, 2000)

	groups := func(n, pixels, c, groups int) func(*testing.T, ...Option) func() func() [][]float32 {
		return func(t *testing.T, more ...Option) func() func() [][]float32 {
			plan := made[*GroupNorm[float32]](t)(NewGroupNorm[float32](pixels, c, groups, 1e-5, append(more, WithActivation(ReLU))...))
			src, dDst, gamma, beta := normals(n*pixels*c), normals(n*pixels*c), normals(c), normals(c)
			return func() func() [][]float32 {
				dst, dSrc := make([]float32, len(src)), make([]float32, len(src))
				mean, variance, dGamma, dBeta := make([]float32, n*groups), make([]float32, n*groups), make([]float32, c), make([]float32, c)
				return func() [][]float32 {
					plan.Forward(dst, src, gamma, beta, mean, variance)
					plan.BackwardActivation(dSrc, dDst, dst)
					plan.Backward(dSrc, dGamma, dBeta, src, dSrc, gamma, mean, variance)
					return [][]float32{dst, mean, variance, dSrc, dGamma, dBeta}
				}
			}
		}
	}
	planCases["groupnorm"] = groups(50, 49, 64, 8)
	planCases["groupnorm_layer"] = groups(3000, 1, 40, 1)
	planCases["groupnorm_large"] = groups(2, 4000, 40, 4)

	activate := func(a Activation) func(*testing.T, ...Option) func() func() [][]float32 {
		return func(t *testing.T, more ...Option) func() func() [][]float32 {
			plan := made[*Activate[float32]](t)(NewActivate[float32](a, more...))
			src, dDst := normals(50000), normals(50000)
			return func() func() [][]float32 {
				dst, dSrc := make([]float32, len(src)), make([]float32, len(src))
				return func() [][]float32 {
					plan.Forward(dst, src)
					plan.Backward(dSrc, dDst, dst)
					return [][]float32{dst, dSrc}
				}
			}
		}
	}
	planCases["activate_silu"] = activate(SiLU)
	planCases["activate_leakyrelu"] = activate(LeakyReLU)
	planCases["activate_gelu"] = activate(GELU)
}
