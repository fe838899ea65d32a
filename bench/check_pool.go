package bench

import (
	"fmt"
	"math/rand/v2"

	"github.com/unslide/unslide/engine"
	"github.com/unslide/unslide/im2col"
	"github.com/unslide/unslide/naive"
)

// poolProblem is a max-pooling with data and what is right.
type poolProblem struct {
	name      string
	g         im2col.Geometry
	n         int
	src, dDst []float64
	want      poolResult
}

type poolResult struct {
	dst, dSrc []float64
	argmax    []int32 // nil: not known
}

// newPoolProblem draws integers, which have ties, and lets naive compute what
// is right.
func newPoolProblem(name string, g im2col.Geometry, n int) *poolProblem {
	r := rand.New(rand.NewPCG(hash(name), 1))
	draw := func(n int) []float64 {
		x := make([]float64, n)
		for i := range x {
			x[i] = float64(r.IntN(9) - 4)
		}
		return x
	}
	p := &poolProblem{name: name, g: g, n: n, src: draw(n * g.InputLen()), dDst: draw(n * g.OutputLen())}
	p.want = poolResult{
		dst: make([]float64, len(p.dDst)), dSrc: make([]float64, len(p.src)), argmax: make([]int32, len(p.dDst)),
	}
	for i := range n {
		p.slide(i)
	}
	return p
}

// slide computes one image by naive. The padded image is made by hand, of
// values that never win; of a dilated window's elements those in between are
// made so, window by window, by pooling each output alone.
func (p *poolProblem) slide(image int) {
	g := &p.g
	const never = -1e9
	for c := range g.C {
		dx := naive.NewMap(g.H, g.W)
		for oh := range g.OH {
			for ow := range g.OW {
				window := naive.NewMap(g.KH, g.KW)
				for kh := range g.KH {
					for kw := range g.KW {
						h, w := oh*g.StrideH-g.PadTop+g.TapRow(kh), ow*g.StrideW-g.PadLeft+g.TapCol(kw)
						window[kh][kw] = never
						if h >= 0 && h < g.H && w >= 0 && w < g.W {
							window[kh][kw] = p.src[((image*g.H+h)*g.W+w)*g.C+c]
						}
					}
				}
				l := naive.MaxPool{Slide: naive.Slide{KH: g.KH, KW: g.KW, Stride: max(g.KH, g.KW)}, Add: true}
				y, argmax := l.Forward([]naive.Map{window})
				at := argmax[0][0][0]
				h, w := oh*g.StrideH-g.PadTop+g.TapRow(at.Row), ow*g.StrideW-g.PadLeft+g.TapCol(at.Col)
				i := ((image*g.OH+oh)*g.OW+ow)*g.C + c
				p.want.dst[i] = y[0][0][0]
				p.want.argmax[i] = int32((h*g.W+w)*g.C + c)
				dx[h][w] += p.dDst[i]
			}
		}
		for h := range g.H {
			for w := range g.W {
				p.want.dSrc[((image*g.H+h)*g.W+w)*g.C+c] = dx[h][w]
			}
		}
	}
}

func (p *poolProblem) label() string {
	return fmt.Sprintf("%s: max-pool %v batch %d", p.name, p.g, p.n)
}

func (p *poolProblem) exact(Path) bool { return false }

func (p *poolProblem) check(path Path, workers int) (outcome, error) {
	if path.Bits == 32 {
		return checkPool[float32](p, path, workers)
	}
	return checkPool[float64](p, path, workers)
}

// checkPool checks a max-pooling: its outputs are some of its inputs, so they
// are equal to what is right, rounded to the path's precision.
func checkPool[T engine.Float](p *poolProblem, path Path, workers int) (outcome, error) {
	if path.Algorithm != engine.Auto {
		return outcome{skipped: true}, nil // a pooling has one algorithm
	}
	plan, err := engine.NewMaxPool2D[T](p.g, engine.Shared(path.options(workers, engine.None)...))
	if err != nil {
		return outcome{}, err
	}
	c := comparison{eps: epsilon(path.Bits)}
	rounding := func(x []float64) bound { return func(i int) float64 { return 4 * (1 + max(x[i], -x[i])) } }

	dst, argmax := newGuarded[T](len(p.want.dst)), make([]int32, len(p.want.dst))
	plan.Forward(dst.data, convert[T](p.src), argmax)
	compare(&c, "dst", dst, p.want.dst, rounding(p.want.dst))
	for i, at := range p.want.argmax {
		if argmax[i] != at {
			c.fault("argmax[%d] = %d: want %d", i, argmax[i], at)
			break
		}
	}
	dSrc := newGuarded[T](len(p.src))
	plan.Backward(dSrc.data, convert[T](p.dDst), argmax)
	compare(&c, "dSrc", dSrc, p.want.dSrc, rounding(p.want.dSrc))
	return outcome{worst: c.worst}, c.err()
}
