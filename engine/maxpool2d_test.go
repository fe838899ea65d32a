package engine

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/unslide/unslide/engine/internal/trial"
	"github.com/unslide/unslide/im2col"
)

func TestMaxPool2D(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	ran := 0
	for i := 0; ran < 200; i++ {
		opts := []im2col.Option{im2col.Stride(1+r.IntN(3), 1+r.IntN(3)), im2col.Dilation(1+r.IntN(2), 1+r.IntN(2))}
		if r.IntN(2) == 0 {
			opts = append(opts, im2col.Flip())
		}
		g, err := im2col.NewPool(im2col.Input{H: 1 + r.IntN(15), W: 1 + r.IntN(15), C: 1 + r.IntN(40)},
			1+r.IntN(3), 1+r.IntN(3), im2col.Padded(r.IntN(2), r.IntN(2), r.IntN(2), r.IntN(2)), opts...)
		if err != nil {
			continue
		}
		p, err := NewMaxPool2D[float32](g, WithWorkers(1+i%3))
		if err != nil {
			continue
		}
		ran++
		n := r.IntN(4)
		t.Run(fmt.Sprintf("%d %v n=%d", i, g, n), func(t *testing.T) { checkMaxPool2D(t, r, p, n) })
	}
}

// In the article's convolution mode the window is turned, and of equal inputs the
// one under its first element wins: the article's program computes these places.
func TestMaxPool2DTiesOfTheArticle(t *testing.T) {
	src := []float64{-1.41, -0.31, -0.42, -0.31}
	for _, c := range []struct {
		opts   []im2col.Option
		centre int
		argmax []int32
		dSrc   []float64
	}{
		{[]im2col.Option{im2col.Flip()}, 2, []int32{1, 3, 3, 3}, []float64{0, 1, 0, 2 + 4 + 8}},
		{nil, 0, []int32{1, 1, 3, 3}, []float64{0, 1 + 2, 0, 4 + 8}}, // the same windows
	} {
		g, err := im2col.NewPool(im2col.Input{H: 1, W: 4, C: 1}, 1, 3, im2col.Centred(0, c.centre), c.opts...)
		if err != nil {
			t.Fatal(err)
		}
		p, err := NewMaxPool2D[float64](g)
		if err != nil {
			t.Fatal(err)
		}
		dst, argmax, dSrc := trial.Destination[float64](4), make([]int32, 4), trial.Destination[float64](4)
		p.Forward(dst.Data, src, argmax)
		dst.Check(t, "dst", []float64{-0.31, -0.31, -0.31, -0.31})
		if !slices.Equal(argmax, c.argmax) {
			t.Errorf("%v: argmax %v, want %v", g, argmax, c.argmax)
		}
		p.Backward(dSrc.Data, []float64{1, 2, 4, 8}, argmax)
		dSrc.Check(t, "dSrc", c.dSrc)
	}
}

// Rows of windows that do not share one table.
func TestMaxPool2DLargeWindows(t *testing.T) {
	t.Run("float32", testMaxPool2DLarge[float32])
	t.Run("float64", testMaxPool2DLarge[float64])
}

func testMaxPool2DLarge[T Float](t *testing.T) {
	for i, c := range []struct {
		in     im2col.Input
		kh, kw int
		pad    im2col.Padding
		opts   []im2col.Option
	}{
		{im2col.Input{H: 1, W: 6000, C: 1}, 1, 3, im2col.Same(), nil},
		{im2col.Input{H: 3, W: 2500, C: 2}, 3, 2, im2col.Padded(1, 1, 1, 0), []im2col.Option{im2col.Stride(1, 2)}},
		{im2col.Input{H: 4, W: 9000, C: 1}, 2, 3, im2col.Padded(0, -1, -2, 2), []im2col.Option{im2col.Stride(3, 3), im2col.Dilation(1, 2)}},
		{im2col.Input{H: 40, W: 50, C: 2}, 38, 35, im2col.Padded(10, 9, 20, 21), nil},
		{im2col.Input{H: 30, W: 30, C: 3}, 99, 99, im2col.Same(), []im2col.Option{im2col.Stride(7, 5)}},
		{im2col.Input{H: 20, W: 30, C: 1}, 15, 17, im2col.Same(), []im2col.Option{im2col.Flip()}},
		{im2col.Input{H: 9, W: 11, C: 1}, 3, 3, im2col.Same(), []im2col.Option{im2col.Dilation(far, far/2)}},
	} {
		g, err := im2col.NewPool(c.in, c.kh, c.kw, c.pad, c.opts...)
		if err != nil {
			t.Fatal(err)
		}
		p, err := NewMaxPool2D[T](g, WithWorkers(2))
		if err != nil {
			t.Fatal(err)
		}
		checkMaxPool2D(t, rand.New(rand.NewPCG(7, uint64(i))), p, 2)
	}
}

// checkMaxPool2D compares a plan with the definition.
func checkMaxPool2D[T Float](t *testing.T, r *rand.Rand, p *MaxPool2D[T], n int) {
	t.Helper()
	g := p.Geometry()
	src, dDst := trial.Integers[T](r, n*g.InputLen()), trial.Integers[T](r, n*g.OutputLen())
	want, arg := make([]T, len(dDst)), make([]int32, len(dDst))
	dSrc := make([]T, len(src))
	for i := range want {
		want[i] = T(math.Inf(-1))
	}
	// A depthwise geometry visits, for each output, its window.
	trial.Reference(g, n, func(s, _, d int) {
		if src[s] > want[d] {
			want[d], arg[d] = src[s], int32(s%g.InputLen())
		}
	})
	for d, a := range arg {
		dSrc[d/g.OutputLen()*g.InputLen()+int(a)] += dDst[d]
	}
	argmax := make([]int32, len(arg))
	for _, a := range [][]int32{nil, argmax} {
		got := trial.Destination[T](len(want))
		p.Forward(got.Data, src, a)
		got.Check(t, "dst", want)
	}
	for i := range arg {
		if arg[i] != argmax[i] {
			t.Fatalf("argmax[%d] = %d, want %d", i, argmax[i], arg[i])
		}
	}
	got := trial.Destination[T](len(dSrc))
	p.Backward(got.Data, dDst, argmax)
	got.Check(t, "dSrc", dSrc)
}

func TestMaxPool2DNaNWins(t *testing.T) {
	g, err := im2col.NewPool(im2col.Input{H: 2, W: 2, C: 1}, 2, 2, im2col.Valid())
	if err != nil {
		t.Fatal(err)
	}
	p, err := NewMaxPool2D[float32](g)
	if err != nil {
		t.Fatal(err)
	}
	nan, inf := float32(math.NaN()), float32(math.Inf(1))
	for at := range 4 {
		src := []float32{inf, inf, inf, inf}
		src[at] = nan
		dst, argmax := make([]float32, 1), make([]int32, 1)
		p.Forward(dst, src, argmax)
		if dst[0] == dst[0] || argmax[0] != int32(at) {
			t.Errorf("NaN at %d: maximum %v at %d", at, dst[0], argmax[0])
		}
	}
}

func TestMaxPool2DFaults(t *testing.T) {
	g, err := im2col.NewPool(im2col.Input{H: 3, W: 3, C: 2}, 2, 2, im2col.Padded(2, 0, 0, 0))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := NewMaxPool2D[float32](g); err == nil {
		t.Error("a window in the padding was accepted")
	}
	if _, err := NewMaxPool2D[float32](im2col.Geometry{H: 3, W: 3, C: 2, OC: 4, KH: 1, KW: 1, StrideH: 1, StrideW: 1, DilationH: 1, DilationW: 1, Groups: 1, OH: 3, OW: 3}); err == nil {
		t.Error("a geometry that mixes channels was accepted")
	}
}
