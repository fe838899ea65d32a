package engine

import "context"

// activationGradient runs an activationJob on the pool.
func activationGradient[T Float](p *pool, o *ops[T], act Activation, dPre, dDst, dst []T, labels context.Context) {
	if len(dst) == 0 {
		return
	}
	j := o.activations.get()
	*j = activationJob[T]{act, dPre, dDst, dst}
	p.run(j, ceilDiv(len(dst), activationPart), labels)
	*j = activationJob[T]{}
	o.activations.put(j)
}

// activationJob computes dPre = dDst ⊙ act′(dst), cut by length alone.
type activationJob[T Float] struct {
	act             Activation
	dPre, dDst, dst []T
}

// activationPart is how many elements one part handles.
const activationPart = 1 << 14

func (j *activationJob[T]) run(part, _ int) {
	lo, hi := part*activationPart, min((part+1)*activationPart, len(j.dst))
	dPre, dDst, dst := j.dPre[lo:hi], j.dDst[lo:hi], j.dst[lo:hi]
	switch j.act {
	case None:
		copy(dPre, dDst)
	case ReLU:
		for i, y := range dst {
			if y > 0 {
				dPre[i] = dDst[i]
			} else {
				dPre[i] = 0
			}
		}
	case Sigmoid:
		for i, y := range dst {
			dPre[i] = dDst[i] * y * (1 - y)
		}
	case Tanh:
		for i, y := range dst {
			dPre[i] = dDst[i] * (1 - y*y)
		}
	}
}
