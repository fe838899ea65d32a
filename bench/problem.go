package bench

import (
	"math"
	"math/rand/v2"

	"github.com/unslide/unslide/engine"
	"github.com/unslide/unslide/im2col"
)

// convProblem is a convolution with data and what is right.
type convProblem struct {
	name       string
	g          im2col.Geometry
	n          int
	activation engine.Activation
	// integers says that the data are small integers, so that every sum is exact
	// in float32 and the results have to be equal.
	integers bool

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
func newConvProblem(name string, g im2col.Geometry, n int, act engine.Activation, exact bool) *convProblem {
	p := drawConvProblem(name, g, n, act, exact)
	p.want = slide(p)
	p.measure()
	return p
}

// drawConvProblem draws data: real numbers uniform in [−1, 1), integers in
// −4…4.
func drawConvProblem(name string, g im2col.Geometry, n int, act engine.Activation, exact bool) *convProblem {
	r := rand.New(rand.NewPCG(hash(name), 1))
	p := &convProblem{name: name, g: g, n: n, activation: act, integers: exact}
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
	return p
}

// measure fills size.
func (p *convProblem) measure() {
	if p.exact(Path{Algorithm: engine.Winograd, Bits: 32}) {
		return // nothing rounds
	}
	q := p.absolute()
	p.size = slide(&q)
}

// absolute is the problem on absolute values, without an activation.
func (p *convProblem) absolute() convProblem {
	q := *p
	q.activation = engine.None
	q.src, q.filter, q.bias, q.dDst = abs(p.src), abs(p.filter), abs(p.bias), abs(p.dDst)
	return q
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
