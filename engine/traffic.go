package engine

import (
	"github.com/unslide/unslide/engine/internal/kernel"
	"github.com/unslide/unslide/engine/internal/work"
)

// Traffic moves memory and computes next to nothing, as a measure of what waits
// for memory: a dense layer on one image reads its weights once going forward,
// and reads and writes them once in [Dense.BackwardUpdate].
type Traffic struct {
	workers int
	ops     *kernel.Vector[float32]
	labels  map[string]*work.Label
	jobs    jobs[trafficCall, *trafficCall]
}

// NewTraffic makes the plan. Its error joins a [Fault] for each option that
// is wrong.
func NewTraffic(opts ...Option) (*Traffic, error) {
	o, err := optionsOf("Traffic", elementOptions, opts)
	if err != nil {
		return nil, err
	}
	t := &Traffic{workers: o.workers, ops: kernel.VectorFor[float32](o.set), labels: phaseLabels(o, "read", "rewrite")}
	t.jobs.pool = work.PoolOf(o.workers)
	return t, nil
}

// Read reads w once, each worker its share.
func (t *Traffic) Read(w []float32) { t.run("read", w, false) }

// Rewrite reads w and writes the same values, once, each worker its share.
func (t *Traffic) Rewrite(w []float32) { t.run("rewrite", w, true) }

func (t *Traffic) run(phase string, w []float32, write bool) {
	t.jobs.run(trafficCall{t.ops, w, t.workers, write}, t.workers, t.labels[phase])
}

type trafficCall struct {
	ops   *kernel.Vector[float32]
	w     []float32
	parts int
	write bool
}

func (c *trafficCall) Run(part int, _ *work.Worker) {
	w := c.w[len(c.w)*part/c.parts : len(c.w)*(part+1)/c.parts]
	if c.write {
		c.ops.Scale(w, 1)
	} else {
		c.ops.Dot(w, w)
	}
}
