package engine

import (
	"slices"

	"github.com/unslide/unslide/engine/internal/cut"
	"github.com/unslide/unslide/im2col"
)

// newDataRunners chooses how the gradient to the data is computed: by a product
// for each phase of the stride or, where these are too many or too much work,
// or of few channels, by one for all. covered reports whether the runners write
// every element of it.
func newDataRunners[T Float](g im2col.Geometry, o options, v *ops[T]) (runners []byBatch[runner[T]], covered bool, choice Choice) {
	p := newPhases(g)
	if p.count() == 0 {
		return nil, false, Choice{Pass: PassData, Algorithm: Direct, How: "zero", Why: "no output reads the data"}
	}
	first := p.geometry(p.rows[0], p.cols[0])
	c := choose[T](PassData, &first, &o)
	if r, choice := planesRunner[T](g, c, o); r != nil {
		return []byBatch[runner[T]]{{many: r}}, true, choice
	}
	if why := raisePays(&p, c.algorithm); why != "" {
		return raisedRunner(&p, o, v, c, why)
	}
	var choices []Choice
	for _, p := range p.products() {
		r, c := newRunner(PassData, p, o, v)
		runners, choices = append(runners, r), append(choices, c)
	}
	gemm := func(c Choice) bool { return c.Algorithm == GEMM }
	if c.algorithm != GEMM && slices.ContainsFunc(choices, gemm) { // for its tables
		return raisedRunner(&p, o, v, c, whyTables)
	}
	return runners, p.covered(), ofPhases(choices)
}

// planesRunner returns the runner for few channels where Direct is chosen for a
// gradient and that is the faster way, else nil.
func planesRunner[T Float](g im2col.Geometry, c choice, o options) (runner[T], Choice) {
	if c.algorithm != Direct || cut.SizeOf[T]() != 4 || !planesPay(&g) {
		return nil, Choice{}
	}
	r := newDirectPlanes(g, o.set)
	if r == nil {
		return nil, Choice{}
	}
	if c.why != whyForced {
		c.why = whyNarrow
	}
	return any(r).(runner[T]), Choice{Pass: PassData, Algorithm: Direct, How: r.String(), Why: c.why}
}

// raisedRunner returns the runner that computes all phases by raising: by BLAS
// where GEMM was chosen, else by the engine's own kernels.
func raisedRunner[T Float](p *phases, o options, v *ops[T], c choice, why string) ([]byBatch[runner[T]], bool, Choice) {
	if c.algorithm != GEMM {
		if r := directRaisedRunner(p, o, v); r != nil {
			return []byBatch[runner[T]]{{many: r}}, true, Choice{Pass: PassData, Algorithm: Direct, How: r.String(), Why: why}
		}
		v = newOps[T](o, packed[o.isa])
	} else {
		why = c.why
	}
	r := newRaisedProduct(p.g, v)
	return []byBatch[runner[T]]{{many: r}}, true, Choice{Pass: PassData, Algorithm: GEMM, How: r.String(), Why: why}
}

// directRaisedRunner returns nil where the engine's own kernels do not raise a
// gradient.
func directRaisedRunner[T Float](p *phases, o options, v *ops[T]) runner[T] {
	if p.depthwise() {
		return any(newDepthwiseData(p, o, any(v).(*ops[float32]))).(runner[T])
	}
	if r := newDirectRaised(p.g, o); r != nil {
		return any(r).(runner[T])
	}
	return nil
}

const (
	// maxPhases is how many phases of the stride have a runner each.
	maxPhases = 16
	// maxPhaseWork and maxDirectPhaseWork are how many times the multiplications
	// of the forward pass the phases may take, padding included. Direct leaves
	// most of that out.
	maxPhaseWork       = 2.5
	maxDirectPhaseWork = 8
)

// raisePays returns why raising computes a gradient to the data better than a
// product for each phase by the given algorithm; "" where it does not.
func raisePays(p *phases, a Algorithm) string {
	limit := float64(maxPhaseWork)
	if a != GEMM && !p.depthwise() {
		limit = maxDirectPhaseWork
	}
	switch {
	case p.count() > maxPhases:
		return whyManyPhases
	case p.work() > limit:
		return whyFewOutputs
	}
	return ""
}
