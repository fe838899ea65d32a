package engine

import (
	"errors"
	"fmt"

	"github.com/unslide/unslide/engine/internal/cut"
	"github.com/unslide/unslide/engine/internal/kernel"
	"github.com/unslide/unslide/engine/internal/work"
)

// Activate is the plan of an activation by itself: dst[i] = activation(src[i]), for
// tensors of any length. Those that a convolution, a dense layer or a normalisation
// can compute the gradient of are better fused with that, see [WithActivation].
type Activate[T Float] struct {
	activation Activation
	slope      T // of LeakyReLU, 0 where it is not one
	ops        *kernel.Vector[T]
	labels     map[string]*work.Label
	jobs       jobs[activateCall[T], *activateCall[T]]
}

// WithSlope sets the slope of [LeakyReLU] for numbers below 0, 1/100 without it.
func WithSlope(slope float64) Option {
	return option(slopeOption, func(o *options) { o.slope = &slope })
}

// NewActivate makes the plan of an activation. Its error joins a [Fault] for each
// that it and the options have.
func NewActivate[T Float](a Activation, opts ...Option) (*Activate[T], error) {
	o, err := optionsOf("Activate", activateOptions, opts)
	_, unknown := a.MarshalText()
	errs := []error{unknown, err}
	if o.slope != nil && a != LeakyReLU && unknown == nil {
		errs = append(errs, fault("slope of "+a.String(), fmt.Sprint(*o.slope), "none, it is leakyrelu's"))
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	p := &Activate[T]{activation: a, ops: kernel.VectorFor[T](o.set), labels: phaseLabels(o, "forward", "backward-data")}
	p.jobs.pool = work.PoolOf(o.workers)
	if a == LeakyReLU {
		p.slope = kernel.LeakySlope
		if o.slope != nil {
			p.slope = T(*o.slope)
		}
	}
	return p, nil
}

// Activation returns what the plan computes.
func (p *Activate[T]) Activation() Activation { return p.activation }

// String names the activation.
func (p *Activate[T]) String() string { return fmt.Sprintf("activate %v %T", p.activation, *new(T)) }

const badActivate = "engine: Activate: the tensors are not of the same length"

// Forward computes dst. dst may be src where the gradient does not need that.
func (p *Activate[T]) Forward(dst, src []T) {
	if len(dst) != len(src) {
		panic(badActivate)
	}
	p.run("forward", activateCall[T]{plan: p, dst: dst, src: src})
}

// Backward computes dSrc = dDst ⊙ activation′, where kept is src if the activation
// [Activation.NeedsInput], else dst. dSrc may be dDst.
func (p *Activate[T]) Backward(dSrc, dDst, kept []T) {
	if len(dSrc) != len(kept) || len(dDst) != len(kept) {
		panic(badActivate)
	}
	p.run("backward-data", activateCall[T]{plan: p, dst: dSrc, src: kept, dDst: dDst})
}

func (p *Activate[T]) run(phase string, call activateCall[T]) {
	p.jobs.run(call, cut.Ceil(len(call.src), activationPart), p.labels[phase])
}

// activateCall is one call in flight, cut by length alone: backward with dDst.
type activateCall[T Float] struct {
	plan           *Activate[T]
	dst, src, dDst []T
}

func (c *activateCall[T]) Run(part int, _ *work.Worker) {
	p := c.plan
	lo, hi := part*activationPart, min((part+1)*activationPart, len(c.src))
	dst, src, act := c.dst[lo:hi], c.src[lo:hi], kernel.Activation(p.activation)
	switch leaky := p.slope != 0; {
	case c.dDst == nil && leaky:
		p.ops.LeakyReLU(dst, src, p.slope)
	case c.dDst == nil:
		p.ops.Activate(dst, src, act)
	case leaky:
		p.ops.LeakyReLUGrad(dst, c.dDst[lo:hi], src, p.slope)
	default:
		p.ops.ActivateGrad(dst, c.dDst[lo:hi], src, act)
	}
}
