package bench

import (
	"fmt"

	"github.com/unslide/unslide/bench/shapes"
	"github.com/unslide/unslide/engine"
	"github.com/unslide/unslide/naive"
)

// denseProblem is a dense layer: the convolution of images of one pixel with
// 1×1 kernels, computed by the plan for dense layers.
type denseProblem struct{ convProblem }

func newDenseProblem(c shapes.Case, act engine.Activation, exact bool) *denseProblem {
	name := c.Name
	if !exact {
		name += "_real"
	}
	p := &denseProblem{*drawConvProblem(name, c.Geometry, c.Batch, act, exact)}
	p.want = multiply(&p.convProblem)
	if !exact {
		q := p.absolute()
		p.size = multiply(&q)
	}
	return p
}

// multiply computes the layer by naive, image by image.
func multiply(p *convProblem) (r convResult) {
	in, out := p.g.C, p.g.OC
	l := naive.Dense{Neurons: out, Activation: naive.Activation(p.activation.String())}
	r.dFilter, r.dBias = make([]float64, in*out), make([]float64, out)
	for i := range p.n {
		x := p.src[i*in : (i+1)*in]
		y := l.Forward(x, p.filter, p.bias)
		dx, dWeights, dBias := l.Backward(x, p.filter, y, p.dDst[i*out:(i+1)*out])
		r.dst, r.dSrc = append(r.dst, y...), append(r.dSrc, dx...)
		naive.SGD(r.dFilter, dWeights, -1) // adds
		naive.SGD(r.dBias, dBias, -1)
	}
	return r
}

func (p *denseProblem) label() string {
	return fmt.Sprintf("%s: dense %d → %d batch %d %v", p.name, p.g.C, p.g.OC, p.n, p.activation)
}

func (p *denseProblem) exact(Path) bool { return p.integers }

func (p *denseProblem) check(path Path, workers int) (outcome, error) {
	if path.Algorithm != engine.Auto {
		return outcome{skipped: true}, nil // dense layers have one algorithm
	}
	if path.Bits == 32 {
		return checkDense[float32](p, path, workers)
	}
	return checkDense[float64](p, path, workers)
}

func checkDense[T engine.Float](p *denseProblem, path Path, workers int) (outcome, error) {
	plan, err := engine.NewDense[T](p.g.C, p.g.OC, path.options(workers, p.activation)...)
	if err != nil {
		return outcome{}, err
	}
	c := comparison{eps: epsilon(path.Bits), exact: p.integers}
	kDst, kSrc, kFilter, kBias := p.terms()
	src, weights, bias := convert[T](p.src), convert[T](p.filter), convert[T](p.bias)

	dst := newGuarded[T](len(p.want.dst))
	plan.Forward(dst.data, src, weights, bias)
	compare(&c, "dst", dst, p.want.dst, path.bound(kDst, p.size.dst))

	dPre := newGuarded[T](len(dst.data))
	plan.BackwardActivation(dPre.data, convert[T](p.dDst), convert[T](p.want.dst))
	if !dPre.intact() {
		c.fault("dPre: written outside the slice")
	}
	dSrc := newGuarded[T](len(src))
	plan.BackwardData(dSrc.data, dPre.data, weights)
	compare(&c, "dSrc", dSrc, p.want.dSrc, path.bound(kSrc, p.size.dSrc))
	dWeights, dBias := newGuarded[T](len(weights)), newGuarded[T](len(bias))
	plan.BackwardWeights(dWeights.data, dBias.data, src, dPre.data)
	compare(&c, "dWeights", dWeights, p.want.dFilter, path.bound(kFilter, p.size.dFilter))
	compare(&c, "dBias", dBias, p.want.dBias, path.bound(kBias, p.size.dBias))

	// The step of gradient descent in one pass over the weights, by a rate that
	// keeps integers integers.
	const rate = -2
	dSrc, after, biasAfter := newGuarded[T](len(src)), newGuarded[T](len(weights)), newGuarded[T](len(bias))
	copy(after.data, weights)
	copy(biasAfter.data, bias)
	plan.BackwardUpdate(dSrc.data, after.data, biasAfter.data, src, dPre.data, rate)
	compare(&c, "dSrc of the update", dSrc, p.want.dSrc, path.bound(kSrc, p.size.dSrc))
	compare(&c, "weights after the update", after, stepTo(p.filter, p.want.dFilter, rate), path.bound(2*kFilter+1, stepTo(abs(p.filter), p.size.dFilter, rate)))
	compare(&c, "bias after the update", biasAfter, stepTo(p.bias, p.want.dBias, rate), path.bound(2*kBias+1, stepTo(abs(p.bias), p.size.dBias, rate)))
	return outcome{worst: c.worst}, c.err()
}

// stepTo returns parameters − rate·gradient, nil without a gradient.
func stepTo(parameters, gradient []float64, rate float64) []float64 {
	if gradient == nil {
		return nil
	}
	after := append([]float64(nil), parameters...)
	naive.SGD(after, gradient, rate)
	return after
}
