package nn

import (
	"fmt"
	"math"

	"github.com/unslide/unslide/engine"
)

// hopeless is the size from which numbers of type T have no digit after the
// point: 2²⁴ or 2⁵³. Logits as large are not rounded to a factor of e in their
// probabilities, and a loss as large says the like.
func hopeless[T engine.Float]() float64 {
	if _, single := any(T(0)).(float32); single {
		return 1 << 24
	}
	return 1 << 53
}

// Diverged reports why a training that has come to these parameters cannot have
// gone well: a parameter or one of the images' logits is not finite, or a logit
// is so large that its last digit is worth 1 or more. The images are
// n × [H][W][C].
func (m *Model[T]) Diverged(images []T) error {
	for _, p := range m.params {
		for i, x := range p.Data {
			if !finite(x) {
				return fmt.Errorf("nn: %s[%d] is %v", p.Name, i, x)
			}
		}
	}
	for _, logits := range m.logits(images) {
		for _, x := range logits {
			if !(math.Abs(float64(x)) < hopeless[T]()) {
				return fmt.Errorf("nn: a logit is %v", x)
			}
		}
	}
	return nil
}

func finite[T engine.Float](x T) bool { return x-x == 0 }

// Diverged is [Model.Diverged] on the images of the last step. [Trainer.Run]
// asks it at the end; whoever keeps a checkpoint before asks it then.
func (t *Trainer[T]) Diverged() error {
	taken := t.Taken()
	if taken == 0 {
		return t.model.Diverged(nil)
	}
	numbers := t.imagesOf(taken - 1)
	numbers = numbers[:min(len(numbers), evaluationBatch)]
	images := make([]T, len(numbers)*t.model.InputLen())
	if err := t.load(images, (taken-1)/t.StepsPerEpoch(), numbers); err != nil {
		return err
	}
	if err := t.model.Diverged(images); err != nil {
		return fmt.Errorf("%w after step %d: want a smaller rate than %v", err, taken, t.config.Optimizer.Rate)
	}
	return nil
}
