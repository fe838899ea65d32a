package engine

import (
	"github.com/unslide/unslide/engine/internal/cut"
	"github.com/unslide/unslide/engine/internal/kernel"
	"github.com/unslide/unslide/engine/internal/work"
)

// AdamStep holds the numbers of one step of Adam (Kingma and Ba, 2015), which
// computes for every weight w with gradient g and moments m and v:
//
//	m = Beta1·m + (1−Beta1)·g
//	v = Beta2·v + (1−Beta2)·g·g
//	w = w − Rate·(m·Correct1)/(√(v·Correct2) + Epsilon)
type AdamStep[T Float] struct {
	Rate, Beta1, Beta2, Epsilon T
	// Correct1 is 1/(1−Beta1ᵗ), Correct2 is 1/(1−Beta2ᵗ), t counting steps from 1.
	Correct1, Correct2 T
}

// Update is the plan of an optimiser's step on one tensor of parameters of any
// length: the weights w and, equally long, their gradient and moments.
type Update[T Float] struct {
	ops    *kernel.Vector[T]
	labels map[string]*work.Label
	jobs   jobs[updateCall[T], *updateCall[T]]
}

// NewUpdate makes the plan. Its error joins a [Fault] for each option that
// is wrong.
func NewUpdate[T Float](opts ...Option) (*Update[T], error) {
	o, err := optionsOf("Update", elementOptions, opts)
	if err != nil {
		return nil, err
	}
	u := &Update[T]{ops: kernel.VectorFor[T](o.set), labels: phaseLabels(o, "update")}
	u.jobs.pool = work.PoolOf(o.workers)
	return u, nil
}

const badUpdate = "engine: Update: gradient or moments are not as long as the weights"

// SGD computes w −= rate·g.
func (u *Update[T]) SGD(w, g []T, rate T) {
	if len(g) != len(w) {
		panic(badUpdate)
	}
	u.run(updateCall[T]{w: w, g: g, rate: rate})
}

// Adam computes a step of Adam, see [AdamStep]. It changes w, m and v.
func (u *Update[T]) Adam(w, g, m, v []T, s AdamStep[T]) {
	if len(g) != len(w) || len(m) != len(w) || len(v) != len(w) {
		panic(badUpdate)
	}
	u.run(updateCall[T]{w: w, g: g, m: m, v: v, step: kernel.AdamStep[T](s)})
}

func (u *Update[T]) run(args updateCall[T]) {
	args.ops = u.ops
	u.jobs.run(args, cut.Ceil(len(args.w), updatePart), u.labels["update"])
}

// updatePart is how many weights one part handles.
const updatePart = 1 << 14

// updateCall is one call in flight, cut by length alone. Without moments it is
// a step of SGD.
type updateCall[T Float] struct {
	ops        *kernel.Vector[T]
	w, g, m, v []T
	rate       T
	step       kernel.AdamStep[T]
}

func (c *updateCall[T]) Run(part int, _ *work.Worker) {
	lo, hi := part*updatePart, min((part+1)*updatePart, len(c.w))
	if c.m == nil {
		c.ops.Axpy(c.w[lo:hi], c.g[lo:hi], -c.rate)
		return
	}
	c.ops.Adam(c.w[lo:hi], c.g[lo:hi], c.m[lo:hi], c.v[lo:hi], c.step)
}
