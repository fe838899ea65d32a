package nn

import (
	"errors"
	"fmt"
	"strings"

	"github.com/unslide/unslide/engine"
)

// Finite reports each tensor, the optimiser's included, that holds NaN or ∞, nil
// if there is none: no training gets well from there.
func (w *Weights) Finite() error {
	tensors := w.Tensors
	if w.Training != nil {
		tensors = append(tensors[:len(tensors):len(tensors)], w.Training.Moments...)
	}
	var errs []error
	for _, t := range tensors {
		errs = append(errs, allFinite(t.Name, t.Float32), allFinite(t.Name, t.Float64))
	}
	return errors.Join(errs...)
}

func allFinite[T engine.Float](name string, data []T) error {
	for i, x := range data {
		if !finite(x) {
			return fmt.Errorf("nn: weights: %s[%d] is %v: want a finite number", name, i, x)
		}
	}
	return nil
}

// possible reports what no training of this batch can have come to.
func (tr *Training) possible(batch int) error {
	var errs []error
	if len(tr.Losses) != len(tr.Correct) {
		errs = append(errs, fmt.Errorf("nn: resume: %d losses, %d accuracies: want as many", len(tr.Losses), len(tr.Correct)))
	}
	for i, loss := range tr.Losses {
		if !finite(loss) {
			errs = append(errs, fmt.Errorf("nn: resume: the loss of step %d is %v: want a finite number", i+1, loss))
			break
		}
	}
	for i, n := range tr.Correct {
		if n < 0 || int(n) > batch {
			errs = append(errs, fmt.Errorf("nn: resume: %d images of step %d were right: want 0 to the batch's %d", n, i+1, batch))
			break
		}
	}
	for _, t := range tr.Moments {
		if strings.HasPrefix(t.Name, momentPrefix2) { // means of squares
			errs = append(errs, notNegative(t.Name, t.Float32), notNegative(t.Name, t.Float64))
		}
	}
	return errors.Join(errs...)
}

func notNegative[T engine.Float](name string, data []T) error {
	for i, x := range data {
		if x < 0 {
			return fmt.Errorf("nn: resume: %s[%d] is %v: want 0 or more", name, i, x)
		}
	}
	return nil
}
