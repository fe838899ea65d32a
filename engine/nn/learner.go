package nn

import (
	"math"

	"github.com/unslide/unslide/engine"
)

// Learner takes optimiser steps on a model. One goroutine uses it at a time,
// and nobody else the model meanwhile.
//
// A step computes every gradient before any parameter changes. Where plain SGD
// leaves a layer's gradients to nobody else, the layer may step in the same pass
// over its weights, from the values before the step: the same bits.
type Learner[T engine.Float] struct {
	model     *Model[T]
	optimizer Optimizer
	taken     int // steps, which Adam's corrections count
	buffers   *buffers[T]
	fused     []stepper[T] // of each layer, nil for one that does not step itself
	moments   []moments[T] // of Adam, by the parameters' numbers; nil for SGD
}

type moments[T engine.Float] struct{ first, second []T }

// stepper is an operation that computes the gradients to what it reads and steps
// its parameters by w −= rate·gradient in one pass.
type stepper[T engine.Float] interface {
	backwardStep(v *values[T], rate T)
}

// NewLearner makes a learner with a fresh optimiser state.
func NewLearner[T engine.Float](m *Model[T], o Optimizer) (*Learner[T], error) {
	if err := o.Validate(); err != nil {
		return nil, err
	}
	l := &Learner[T]{model: m, optimizer: o, buffers: m.newBuffers(true), fused: make([]stepper[T], len(m.layers))}
	for i, s := range m.shapes {
		if o.Method == SGD {
			l.fused[i], _ = m.layers[i].(stepper[T])
		}
		for _, p := range s.Params {
			var gradient []T
			if l.fused[i] == nil {
				gradient = make([]T, p.Len())
			}
			l.buffers.layers[i].gradients = append(l.buffers.layers[i].gradients, gradient)
			if o.Method == Adam {
				l.moments = append(l.moments, moments[T]{make([]T, p.Len()), make([]T, p.Len())})
			}
		}
	}
	return l, nil
}

// Input returns the memory for the images of the next step, n × [H][W][C]. It
// is good until the next call.
func (l *Learner[T]) Input(n int) []T {
	l.buffers.resize(n)
	return l.buffers.src
}

const (
	badStepInput  = "nn: Learner: Input was not asked for as many images as there are labels"
	badStepLabels = "nn: Learner: no labels"
)

// Step takes one step, at the given rate, on the images that lie in Input and
// their labels. The loss is the mean over the images. It returns each image's
// loss and predicted class before the step; both are good until the next call.
func (l *Learner[T]) Step(labels []int32, rate float64) (losses []float64, predicted []int32) {
	b := l.buffers
	switch {
	case len(labels) == 0:
		panic(badStepLabels)
	case len(labels) != b.n:
		panic(badStepInput)
	}
	m := l.model
	m.forward(b)
	logits, dLogits := b.logits()
	m.loss.Loss(dLogits, b.losses, b.predicted, logits, labels)
	l.taken++
	for i := len(m.layers) - 1; i >= 0; i-- {
		if f := l.fused[i]; f != nil {
			f.backwardStep(&b.layers[i], T(rate))
			m.sum(b, i)
		} else {
			m.backward(b, i)
		}
	}
	l.update(rate)
	return b.losses, b.predicted
}

// update steps the parameters by their gradients.
func (l *Learner[T]) update(rate float64) {
	var adam engine.AdamStep[T]
	if l.moments != nil {
		adam = l.adam(rate)
	}
	for i, v := range l.buffers.layers {
		if l.fused[i] != nil {
			continue
		}
		for k, w := range v.params {
			if l.moments == nil {
				l.model.updates[i].SGD(w, v.gradients[k], T(rate))
			} else {
				m := l.moments[l.model.first[i]+k]
				l.model.updates[i].Adam(w, v.gradients[k], m.first, m.second, adam)
			}
		}
	}
}

// adam returns the numbers of the step.
func (l *Learner[T]) adam(rate float64) engine.AdamStep[T] {
	o := l.optimizer
	beta1, beta2, epsilon := orDefault(o.Beta1, 0.9), orDefault(o.Beta2, 0.999), orDefault(o.Epsilon, 1e-8)
	return engine.AdamStep[T]{
		Rate: T(rate), Beta1: T(beta1), Beta2: T(beta2), Epsilon: T(epsilon),
		Correct1: T(1 / (1 - math.Pow(beta1, float64(l.taken)))),
		Correct2: T(1 / (1 - math.Pow(beta2, float64(l.taken)))),
	}
}

func orDefault(x, def float64) float64 {
	if x == 0 {
		return def
	}
	return x
}
