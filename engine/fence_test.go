//go:build unix

package engine

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/unslide/unslide/engine/gemm"
	"github.com/unslide/unslide/engine/internal/kernel"
	"github.com/unslide/unslide/engine/internal/trial"
	"github.com/unslide/unslide/im2col"
	"github.com/unslide/unslide/internal/fence"
)

// The tests here let every plan compute with all of the caller's tensors between
// protected pages, on the calling goroutine.

func newFence(t *testing.T) *fence.Fence {
	if raceEnabled {
		t.Skip("slow, and on one goroutine")
	}
	return fence.New(t)
}

// placed returns a function that puts tensors of small integers in m.
func placed[T Float](m *fence.Memory) func(n int) []T {
	at := 0
	return func(n int) []T {
		x := make([]T, n)
		for i := range x {
			x[i] = T(smallIntegers[(at+i)%len(smallIntegers)])
		}
		at += n
		return fence.Place(m, x)
	}
}

var smallIntegers = trial.Integers[float32](rand.New(rand.NewPCG(41, 42)), 4099)

func TestConv2DStaysInItsTensors(t *testing.T) {
	f := newFence(t)
	for _, geometries := range []map[string]im2col.Geometry{trial.DirectGeometries(t), promiseGeometries(t), cutGeometries(t)} {
		if testing.Short() {
			break
		}
		for name, g := range geometries {
			fencedConv2D[float32](t, f, name, g, 1)
			fencedConv2D[float64](t, f, name, g, 1)
		}
	}
	r := rand.New(rand.NewPCG(43, 44))
	for i := range 30 {
		g, n := drawGeometry(r)
		fencedConv2D[float32](t, f, fmt.Sprint(i), g, n)
		fencedConv2D[float64](t, f, fmt.Sprint(i), g, n)
	}
}

// fencedConv2D computes every pass in every way, of large convolutions those ways
// that are quick.
func fencedConv2D[T Float](t *testing.T, f *fence.Fence, name string, g im2col.Geometry, n int) {
	t.Helper()
	for _, w := range ways[T]() {
		o, err := newOptions(w.opts)
		if err != nil {
			t.Fatal(err)
		}
		work := float64(n) * g.FLOP()
		if o.isa == kernel.Portable || gemm.NameOf(o.blas) == "gonum" {
			work *= 20
		}
		if work > 2e6 {
			continue
		}
		plan, err := NewConv2D[T](g, append(w.opts, WithWorkers(1), WithActivation(ReLU))...)
		if err != nil {
			t.Fatal(err)
		}
		check := func(pass string, call func(tensor func(n int) []T) []T) {
			t.Helper()
			fence.Check(t, f, fmt.Sprintf("%s, %T: %v, %d images, %s, %s", name, *new(T), g, n, w.name, pass),
				func(m *fence.Memory) []T { return call(placed[T](m)) })
		}
		in, out := n*g.InputLen(), n*g.OutputLen()
		check("forward", func(tensor func(n int) []T) []T {
			dst := tensor(out)
			plan.Forward(dst, tensor(in), tensor(g.FilterLen()), tensor(g.OC))
			return dst
		})
		check("forward-packed", func(tensor func(n int) []T) []T {
			dst := tensor(out)
			plan.ForwardPacked(dst, tensor(in), plan.Pack(tensor(g.FilterLen())), nil)
			return dst
		})
		check("backward-activation", func(tensor func(n int) []T) []T {
			dPre := tensor(out)
			plan.BackwardActivation(dPre, tensor(out), tensor(out))
			return dPre
		})
		check("backward-data", func(tensor func(n int) []T) []T {
			dSrc := tensor(in)
			plan.BackwardData(dSrc, tensor(out), tensor(g.FilterLen()))
			return dSrc
		})
		check("backward-filter", func(tensor func(n int) []T) []T {
			dFilter, dBias := tensor(g.FilterLen()), tensor(g.OC)
			plan.BackwardFilter(dFilter, dBias, tensor(in), tensor(out))
			return append(append([]T{}, dFilter...), dBias...)
		})
	}
}

func TestDenseStaysInItsTensors(t *testing.T) {
	t.Run("float32", fencedDense[float32])
	t.Run("float64", fencedDense[float64])
}

func fencedDense[T Float](t *testing.T) {
	f := newFence(t)
	r := rand.New(rand.NewPCG(45, 46))
	for _, w := range ways[T]() {
		for range 12 {
			in, out, n := 1+r.IntN(90), 1+r.IntN(90), r.IntN(20)
			if n > 10 {
				n = 1 // one image has loops of its own
			}
			plan, err := NewDense[T](in, out, Shared(w.opts...), WithWorkers(1), WithActivation(ReLU))
			if err != nil {
				t.Fatal(err)
			}
			check := func(pass string, call func(tensor func(n int) []T) []T) {
				t.Helper()
				fence.Check(t, f, fmt.Sprintf("%v, %d images, %s, %s", plan, n, w.name, pass),
					func(m *fence.Memory) []T { return call(placed[T](m)) })
			}
			check("forward", func(tensor func(n int) []T) []T {
				dst := tensor(n * out)
				plan.Forward(dst, tensor(n*in), tensor(in*out), tensor(out))
				return dst
			})
			check("backward-activation", func(tensor func(n int) []T) []T {
				dPre := tensor(n * out)
				plan.BackwardActivation(dPre, tensor(n*out), tensor(n*out))
				return dPre
			})
			check("backward-data", func(tensor func(n int) []T) []T {
				dSrc := tensor(n * in)
				plan.BackwardData(dSrc, tensor(n*out), tensor(in*out))
				return dSrc
			})
			check("backward-weights", func(tensor func(n int) []T) []T {
				dWeights, dBias := tensor(in*out), tensor(out)
				plan.BackwardWeights(dWeights, dBias, tensor(n*in), tensor(n*out))
				return append(append([]T{}, dWeights...), dBias...)
			})
			check("backward-update", func(tensor func(n int) []T) []T {
				dSrc, weights, bias := tensor(n*in), tensor(in*out), tensor(out)
				plan.BackwardUpdate(dSrc, weights, bias, tensor(n*in), tensor(n*out), 0.5)
				return append(append(append([]T{}, dSrc...), weights...), bias...)
			})
		}
	}
}

func TestOtherPlansStayInTheirTensors(t *testing.T) {
	t.Run("float32", fencedOthers[float32])
	t.Run("float64", fencedOthers[float64])
}

func fencedOthers[T Float](t *testing.T) {
	f := newFence(t)
	r := rand.New(rand.NewPCG(47, 48))
	for _, isa := range ISAs() {
		opts := []Option{WithISA(isa), WithWorkers(1)}
		for range 60 {
			classes, n := 1+r.IntN(40), r.IntN(5)
			check := func(what string, call func(m *fence.Memory, tensor func(n int) []T) []T) {
				t.Helper()
				fence.Check(t, f, fmt.Sprintf("%v, %T, %d images of %d: %s", isa, *new(T), n, classes, what),
					func(m *fence.Memory) []T { return call(m, placed[T](m)) })
			}
			softmax, err := NewSoftmaxCrossEntropy[T](classes, Shared(opts...))
			if err != nil {
				t.Fatal(err)
			}
			check("softmax", func(m *fence.Memory, tensor func(n int) []T) []T {
				p := tensor(n * classes)
				softmax.Forward(p, tensor(n*classes))
				return p
			})
			check("loss", func(m *fence.Memory, tensor func(n int) []T) []T {
				dLogits, losses := tensor(n*classes), fence.Place(m, make([]float64, n))
				softmax.Loss(dLogits, losses, fence.Place(m, make([]int32, n)), tensor(n*classes), fence.Place(m, make([]int32, n)))
				return dLogits
			})
			update, err := NewUpdate[T](opts...)
			if err != nil {
				t.Fatal(err)
			}
			check("updates", func(m *fence.Memory, tensor func(n int) []T) []T {
				w, g := tensor(n*classes), tensor(n*classes)
				update.SGD(w, g, 0.5)
				update.Adam(w, g, tensor(n*classes), fence.Place(m, make([]T, n*classes)), AdamStep[T]{Rate: 0.5, Beta1: 0.5, Beta2: 0.5, Epsilon: 1, Correct1: 1, Correct2: 1})
				return w
			})
			g, err := im2col.NewPool(im2col.Input{H: 3 + r.IntN(9), W: 3 + r.IntN(9), C: classes}, 1+r.IntN(3), 1+r.IntN(3),
				im2col.Same(), im2col.Stride(1+r.IntN(3), 1+r.IntN(3)))
			if err != nil {
				t.Fatal(err)
			}
			pool, err := NewMaxPool2D[T](g, opts...)
			if err != nil {
				t.Fatal(err)
			}
			check(fmt.Sprint(g), func(m *fence.Memory, tensor func(n int) []T) []T {
				dst, dSrc := tensor(n*g.OutputLen()), tensor(n*g.InputLen())
				argmax := fence.Place(m, make([]int32, n*g.OutputLen()))
				pool.Forward(dst, tensor(n*g.InputLen()), nil)
				pool.Forward(dst, tensor(n*g.InputLen()), argmax)
				pool.Backward(dSrc, tensor(n*g.OutputLen()), argmax)
				return append(append([]T{}, dst...), dSrc...)
			})
		}
	}
}
