package engine

import (
	"fmt"

	"github.com/unslide/unslide/im2col"
)

// newDataRunners chooses how the gradient to the data is computed: by a product
// for each phase of the stride or, of few channels, by one for all. covered
// reports whether the runners write every element of it.
func newDataRunners[T Float](g im2col.Geometry, o options, v *ops[T]) (runners []byBatch[runner[T]], covered bool, choice Choice) {
	phases, covered := gradientProducts(g)
	if len(phases) == 0 {
		return nil, false, Choice{PassData, Direct, "zero", "no output reads the data"}
	}
	if r, choice := planesRunner[T](g, &phases[0], o); r != nil {
		return []byBatch[runner[T]]{{many: r}}, true, choice
	}
	for i, p := range phases {
		r, c := newRunner(PassData, p, o, v)
		if runners = append(runners, r); i == 0 {
			choice = c
		}
	}
	if n := len(phases); n > 1 {
		choice.How += fmt.Sprintf(" in %d phases", n)
	}
	return runners, covered, choice
}

// planesRunner returns the runner for few channels where Direct is to compute a
// gradient and that is the faster way, else nil.
func planesRunner[T Float](g im2col.Geometry, phase *product, o options) (runner[T], Choice) {
	c := choose[T](PassData, &phase.g, &o)
	if c.algorithm != Direct || sizeOf[T]() != 4 || !planesPay(&g) {
		return nil, Choice{}
	}
	r := newDirectPlanes(g, o.isa)
	if r == nil {
		return nil, Choice{}
	}
	if c.why != whyForced {
		c.why = whyNarrow
	}
	return any(r).(runner[T]), Choice{PassData, Direct, r.String(), c.why}
}
