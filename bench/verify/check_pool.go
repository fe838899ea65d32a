package verify

import (
	"fmt"
	"math/rand/v2"

	"github.com/unslide/unslide/bench/sliding"
	"github.com/unslide/unslide/engine"
	"github.com/unslide/unslide/im2col"
)

// poolProblem is a max-pooling with data and what is right.
type poolProblem struct {
	name      string
	g         im2col.Geometry
	n         int
	src, dDst []float64
	want      sliding.Pooled
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
	p.want = sliding.MaxPool(&g, n, p.src, p.dDst)
	return p
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

	dst, argmax := newGuarded[T](len(p.want.Dst)), make([]int32, len(p.want.Dst))
	plan.Forward(dst.data, convert[T](p.src), argmax)
	compare(&c, "dst", dst, p.want.Dst, rounding(p.want.Dst))
	for i, at := range p.want.Argmax {
		if argmax[i] != at {
			c.fault("argmax[%d] = %d: want %d", i, argmax[i], at)
			break
		}
	}
	dSrc := newGuarded[T](len(p.src))
	plan.Backward(dSrc.data, convert[T](p.dDst), argmax)
	compare(&c, "dSrc", dSrc, p.want.DSrc, rounding(p.want.DSrc))
	return outcome{worst: c.worst}, c.err()
}
