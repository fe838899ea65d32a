package engine

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/unslide/unslide/engine/internal/cut"
	"github.com/unslide/unslide/im2col"
)

// FuzzProportion lets the fuzzer draw geometries of any proportions and holds the
// plan and all passes to the rule: memory in proportion to the caller's tensors,
// time in proportion to the forward pass.
func FuzzProportion(f *testing.F) {
	for seed := range uint64(20) {
		f.Add(seed, false)
		f.Add(seed, true)
	}
	f.Add(uint64(86), false)
	f.Fuzz(func(t *testing.T, seed uint64, pool bool) {
		r := rand.New(rand.NewPCG(seed, 1))
		if pool {
			checkPoolProportion(t, drawProportions(r, true))
			return
		}
		g := drawProportions(r, false)
		if raceEnabled {
			t.Skip("the race detector takes time and memory")
		}
		switch r.IntN(5) {
		case 0:
			checkConvProportion[float64](t, g, nil)
		case 1:
			checkConvProportion[float32](t, g, []Option{WithFastAlgorithms()})
		default:
			for _, a := range Algorithms() {
				checkConvProportion[float32](t, g, []Option{WithAlgorithm(a)})
			}
		}
	})
}

// TestProportion holds the geometries to the rule of which it was not true.
func TestProportion(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector takes time and memory")
	}
	conv := func(in im2col.Input, f im2col.Filter, p im2col.Padding, opts ...im2col.Option) im2col.Geometry {
		g, err := im2col.New(in, f, p, opts...)
		if err != nil {
			t.Fatal(err)
		}
		return g
	}
	for name, g := range map[string]im2col.Geometry{
		"dilation_beyond_the_image": conv(im2col.Input{H: 5, W: 5, C: 1}, im2col.Filter{KH: 3, KW: 3, OC: 4}, im2col.Same(), im2col.Dilation(10000, 10000)),
		"largest_dilation":          conv(im2col.Input{H: 5, W: 5, C: 1}, im2col.Filter{KH: 3, KW: 3, OC: 4}, im2col.Same(), im2col.Dilation(far, far)),
		"largest_stride":            conv(im2col.Input{H: 5, W: 5, C: 3}, im2col.Filter{KH: 3, KW: 3, OC: 4}, im2col.Same(), im2col.Stride(2*far-1, 2*far-1)),
		"padding_of_a_million":      conv(im2col.Input{H: 5, W: 5, C: 2}, im2col.Filter{KH: 3, KW: 3, OC: 4}, im2col.Padded(1e6, 1e6, 1e6, 1e6), im2col.Stride(1e6, 1e6)),
		"wide_kernel_of_padding":    conv(im2col.Input{H: 1000, W: 1, C: 1}, im2col.Filter{KH: 1, KW: 20001, OC: 1}, im2col.Padded(0, 0, 10000, 10000)),
		"one_wide_row":              conv(im2col.Input{H: 1, W: 100000, C: 1}, im2col.Filter{KH: 1, KW: 256, OC: 1}, im2col.Same()),
	} {
		t.Run(name, func(t *testing.T) {
			checkConvProportion[float32](t, g, nil)
			checkConvProportion[float64](t, g, nil)
		})
	}
	for name, g := range map[string]im2col.Geometry{
		"overlapping": conv(im2col.Input{H: 1024, W: 1024, C: 1}, im2col.Filter{KH: 3, KW: 3, OC: 1}, im2col.Same()),
		"enormous":    conv(im2col.Input{H: 28, W: 28, C: 1}, im2col.Filter{KH: 16000, KW: 16000, OC: 1}, im2col.Same(), im2col.Stride(9, 9)),
	} {
		t.Run("pool_"+name, func(t *testing.T) { checkPoolProportion(t, g) })
	}
}

// far is nearly the largest stride and dilation of a few steps, where an int has
// 32 bits as well.
const far = min(1<<30, math.MaxInt/32)

// drawProportions draws a convolution or a pooling of sizes that have nothing to
// do with each other, of few operations and tensors of a few megabytes.
func drawProportions(r *rand.Rand, pool bool) im2col.Geometry {
	// Sizes are as often small as large.
	size := func(bits int) int { return 1 + r.IntN(1<<r.IntN(bits+1)) }
	pad := func() int {
		switch r.IntN(4) {
		case 0:
			return 0
		case 1:
			return -r.IntN(20)
		}
		return size(30)
	}
	limit := float64(int(1) << (16 + r.IntN(5)))
	for {
		in := im2col.Input{H: size(14), W: size(14), C: size(8)}
		f := im2col.Filter{KH: size(12), KW: size(12), OC: size(8)}
		opts := []im2col.Option{im2col.Stride(size(30), size(30)), im2col.Dilation(size(r.IntN(31)), size(r.IntN(31)))}
		if pool {
			f.OC = in.C
			opts = append(opts, im2col.Groups(in.C))
		} else if r.IntN(3) == 0 {
			groups := size(7)
			in.C, f.OC = groups*size(2), groups*size(2)
			opts = append(opts, im2col.Groups(groups))
		}
		if r.IntN(3) == 0 {
			opts = append(opts, im2col.Flip())
		}
		p := []im2col.Padding{
			im2col.Same(), im2col.Valid(), im2col.Centred(r.IntN(f.KH), r.IntN(f.KW)), im2col.Padded(pad(), pad(), pad(), pad()),
		}[r.IntN(4)]
		g, err := im2col.New(in, f, p, opts...)
		if err != nil {
			continue
		}
		tensors := float64(g.InputLen()) + float64(g.OutputLen()) + float64(g.FilterLen())
		if tensors < limit && g.FLOP() < 1e8 && patches(&g) < 2*limit {
			return g
		}
	}
}

// patches returns how many elements the definition reads, padding included.
func patches(g *im2col.Geometry) float64 {
	return float64(g.Rows()) * float64(g.Depth()) * float64(g.Groups)
}

const (
	// A plan and all its passes may take so many bytes for each byte of tensors,
	// beside what two workers' caches hold.
	proportionBytes = 16
	freeBytes       = 16 << 20
	// A pass may take so many times as long as the forward pass, and as much more.
	// On a busy machine one of some tries counts.
	proportionTime = 5
	freeTime       = 4 * time.Millisecond
	tries          = 6
	// It may write all of its tensors, of which the forward pass may read a corner:
	// nanoseconds for each byte.
	sweeps = 4
)

func checkConvProportion[T Float](t *testing.T, g im2col.Geometry, opts []Option) {
	t.Helper()
	var plan *Conv2D[T]
	src, dst, filter, bias := make([]T, g.InputLen()), make([]T, g.OutputLen()), make([]T, g.FilterLen()), make([]T, g.OC)
	tensors := cut.SizeOf[T]() * (len(src) + len(dst) + len(filter) + len(bias))
	passes := map[Pass]func(){
		PassForward: func() { plan.Forward(dst, src, filter, bias) },
		PassData:    func() { plan.BackwardData(src, dst, filter) },
		PassFilter:  func() { plan.BackwardFilter(filter, bias, src, dst) },
		PassPacked:  func() { plan.ForwardPacked(dst, src, plan.Pack(filter), bias) },
	}
	plans := func() {
		var err error
		if plan, err = NewConv2D[T](g, append(opts, WithWorkers(2))...); err != nil {
			t.Fatal(err)
		}
	}
	bytes := allocatedBy(func() {
		plans()
		for pass := range numPasses {
			passes[pass]()
		}
	})
	if most := freeBytes + proportionBytes*tensors; bytes > most {
		t.Errorf("%d bytes, want at most %d for tensors of %d: %v", bytes, most, tensors, plan)
	}
	within := func(what string, f func(), most func(forward time.Duration) time.Duration) {
		t.Helper()
		var forward, took time.Duration
		for range tries {
			forward, took = least(passes[PassForward]), least(f)
			if took <= most(forward) {
				return
			}
		}
		t.Errorf("%v, want at most %v: %s, forward takes %v: %v", took, most(forward), what, forward, plan)
	}
	within("making the plan", plans, func(forward time.Duration) time.Duration {
		return 10*freeTime + 10*time.Duration(tensors) + proportionTime*forward
	})
	for _, pass := range []Pass{PassData, PassFilter, PassPacked} {
		within(pass.String(), passes[pass], func(forward time.Duration) time.Duration {
			return freeTime + proportionTime*forward + sweeps*time.Duration(tensors)
		})
	}
	within("forward", passes[PassForward], func(time.Duration) time.Duration {
		return 5*freeTime + time.Duration(g.FLOP()+100*patches(&g)) + 5*time.Duration(tensors)
	})
}

func checkPoolProportion(t *testing.T, g im2col.Geometry) {
	t.Helper()
	var plan *MaxPool2D[float32]
	var err error
	bytes := allocatedBy(func() { plan, err = NewMaxPool2D[float32](g, WithWorkers(2)) })
	if err != nil {
		return // a window lies in the padding
	}
	src, dst, argmax := make([]float32, g.InputLen()), make([]float32, g.OutputLen()), make([]int32, g.OutputLen())
	forward := func() { plan.Forward(dst, src, argmax) }
	bytes += allocatedBy(forward)
	tensors := 4 * (len(src) + 2*len(dst))
	if most := freeBytes + proportionBytes*tensors; bytes > most {
		t.Errorf("%d bytes, want at most %d for tensors of %d: %v", bytes, most, tensors, plan)
	}
	backward := func() { plan.Backward(src, dst, argmax) }
	for try := 1; least(backward) > freeTime+proportionTime*least(forward); try++ {
		if try == tries {
			t.Errorf("the gradient takes %v, forward %v: %v", least(backward), least(forward), plan)
			break
		}
	}
}

// least returns the least time of three calls, of one that takes long.
func least(f func()) time.Duration {
	best := time.Duration(1 << 62)
	for range 3 {
		start := time.Now()
		f()
		best = min(best, time.Since(start))
		if best > 100*time.Millisecond {
			break
		}
	}
	return best
}
