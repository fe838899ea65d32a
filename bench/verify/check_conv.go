package verify

import (
	"fmt"
	"slices"

	"github.com/unslide/unslide/engine"
)

// outcome is how a case went on a path.
type outcome struct {
	skipped bool    // the algorithm does not offer the case
	worst   float64 // the largest error in units of what is allowed; exact cases: the largest error
}

func (p *convProblem) label() string {
	return fmt.Sprintf("%s: conv %v batch %d %v", p.name, p.g, p.n, p.activation)
}

// exact reports whether all passes have to be equal to what is right; the
// gradient to the data rounds where any pass does.
func (p *convProblem) exact(path Path) bool {
	return p.integers && !path.rounds(&p.g, engine.PassData)
}

func (p *convProblem) check(path Path, workers int) (outcome, error) {
	if path.Bits == 32 {
		return checkConv[float32](p, path, workers)
	}
	return checkConv[float64](p, path, workers)
}

func checkConv[T engine.Float](p *convProblem, path Path, workers int) (outcome, error) {
	plan, err := engine.NewConv2D[T](p.g, path.options(workers, p.activation)...)
	if err != nil {
		return p.refused(path, workers, err)
	}
	if path.Algorithm == engine.Depthwise && !offers(plan.Choices(), path.Algorithm) {
		return outcome{skipped: true}, nil // Direct computes it, on a path of its own
	}
	c := comparison{eps: epsilon(path.Bits)}
	kDst, kSrc, kFilter, kBias := p.terms()
	src, filter, bias := convert[T](p.Src), convert[T](p.Filter), convert[T](p.Bias)

	dst := newGuarded[T](len(p.want.Dst))
	plan.Forward(dst.data, src, filter, bias)
	c.exact = p.integers && !path.rounds(&p.g, engine.PassForward)
	compare(&c, "dst", dst, p.want.Dst, path.boundOf(&p.g, engine.PassForward, kDst, p.size.Dst))

	dst = newGuarded[T](len(p.want.Dst))
	plan.ForwardPacked(dst.data, src, plan.Pack(filter), bias)
	compare(&c, "dst of the packed filter", dst, p.want.Dst, path.boundOf(&p.g, engine.PassForward, kDst, p.size.Dst))

	// The gradients start from what is right, so that they cannot be wrong
	// because the forward pass was.
	dDst, right := convert[T](p.DDst), convert[T](p.want.Dst)
	dPre := newGuarded[T](len(dDst))
	plan.BackwardActivation(dPre.data, dDst, right)
	if !dPre.intact() {
		c.fault("dPre: written outside the slice")
	}

	dSrc := newGuarded[T](len(src))
	plan.BackwardData(dSrc.data, dPre.data, filter)
	c.exact = p.exact(path)
	compare(&c, "dSrc", dSrc, p.want.DSrc, path.boundOf(&p.g, engine.PassData, kSrc, p.size.DSrc))

	c.exact = p.integers && !path.rounds(&p.g, engine.PassFilter)
	dFilter, dBias := newGuarded[T](len(filter)), newGuarded[T](len(bias))
	plan.BackwardFilter(dFilter.data, dBias.data, src, dPre.data)
	stepped(dFilter.data, p.Filter, p.step)
	compare(&c, "dFilter", dFilter, p.want.DFilter, path.boundOf(&p.g, engine.PassFilter, kFilter, p.size.DFilter))
	if p.want.DBias != nil {
		c.exact = p.integers
		stepped(dBias.data, p.Bias, p.step)
		compare(&c, "dBias", dBias, p.want.DBias, path.bound(kBias, p.size.DBias))
	}
	return outcome{worst: c.worst}, c.err()
}

// offers reports whether any pass is computed by an algorithm.
func offers(choices []engine.Choice, a engine.Algorithm) bool {
	return slices.ContainsFunc(choices, func(c engine.Choice) bool { return c.Algorithm == a })
}

// stepped turns a gradient into the parameters after a step of gradient
// descent, where that is what a case knows.
func stepped[T engine.Float](gradient []T, parameters []float64, rate float64) {
	if rate == 0 {
		return
	}
	for i := range gradient {
		gradient[i] = T(parameters[i]) - T(rate)*gradient[i]
	}
}

// refused tells an algorithm that does not offer a case from a faulty plan:
// lowering offers every case.
func (p *convProblem) refused(path Path, workers int, err error) (outcome, error) {
	if path.Algorithm == engine.Auto || path.Algorithm == engine.GEMM {
		return outcome{}, err
	}
	path.Algorithm = engine.GEMM
	if _, err := engine.NewConv2D[float32](p.g, path.options(workers, p.activation)...); err != nil {
		return outcome{}, err
	}
	return outcome{skipped: true}, nil
}
