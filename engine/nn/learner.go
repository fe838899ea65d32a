package nn

import (
	"math"

	"github.com/unslide/unslide/engine"
)

// Learner takes optimiser steps on a model. One goroutine uses it at a time,
// and nobody else the model meanwhile.
type Learner[T engine.Float] struct {
	model     *Model[T]
	optimizer Optimizer
	taken     int // steps, which Adam's corrections count
	buffers   *buffers[T]
	step      step[T]
}

// NewLearner makes a learner with a fresh optimiser state.
func NewLearner[T engine.Float](m *Model[T], o Optimizer) (*Learner[T], error) {
	if err := o.Validate(); err != nil {
		return nil, err
	}
	l := &Learner[T]{model: m, optimizer: o, buffers: m.newBuffers(true)}
	for _, s := range m.shapes {
		for _, p := range s.Params {
			var gradient []T
			// SGD on a dense layer adds its gradient to the weights at once.
			if o.Method == Adam || s.Kind != "dense" {
				gradient = make([]T, p.Len())
			}
			l.step.gradients = append(l.step.gradients, gradient)
			if o.Method == Adam {
				l.step.moments = append(l.step.moments, moments[T]{make([]T, p.Len()), make([]T, p.Len())})
			}
		}
	}
	return l, nil
}

// Input returns the memory for the images of the next step, n × [H][W][C]. It
// is good until the next call.
func (l *Learner[T]) Input(n int) []T {
	l.buffers.resize(l.model.shapes, n)
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
	l.prepare(rate)
	for i := len(m.layers) - 1; i >= 0; i-- {
		m.layers[i].backward(&b.layers[i], &l.step)
	}
	return b.losses, b.predicted
}

// prepare computes the numbers of the step.
func (l *Learner[T]) prepare(rate float64) {
	l.step.rate = rate
	if l.optimizer.Method != Adam {
		return
	}
	o := l.optimizer
	beta1, beta2, epsilon := orDefault(o.Beta1, 0.9), orDefault(o.Beta2, 0.999), orDefault(o.Epsilon, 1e-8)
	l.step.adam = engine.AdamStep[T]{
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
