package engine

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/unslide/unslide/engine/gemm"
	"github.com/unslide/unslide/engine/internal/kernel"
	"github.com/unslide/unslide/engine/internal/trial"
	"github.com/unslide/unslide/im2col"
)

// promiseGeometries cover every path through a plan: one part and many, sums
// in one piece and in shards, phases, groups, products without lowering.
func promiseGeometries(t testing.TB) map[string]im2col.Geometry {
	make := func(g im2col.Geometry, err error) im2col.Geometry {
		if err != nil {
			t.Fatal(err)
		}
		return g
	}
	return map[string]im2col.Geometry{
		"article_conv1":     make(im2col.New(im2col.Input{H: 28, W: 28, C: 1}, im2col.Filter{KH: 2, KW: 2, OC: 5}, im2col.Centred(0, 0), im2col.Stride(2, 2))),
		"article_conv2":     make(im2col.New(im2col.Input{H: 7, W: 7, C: 5}, im2col.Filter{KH: 3, KW: 3, OC: 20}, im2col.Centred(1, 1))),
		"conv3x3_same":      make(im2col.New(im2col.Input{H: 28, W: 28, C: 64}, im2col.Filter{KH: 3, KW: 3, OC: 64}, im2col.Same())),
		"conv3x3_deep":      make(im2col.New(im2col.Input{H: 7, W: 7, C: 256}, im2col.Filter{KH: 3, KW: 3, OC: 256}, im2col.Same())),
		"conv1x1":           make(im2col.New(im2col.Input{H: 28, W: 28, C: 64}, im2col.Filter{KH: 1, KW: 1, OC: 96}, im2col.Valid())),
		"conv1x1_stride2":   make(im2col.New(im2col.Input{H: 28, W: 28, C: 64}, im2col.Filter{KH: 1, KW: 1, OC: 96}, im2col.Valid(), im2col.Stride(2, 2))),
		"conv7x7_stem":      make(im2col.New(im2col.Input{H: 56, W: 56, C: 3}, im2col.Filter{KH: 7, KW: 7, OC: 64}, im2col.Padded(3, 3, 3, 3), im2col.Stride(2, 2))),
		"conv3x3_groups":    make(im2col.New(im2col.Input{H: 14, W: 14, C: 32}, im2col.Filter{KH: 3, KW: 3, OC: 64}, im2col.Same(), im2col.Groups(4))),
		"conv3x3_depthwise": make(im2col.New(im2col.Input{H: 14, W: 14, C: 32}, im2col.Filter{KH: 3, KW: 3, OC: 32}, im2col.Same(), im2col.Groups(32))),
	}
}

func sameBits[T Float](t *testing.T, what string, got, want []T) {
	t.Helper()
	for i := range want {
		if math.Float64bits(float64(got[i])) != math.Float64bits(float64(want[i])) {
			t.Fatalf("%s[%d] = %v, want the same bits as %v", what, i, got[i], want[i])
		}
	}
}

func TestSameBitsForAnyNumberOfWorkers(t *testing.T) {
	for way, opts := range everyWay() {
		t.Run(way, func(t *testing.T) { testSameBits(t, opts) })
	}
}

func testSameBits(t *testing.T, opts []Option) {
	batches, crews := []int{1, 5}, []int{1, 2, 3, 7}
	if o, _ := newOptions(opts); raceEnabled || o.isa == kernel.Portable || gemm.NameOf(o.blas) != gemm.NameOf(gemm.Default()) {
		batches, crews = []int{2}, []int{1, 3} // these are slow
	}
	for name, g := range promiseGeometries(t) {
		for _, n := range batches {
			t.Run(fmt.Sprintf("%s/n=%d", name, n), func(t *testing.T) {
				r := rand.New(rand.NewPCG(7, 8))
				src, filter, bias := trial.Normals[float32](r, n*g.InputLen()), trial.Normals[float32](r, g.FilterLen()), trial.Normals[float32](r, g.OC)
				dDst := trial.Normals[float32](r, n*g.OutputLen())
				var want [5][]float32
				for _, workers := range crews {
					plan, err := NewConv2D[float32](g, append(opts, WithWorkers(workers), WithActivation(Sigmoid))...)
					if err != nil {
						t.Fatal(err)
					}
					got := [5][]float32{make([]float32, len(dDst)), make([]float32, len(src)), make([]float32, len(filter)), make([]float32, len(bias)), make([]float32, len(dDst))}
					plan.Forward(got[0], src, filter, bias)
					plan.BackwardData(got[1], dDst, filter)
					plan.BackwardFilter(got[2], got[3], src, dDst)
					plan.ForwardPacked(got[4], src, plan.Pack(filter), bias)
					if plan.choices[PassPacked].For(n) == plan.choices[PassForward].For(n) {
						sameBits(t, fmt.Sprintf("%d workers: dst of the packed filter", workers), got[4], got[0])
					}
					if want[0] == nil {
						want = got
						continue
					}
					for i, what := range []string{"dst", "dSrc", "dFilter", "dBias", "dst of the packed filter"} {
						sameBits(t, fmt.Sprintf("%d workers: %s", workers, what), got[i], want[i])
					}
				}
			})
		}
	}
}

func TestNoAllocationInASteadyState(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector allocates")
	}
	for way, opts := range everyWay() {
		t.Run(way, func(t *testing.T) { testNoAllocation(t, opts) })
	}
}

func testNoAllocation(t *testing.T, opts []Option) {
	for name, g := range promiseGeometries(t) {
		t.Run(name, func(t *testing.T) {
			const n = 2
			plan, err := NewConv2D[float32](g, append(opts, WithWorkers(2), WithName("layer"), WithActivation(ReLU))...)
			if err != nil {
				t.Fatal(err)
			}
			src, filter, bias := make([]float32, n*g.InputLen()), make([]float32, g.FilterLen()), make([]float32, g.OC)
			dst, dSrc := make([]float32, n*g.OutputLen()), make([]float32, n*g.InputLen())
			packed := plan.Pack(filter)
			if allocs := trial.Allocations(5, func() {
				plan.Forward(dst, src, filter, bias)
				plan.PackInto(packed, filter)
				plan.ForwardPacked(dst, src, packed, bias)
				plan.BackwardActivation(dst, dst, dst)
				plan.BackwardData(dSrc, dst, filter)
				plan.BackwardFilter(filter, bias, src, dst)
			}); allocs != 0 {
				t.Errorf("%v allocations per run of all passes, want 0", allocs)
			}
		})
	}
	t.Run("dense", func(t *testing.T) {
		d, err := NewDense[float32](980, 200, Shared(opts...), WithWorkers(2), WithActivation(Sigmoid))
		if err != nil {
			t.Fatal(err)
		}
		for _, n := range []int{1, 8} {
			src, dst, w, b := make([]float32, n*980), make([]float32, n*200), make([]float32, 980*200), make([]float32, 200)
			dSrc := make([]float32, len(src))
			if allocs := trial.Allocations(20, func() {
				d.Forward(dst, src, w, b)
				d.BackwardActivation(dst, dst, dst)
				d.BackwardUpdate(dSrc, w, b, src, dst, 0.1)
			}); allocs != 0 {
				t.Errorf("n=%d: %v allocations per run of all passes, want 0", n, allocs)
			}
		}
	})
}

func TestMisusePanicsBeforeAnythingIsTouched(t *testing.T) {
	g := promiseGeometries(t)["article_conv2"]
	plan, err := NewConv2D[float32](g)
	if err != nil {
		t.Fatal(err)
	}
	f := func(n int) []float32 { return make([]float32, n) }
	src, dst, filter := f(g.InputLen()), f(g.OutputLen()), f(g.FilterLen())
	other, err := NewConv2D[float32](g)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		call func()
		want string
	}{
		"short src":          {func() { plan.Forward(dst, src[1:], filter, nil) }, badConvSrc},
		"dst of another n":   {func() { plan.Forward(f(2*g.OutputLen()), src, filter, nil) }, badConvDst},
		"long filter":        {func() { plan.BackwardData(src, dst, f(g.FilterLen()+1)) }, badConvFilter},
		"short dBias":        {func() { plan.BackwardFilter(filter, f(1), src, dst) }, badConvBias},
		"short dPre":         {func() { plan.BackwardActivation(f(1), dst, dst) }, badConvDst},
		"another's packed":   {func() { plan.ForwardPacked(dst, src, other.Pack(filter), nil) }, badConvPacked},
		"no packed filter":   {func() { plan.ForwardPacked(dst, src, nil, nil) }, badConvPacked},
		"packed for another": {func() { plan.PackInto(other.Pack(filter), filter) }, badConvPacked},
		"short to pack":      {func() { plan.Pack(filter[1:]) }, badConvFilter},
		"short packed src":   {func() { plan.ForwardPacked(dst, src[1:], plan.Pack(filter), nil) }, badConvSrc},
		"short dense source": {func() { mustDense(t).Forward(f(3), f(1), f(6), nil) }, badDenseSrc},
		"short weights":      {func() { mustDense(t).Forward(f(3), f(2), f(5), nil) }, badDenseWeights},
	} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				if got := recover(); got != c.want {
					t.Errorf("panic %v, want %q", got, c.want)
				}
			}()
			c.call()
		})
	}
}

func mustDense(t *testing.T) *Dense[float32] {
	d, err := NewDense[float32](2, 3)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestBadOptionsAreErrors(t *testing.T) {
	for want, opt := range map[string]Option{
		"workers -1":    WithWorkers(-1),
		"BLAS nil":      WithBLAS(nil),
		"activation 99": WithActivation(99),
		"algorithm 99":  WithAlgorithm(99),
	} {
		if _, err := NewDense[float32](2, 3, opt); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want one that says %q", err, want)
		}
	}
	if _, err := NewDense[float32](0, 3); err == nil {
		t.Error("a layer without inputs was accepted")
	}
	if _, err := NewConv2D[float32](im2col.Geometry{}); err == nil {
		t.Error("the zero geometry was accepted")
	}
}
