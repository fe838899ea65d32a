package engine

import (
	"errors"
	"fmt"
	"math"

	"github.com/unslide/unslide/engine/internal/kernel"
	"github.com/unslide/unslide/engine/internal/work"
)

// SoftmaxCrossEntropy is the plan of a classifier's last step. With n images,
// in elements:
//
//	logits, dLogits, probabilities  n × [classes]
//	labels, predicted, losses       n
//
// The loss of an image is −log of the probability of its label. Images are
// computed one after another by the calling goroutine: there are few of them
// and a class takes nanoseconds.
type SoftmaxCrossEntropy[T Float] struct {
	classes int
	softmax func(dst, src []T) (max, sum T)
	labels  map[string]*work.Label
}

// NewSoftmaxCrossEntropy makes the plan for a number of classes. Its error
// joins a [Fault] for each that it and the options have.
func NewSoftmaxCrossEntropy[T Float](classes int, opts ...Option) (*SoftmaxCrossEntropy[T], error) {
	o, err := optionsOf("SoftmaxCrossEntropy", serialOptions, opts)
	if classes < 1 || classes > maxClasses {
		err = errors.Join(fault("classes", fmt.Sprint(classes), fmt.Sprintf("1 to %d, a label is an int32", maxClasses)), err)
	}
	if err != nil {
		return nil, err
	}
	return &SoftmaxCrossEntropy[T]{
		classes: classes,
		softmax: kernel.VectorFor[T](o.set).Softmax,
		labels:  phaseLabels(o, "forward", "loss"),
	}, nil
}

const maxClasses = math.MaxInt32

const (
	badSoftmaxLogits = "engine: SoftmaxCrossEntropy: logits are not a whole number of classes-long images"
	badSoftmaxDst    = "engine: SoftmaxCrossEntropy: probabilities or gradients are not as long as the logits"
	badSoftmaxLabels = "engine: SoftmaxCrossEntropy: labels, predictions or losses are not one for each image"
	badSoftmaxLabel  = "engine: SoftmaxCrossEntropy: label is none of the classes"
)

// Forward computes the probabilities of the classes. It may work in place.
func (s *SoftmaxCrossEntropy[T]) Forward(probabilities, logits []T) {
	switch {
	case len(logits)%s.classes != 0:
		panic(badSoftmaxLogits)
	case len(probabilities) != len(logits):
		panic(badSoftmaxDst)
	}
	l := s.labels["forward"]
	defer work.Restore(l.Set())
	start := l.Begin()
	for i := 0; i < len(logits); i += s.classes {
		s.softmax(probabilities[i:i+s.classes], logits[i:i+s.classes])
	}
	l.End(0, start)
}

// Loss computes each image's loss and the class of its largest logit, the first
// of equal ones, and the gradient of the mean of the losses:
//
//	dLogits[i·classes+k] = (probability of class k − (1 if k is the label)) / n
//
// dLogits may be the logits.
func (s *SoftmaxCrossEntropy[T]) Loss(dLogits []T, losses []float64, predicted []int32, logits []T, labels []int32) {
	n := len(logits) / s.classes
	switch {
	case len(logits) != n*s.classes:
		panic(badSoftmaxLogits)
	case len(dLogits) != len(logits):
		panic(badSoftmaxDst)
	case len(labels) != n || len(predicted) != n || len(losses) != n:
		panic(badSoftmaxLabels)
	}
	for _, y := range labels {
		if y < 0 || int(y) >= s.classes {
			panic(badSoftmaxLabel)
		}
	}
	l := s.labels["loss"]
	defer work.Restore(l.Set())
	start := l.Begin()
	scale := 1 / T(n)
	for i, y := range labels {
		x := logits[i*s.classes : (i+1)*s.classes]
		best, logit := 0, x[y]
		for k, v := range x {
			if v > x[best] {
				best = k
			}
		}
		p := dLogits[i*s.classes : (i+1)*s.classes]
		largest, sum := s.softmax(p, x)
		// In float64, because float32 ends at 3.4e38 and this at twice that.
		losses[i] = float64(largest) - float64(logit) + math.Log(float64(sum))
		predicted[i] = int32(best)
		p[y]--
		if n > 1 {
			for k := range p {
				p[k] *= scale
			}
		}
	}
	l.End(0, start)
}
