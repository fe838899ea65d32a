package engine

import (
	"github.com/unslide/unslide/engine/internal/cut"
	"github.com/unslide/unslide/engine/internal/kernel"
	"github.com/unslide/unslide/engine/internal/work"
)

// activationGradient computes dPre = dDst ⊙ act′(dst) for a plan.
type activationGradient[T Float] struct {
	vector *kernel.Vector[T]
	act    Activation
	jobs   jobs[activationJob[T], *activationJob[T]]
}

func (a *activationGradient[T]) init(p *work.Pool, v *kernel.Vector[T], act Activation) {
	a.jobs.pool, a.vector, a.act = p, v, act
}

const needsInput = "engine: BackwardActivation: the activation's derivative is made from its input: want an Activate"

func (a *activationGradient[T]) run(dPre, dDst, dst []T, l *work.Label) {
	if a.act.NeedsInput() {
		panic(needsInput)
	}
	a.jobs.run(activationJob[T]{a, dPre, dDst, dst}, cut.Ceil(len(dst), activationPart), l)
}

// activationJob is one call in flight, cut by length alone.
type activationJob[T Float] struct {
	*activationGradient[T]
	dPre, dDst, dst []T
}

// activationPart is how many elements one part handles.
const activationPart = 1 << 14

func (j *activationJob[T]) Run(part int, _ *work.Worker) {
	lo, hi := part*activationPart, min((part+1)*activationPart, len(j.dst))
	dPre, dDst, dst := j.dPre[lo:hi], j.dDst[lo:hi], j.dst[lo:hi]
	j.vector.ActivateGrad(dPre, dDst, dst, kernel.Activation(j.act))
}
