package engine

import (
	"math/rand/v2"
	"sync"
	"testing"

	"github.com/unslide/unslide/engine/internal/trial"
	"github.com/unslide/unslide/im2col"
)

// concurrentGeometries are small layers for every room of the plans: few and
// many channels, phases of the stride, groups, depthwise, no lowering.
func concurrentGeometries(t *testing.T) map[string]im2col.Geometry {
	gs := map[string]im2col.Geometry{}
	add := func(name string, h, c, k, oc int, opts ...im2col.Option) {
		g, err := im2col.New(im2col.Input{H: h, W: h, C: c}, im2col.Filter{KH: k, KW: k, OC: oc}, im2col.Same(), opts...)
		if err != nil {
			t.Fatal(err)
		}
		gs[name] = g
	}
	add("conv3x3", 12, 32, 3, 32)
	add("conv3x3_few_channels", 24, 3, 3, 16)
	add("conv3x3_stride2", 15, 8, 3, 24, im2col.Stride(2, 2))
	add("conv3x3_groups", 12, 16, 3, 32, im2col.Groups(4))
	add("conv5x5_depthwise", 14, 32, 5, 32, im2col.Groups(32))
	add("conv1x1", 14, 24, 1, 40)
	return gs
}

// One plan is called by many goroutines at once, every pass by each of them: on
// its own destinations each finds the bits of a call by itself.
func TestPlansAreSafeForConcurrentUse(t *testing.T) {
	ran := 0
	for way, opts := range everyWay() {
		for name, g := range concurrentGeometries(t) {
			t.Run(way+"/"+name, func(t *testing.T) { concurrently[float32](t, g, opts) })
			ran++
		}
	}
	for name, g := range concurrentGeometries(t) {
		t.Run("float64/"+name, func(t *testing.T) { concurrently[float64](t, g, nil) })
		ran++
	}
	if ran == 0 {
		t.Error("no plan ran")
	}
}

func concurrently[T Float](t *testing.T, g im2col.Geometry, opts []Option) {
	const n, goroutines = 2, 4
	plan, err := NewConv2D[T](g, append(opts[:len(opts):len(opts)], WithWorkers(3), WithActivation(ReLU), WithName("layer"))...)
	if err != nil {
		t.Fatal(err)
	}
	r := rand.New(rand.NewPCG(28, 1))
	src, dDst := trial.Normals[T](r, n*g.InputLen()), trial.Normals[T](r, n*g.OutputLen())
	filter, bias := trial.Normals[T](r, g.FilterLen()), trial.Normals[T](r, g.OC)
	packed := plan.Pack(filter)
	dst := make([]T, len(dDst))
	plan.Forward(dst, src, filter, bias)
	passes := []struct {
		name    string
		results func() [][]T
	}{
		{"forward", func() [][]T {
			y := make([]T, len(dDst))
			plan.Forward(y, src, filter, bias)
			return [][]T{y}
		}},
		{"packed", func() [][]T {
			y := make([]T, len(dDst))
			plan.ForwardPacked(y, src, packed, bias)
			return [][]T{y}
		}},
		{"pack", func() [][]T { return [][]T{plan.Pack(filter).layout} }},
		{"activation", func() [][]T {
			y := make([]T, len(dDst))
			plan.BackwardActivation(y, dDst, dst)
			return [][]T{y}
		}},
		{"data", func() [][]T {
			x := make([]T, len(src))
			plan.BackwardData(x, dDst, filter)
			return [][]T{x}
		}},
		{"filter", func() [][]T {
			f, b := make([]T, len(filter)), make([]T, len(bias))
			plan.BackwardFilter(f, b, src, dDst)
			return [][]T{f, b}
		}},
		{"one image", func() [][]T { // another runner, and others' workspaces
			y, f := make([]T, g.OutputLen()), make([]T, len(filter))
			plan.Forward(y, src[:g.InputLen()], filter, nil)
			plan.BackwardFilter(f, nil, src[:g.InputLen()], y)
			return [][]T{y, f}
		}},
	}
	want := make([][][]T, len(passes))
	for i, p := range passes {
		want[i] = p.results()
	}
	var wg sync.WaitGroup
	for k := range goroutines {
		wg.Go(func() {
			for i := range passes {
				// Different passes at the same time, and each at some time by all.
				at := (i + k/2) % len(passes)
				for j, got := range passes[at].results() {
					if e := differ(got, want[at][j]); e >= 0 {
						t.Errorf("%s: element %d of result %d is %v, want %v", passes[at].name, e, j, got[e], want[at][j][e])
					}
				}
			}
		})
	}
	wg.Wait()
}

// The other plans, by many goroutines each.
func TestOtherPlansAreSafeForConcurrentUse(t *testing.T) {
	r := rand.New(rand.NewPCG(28, 2))
	const n, in, out = 3, 700, 250
	dense, err := NewDense[float32](in, out, WithWorkers(3), WithActivation(Sigmoid))
	if err != nil {
		t.Fatal(err)
	}
	g, err := im2col.NewPool(im2col.Input{H: 40, W: 40, C: 16}, 3, 3, im2col.Valid(), im2col.Stride(2, 2))
	if err != nil {
		t.Fatal(err)
	}
	pool, err := NewMaxPool2D[float32](g, WithWorkers(3))
	if err != nil {
		t.Fatal(err)
	}
	update, err := NewUpdate[float32](WithWorkers(3))
	if err != nil {
		t.Fatal(err)
	}
	softmax, err := NewSoftmaxCrossEntropy[float32](out)
	if err != nil {
		t.Fatal(err)
	}
	x, w, b, d := trial.Normals[float32](r, n*in), trial.Normals[float32](r, in*out), trial.Normals[float32](r, out), trial.Normals[float32](r, n*out)
	img := trial.Normals[float32](r, n*g.InputLen())
	f := func(n int) []float32 { return make([]float32, n) }
	for name, call := range map[string]func() [][]float32{
		"dense": func() (results [][]float32) {
			for _, n := range []int{1, n} {
				y, dx, dw, db := f(n*out), f(n*in), f(in*out), f(out)
				dense.Forward(y, x[:n*in], w, b)
				dense.BackwardActivation(y, d[:n*out], y)
				dense.BackwardData(dx, d[:n*out], w)
				dense.BackwardWeights(dw, db, x[:n*in], d[:n*out])
				stepped, bias := append(f(0), w...), append(f(0), b...)
				dense.BackwardUpdate(nil, stepped, bias, x[:n*in], d[:n*out], 0.1)
				results = append(results, y, dx, dw, db, stepped, bias)
			}
			return results
		},
		"maxpool": func() [][]float32 {
			y, dx, argmax := f(n*g.OutputLen()), f(len(img)), make([]int32, n*g.OutputLen())
			pool.Forward(y, img, argmax)
			pool.Backward(dx, y, argmax)
			return [][]float32{y, dx}
		},
		"update": func() [][]float32 {
			s, a, m, v := append(f(0), w...), append(f(0), w...), f(len(w)), f(len(w))
			update.SGD(s, w, 0.1)
			update.Adam(a, w, m, v, AdamStep[float32]{Rate: 0.1, Beta1: 0.9, Beta2: 0.99, Epsilon: 1e-8, Correct1: 1, Correct2: 1})
			return [][]float32{s, a, m, v}
		},
		"softmax": func() [][]float32 {
			p := f(len(d))
			softmax.Forward(p, d[:len(d)/out*out])
			return [][]float32{p}
		},
	} {
		t.Run(name, func(t *testing.T) {
			sameFromMany(t, 6, func() func() [][]float32 { return call })
		})
	}
}
