package verify

import (
	"fmt"

	"github.com/unslide/unslide/bench/shapes"
	"github.com/unslide/unslide/bench/sliding"
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

// multiply computes a problem by the sliding reference.
func multiply(p *convProblem) sliding.Result {
	return sliding.Dense(p.g.C, p.g.OC, p.n, naive.Activation(p.activation.String()), p.Data)
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
	src, weights, bias := convert[T](p.Src), convert[T](p.Filter), convert[T](p.Bias)

	dst := newGuarded[T](len(p.want.Dst))
	plan.Forward(dst.data, src, weights, bias)
	compare(&c, "dst", dst, p.want.Dst, path.bound(kDst, p.size.Dst))

	dPre := newGuarded[T](len(dst.data))
	plan.BackwardActivation(dPre.data, convert[T](p.DDst), convert[T](p.want.Dst))
	if !dPre.intact() {
		c.fault("dPre: written outside the slice")
	}
	dSrc := newGuarded[T](len(src))
	plan.BackwardData(dSrc.data, dPre.data, weights)
	compare(&c, "dSrc", dSrc, p.want.DSrc, path.bound(kSrc, p.size.DSrc))
	dWeights, dBias := newGuarded[T](len(weights)), newGuarded[T](len(bias))
	plan.BackwardWeights(dWeights.data, dBias.data, src, dPre.data)
	compare(&c, "dWeights", dWeights, p.want.DFilter, path.bound(kFilter, p.size.DFilter))
	compare(&c, "dBias", dBias, p.want.DBias, path.bound(kBias, p.size.DBias))

	// The step of gradient descent in one pass over the weights, by a rate that
	// keeps integers integers.
	const rate = -2
	dSrc, after, biasAfter := newGuarded[T](len(src)), newGuarded[T](len(weights)), newGuarded[T](len(bias))
	copy(after.data, weights)
	copy(biasAfter.data, bias)
	plan.BackwardUpdate(dSrc.data, after.data, biasAfter.data, src, dPre.data, rate)
	compare(&c, "dSrc of the update", dSrc, p.want.DSrc, path.bound(kSrc, p.size.DSrc))
	compare(&c, "weights after the update", after, stepTo(p.Filter, p.want.DFilter, rate), path.bound(2*kFilter+1, stepTo(abs(p.Filter), p.size.DFilter, rate)))
	compare(&c, "bias after the update", biasAfter, stepTo(p.Bias, p.want.DBias, rate), path.bound(2*kBias+1, stepTo(abs(p.Bias), p.size.DBias, rate)))
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
