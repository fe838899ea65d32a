package verify

import (
	"math"
	"math/rand/v2"

	"github.com/unslide/unslide/bench/sliding"
	"github.com/unslide/unslide/engine"
	"github.com/unslide/unslide/im2col"
	"github.com/unslide/unslide/naive"
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

	sliding.Data
	want sliding.Result // nil: not asked
	// step, if not 0, says that want.DFilter and want.DBias are the filter and
	// the bias after a step of gradient descent of this rate.
	step float64
	// size is the same sums over absolute values: |src|∗|filter|+|bias| and so
	// on. Rounding errors are bounded by a multiple of it.
	size sliding.Result
}

// terms returns how many products the sums of each result have.
func (p *convProblem) terms() (dst, dSrc, dFilter, dBias int) {
	g := &p.g
	return g.Depth() + 1, g.Taps() * g.GroupOC(), p.n * g.Rows(), p.n * g.Rows()
}

// newConvProblem draws data for a case and lets naive compute what is right.
func newConvProblem(name string, g im2col.Geometry, n int, act engine.Activation, exact bool) *convProblem {
	p := drawConvProblem(name, g, n, act, exact)
	p.want = p.slide()
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
	p.Src, p.Filter, p.Bias = draw(n*g.InputLen()), draw(g.FilterLen()), draw(g.OC)
	p.DDst = draw(n * g.OutputLen())
	return p
}

// slide computes the problem by the sliding reference.
func (p *convProblem) slide() sliding.Result {
	return sliding.Convolve(&p.g, p.n, naive.Activation(p.activation.String()), p.Data)
}

// measure fills size.
func (p *convProblem) measure() {
	if p.exact(Path{Algorithm: engine.Winograd, Bits: 32}) {
		return // nothing rounds
	}
	q := p.absolute()
	p.size = q.slide()
}

// absolute is the problem on absolute values, without an activation.
func (p *convProblem) absolute() convProblem {
	q := *p
	q.activation = engine.None
	q.Src, q.Filter, q.Bias, q.DDst = abs(p.Src), abs(p.Filter), abs(p.Bias), abs(p.DDst)
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
