package engine

import (
	"slices"

	"github.com/unslide/unslide/engine/internal/conv"
	"github.com/unslide/unslide/engine/internal/lowered"
	"github.com/unslide/unslide/im2col"
)

// newDataRunners chooses how the gradient to the data is computed: by a product
// for each phase of the stride or, where these are too many or too much work,
// or of few channels, by one for all. covered reports whether the runners write
// every element of it.
func newDataRunners[T Float](g im2col.Geometry, o options, cfg conv.Config[T]) (runners []byBatch[conv.Runner[T]], covered bool, how Choice) {
	p := conv.NewPhases(g)
	if p.Count() == 0 {
		return nil, false, Choice{Pass: PassData, Algorithm: Direct, How: "zero", Why: "no output reads the data"}
	}
	first := p.Geometry(p.Rows[0], p.Cols[0])
	c := choose[T](PassData, &first, &o)
	row := rowOf(c.algorithm)
	if whole := passesOf[T](row).whole; whole != nil {
		if r := whole(g, cfg); r != nil {
			if c.why != whyForced {
				c.why = whyNarrow
			}
			return atOnce(r, c.algorithm, c.why)
		}
	}
	if why := raisePays(&p, passesOf[T](row).limit()); why != "" {
		return raised(&p, row, o, cfg, c, why)
	}
	var choices []Choice
	for _, p := range p.Products() {
		r, c := newRunner(PassData, p, o, cfg)
		runners, choices = append(runners, r), append(choices, c)
	}
	byGEMM := func(c Choice) bool { return c.Algorithm == GEMM }
	if c.algorithm != GEMM && slices.ContainsFunc(choices, byGEMM) { // for its tables
		return raised(&p, row, o, cfg, c, whyTables)
	}
	return runners, p.Covered(), ofPhases(choices)
}

// atOnce is the gradient to the data by one runner.
func atOnce[T Float](r conv.Runner[T], a Algorithm, why string) ([]byBatch[conv.Runner[T]], bool, Choice) {
	return []byBatch[conv.Runner[T]]{{many: r}}, true, Choice{Pass: PassData, Algorithm: a, How: r.String(), Why: why}
}

// raised computes all phases by raising: by the chosen algorithm or, where that does
// not, by GEMM with the engine's own products.
func raised[T Float](p *conv.Phases, row *algorithm, o options, cfg conv.Config[T], c choice, why string) ([]byBatch[conv.Runner[T]], bool, Choice) {
	if row.Algorithm == GEMM {
		return atOnce(lowered.NewRaised(p, cfg), GEMM, c.why)
	}
	if row.fast {
		row = exact(&p.G)
	}
	if raise := passesOf[T](row).raised; raise != nil {
		if r := raise(p, cfg); r != nil {
			return atOnce(r, row.Algorithm, why)
		}
	}
	cfg.Ops = conv.NewOps[T](o.set, packed[o.isa])
	return atOnce(lowered.NewRaised(p, cfg), GEMM, why)
}

// maxPhases is how many phases of the stride have a runner each.
const maxPhases = 16

// raisePays returns why raising computes a gradient to the data better than a
// product for each phase, which may take limit times the multiplications of the
// forward pass, padding included; "" where it does not.
func raisePays(p *conv.Phases, limit float64) string {
	switch {
	case p.Count() > maxPhases:
		return whyManyPhases
	case p.Work() > limit:
		return whyFewOutputs
	}
	return ""
}
