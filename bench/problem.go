package bench

import (
	"math"
	"math/rand/v2"
	"slices"

	"github.com/unslide/unslide/engine"
	"github.com/unslide/unslide/im2col"
)

// convProblem is a convolution with data and what is right.
type convProblem struct {
	name       string
	g          im2col.Geometry
	n          int
	activation engine.Activation
	// exact says that the data are small integers, so that every sum is exact
	// in float32 and the results have to be equal.
	exact bool

	src, filter, bias []float64
	dDst              []float64 // gradient to the output, after the activation
	want              convResult
	// step, if not 0, says that want.dFilter and want.dBias are the filter and
	// the bias after a step of gradient descent of this rate.
	step float64
	// size is the same sums over absolute values: |src|∗|filter|+|bias| and so
	// on. Rounding errors are bounded by a multiple of it.
	size convResult
}

// convResult is what a convolution computes. nil: not asked.
type convResult struct {
	dst, dSrc, dFilter, dBias []float64
}

// terms returns how many products the sums of each result have.
func (p *convProblem) terms() (dst, dSrc, dFilter, dBias int) {
	g := &p.g
	return g.Depth() + 1, g.Taps() * g.GroupOC(), p.n * g.Rows(), p.n * g.Rows()
}

// newConvProblem draws data for a case and lets naive compute what is right.
// Real data are uniform in [−1, 1), integers in −4…4.
func newConvProblem(name string, g im2col.Geometry, n int, act engine.Activation, exact bool) *convProblem {
	r := rand.New(rand.NewPCG(hash(name), 1))
	p := &convProblem{name: name, g: g, n: n, activation: act, exact: exact}
	draw := func(n int) []float64 {
		x := make([]float64, n)
		for i := range x {
			if exact {
				x[i] = float64(r.IntN(9) - 4)
			} else {
				x[i] = 2*r.Float64() - 1
			}
		}
		return x
	}
	p.src, p.filter, p.bias = draw(n*g.InputLen()), draw(g.FilterLen()), draw(g.OC)
	p.dDst = draw(n * g.OutputLen())
	p.want = slide(p)
	p.measure()
	return p
}

// sizes returns size, or where the data are exact a bound on all its elements
// in one.
func (p *convProblem) sizes() convResult {
	if !p.exact {
		return p.size
	}
	largest := func(x []float64) float64 { return slices.Max(append(abs(x), 0)) }
	dst, dSrc, dFilter, dBias := p.terms()
	src, filter, bias, dDst := largest(p.src), largest(p.filter), largest(p.bias), largest(p.dDst)
	return convResult{
		dst:     []float64{float64(dst)*src*filter + bias},
		dSrc:    []float64{float64(dSrc) * dDst * filter},
		dFilter: []float64{float64(dFilter)*src*dDst + filter},
		dBias:   []float64{float64(dBias)*dDst + bias},
	}
}

// measure fills size.
func (p *convProblem) measure() {
	if p.exact {
		return
	}
	q := *p
	q.activation = engine.None
	q.src, q.filter, q.bias, q.dDst = abs(p.src), abs(p.filter), abs(p.bias), abs(p.dDst)
	p.size = slide(&q)
}

func abs(x []float64) []float64 {
	y := make([]float64, len(x))
	for i, v := range x {
		y[i] = math.Abs(v)
	}
	return y
}

// hash turns a case's name into the seed of its data (FNV-1a).
func hash(s string) uint64 {
	h := uint64(14695981039346656037)
	for _, b := range []byte(s) {
		h = (h ^ uint64(b)) * 1099511628211
	}
	return h
}
