package engine

import (
	"github.com/unslide/unslide/engine/internal/cut"
	"github.com/unslide/unslide/engine/internal/work"
)

// activationGradient runs an activationJob on the pool.
func activationGradient[T Float](p *work.Pool, o *ops[T], act Activation, dPre, dDst, dst []T, labels *work.Label) {
	if len(dst) == 0 {
		return
	}
	j := o.activations.Get()
	*j = activationJob[T]{o, act, dPre, dDst, dst}
	p.Run(j, cut.Ceil(len(dst), activationPart), labels)
	*j = activationJob[T]{}
	o.activations.Put(j)
}

// activationJob computes dPre = dDst ⊙ act′(dst), cut by length alone.
type activationJob[T Float] struct {
	ops             *ops[T]
	act             Activation
	dPre, dDst, dst []T
}

// activationPart is how many elements one part handles.
const activationPart = 1 << 14

func (j *activationJob[T]) Run(part int, _ *work.Worker) {
	lo, hi := part*activationPart, min((part+1)*activationPart, len(j.dst))
	dPre, dDst, dst := j.dPre[lo:hi], j.dDst[lo:hi], j.dst[lo:hi]
	switch j.act {
	case None:
		copy(dPre, dDst)
	case ReLU:
		j.ops.ReLUGrad(dPre, dDst, dst)
	case Sigmoid:
		j.ops.SigmoidGrad(dPre, dDst, dst)
	case Tanh:
		j.ops.TanhGrad(dPre, dDst, dst)
	}
}
