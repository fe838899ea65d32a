package nn

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
)

// Training is how a training stands after some steps.
type Training struct {
	Losses  []float64 // each step's mean loss
	Correct []int32   // each step's number of images that were right
	// Settings is nil where the file does not say, as the article's.
	Settings *Settings
	// Moments are Adam's: adam_m_NAME and adam_v_NAME of each parameter.
	Moments []Tensor

	beside *historyBeside // of a file without losses of its own
	lost   error          // why its history is not here
}

// Settings are what a training must have in common with the one that it
// continues.
type Settings struct {
	Precision string `json:"precision"` // float32 or float64
	Images    int    `json:"images"`    // of the source
	Config    Config `json:"config"`
	// ListSHA256 identifies the order's list: the SHA-256 of its numbers in
	// little-endian 64 bits.
	ListSHA256 string `json:"list_sha256,omitempty"`
	// Variation is what a varied source says of itself, "" of another.
	Variation string `json:"variation,omitempty"`
}

// Checkpoint returns a copy of the parameters and of how the training stands,
// from which [Trainer.Resume] continues to the bit.
func (t *Trainer[T]) Checkpoint() *Weights {
	w := t.model.Weights()
	s := t.settings()
	w.Training = &Training{
		Losses:   append([]float64{}, t.losses...),
		Correct:  append([]int32{}, t.correct...),
		Settings: &s,
	}
	for i, m := range t.learner.moments {
		p := t.model.params[i]
		w.Training.Moments = append(w.Training.Moments,
			tensorOf(momentPrefix1+p.Name, p.Dims, m.first), tensorOf(momentPrefix2+p.Name, p.Dims, m.second))
	}
	return w
}

const momentPrefix1, momentPrefix2 = "adam_m_", "adam_v_"

func (t *Trainer[T]) settings() Settings {
	c := t.config
	c.Order.List = nil
	return Settings{Precision: precision[T](), Images: t.source.Len(), Config: c, ListSHA256: t.config.Order.digest(), Variation: t.feed.variation()}
}

// Resume makes the trainer continue from a checkpoint: the next steps compute
// the bits that an uninterrupted training would. The number of epochs may be
// another unless the schedule depends on it; the number of workers may always.
// Its error joins an [engine.Fault] for every setting that differs, with those of
// the network and the file; then the trainer stays as it was.
//
// The article's file says nothing of its network and settings; there the
// parameters must fit, and the training continues from its step.
func (t *Trainer[T]) Resume(w *Weights) error {
	if w == nil || w.Training == nil {
		return errors.New("nn: resume: parameters alone: want a checkpoint with a training's state")
	}
	tr := w.Training
	if tr.lost != nil {
		return fmt.Errorf("nn: resume: %w", tr.lost)
	}
	var errs []error
	if w.Network != nil {
		errs = append(errs, sameNetwork(*w.Network, t.model.network))
	}
	settings := t.sameSettings(tr)
	errs = append(errs, settings, w.Finite())
	if settings == nil { // else these would count steps of another length
		errs = append(errs, tr.possible(t.config.Batch))
	}
	if settings == nil && len(tr.Losses) > t.Steps() {
		least := (len(tr.Losses)-1)/t.StepsPerEpoch() + 1
		errs = append(errs, fault("epochs", fmt.Sprint(t.config.Epochs), fmt.Sprintf("at least %d for the %d steps in the file", least, len(tr.Losses))))
	}
	moments, err := t.momentsFrom(tr)
	if err := errors.Join(append(errs, err)...); err != nil {
		return err
	}
	if err := t.model.SetWeights(w); err != nil {
		return err
	}
	t.learner.moments = moments
	t.learner.taken = len(tr.Losses)
	t.losses = slices.Clone(tr.Losses)
	t.correct = slices.Clone(tr.Correct)
	return nil
}

// sameNetwork reports the input's and each layer's difference.
func sameNetwork(was, is Network) error {
	var errs []error
	differ := func(what string, was, is any) {
		a, err1 := json.Marshal(was)
		b, err2 := json.Marshal(is)
		if string(a) != string(b) || err1 != nil || err2 != nil {
			errs = append(errs, fmt.Errorf("nn: resume: %s of the file's network is %s: want %s", what, a, b))
		}
	}
	differ("input", was.Input, is.Input)
	differ("number of layers", len(was.Layers), len(is.Layers))
	for i := range min(len(was.Layers), len(is.Layers)) {
		differ(fmt.Sprintf("layer %d", i+1), was.Layers[i], is.Layers[i])
	}
	return errors.Join(errs...)
}

// sameSettings reports every difference that would change results.
func (t *Trainer[T]) sameSettings(tr *Training) error {
	if tr.Settings == nil {
		switch {
		case t.config.Batch != 1:
			return fault("batch", fmt.Sprint(t.config.Batch), "1, the article's, for a file that does not say")
		case t.config.Optimizer.Method != Adam && len(tr.Moments) > 0:
			return fault("optimiser", string(t.config.Optimizer.Method), fmt.Sprintf("%s, whose %s the file has", Adam, tr.Moments[0].Name))
		}
		return nil
	}
	var errs []error
	was, is := *tr.Settings, t.settings()
	differ := func(name string, was, is any) {
		if was != is {
			errs = append(errs, fault(name, fmt.Sprint(is), fmt.Sprintf("%v, as in the file that it goes on from", was)))
		}
	}
	differ("precision", was.Precision, is.Precision)
	differ("images of the data set", was.Images, is.Images)
	differ("variation of the images", orNone(was.Variation), orNone(is.Variation))
	differ("batch", was.Config.Batch, is.Config.Batch)
	differ("limit", was.Config.Limit, is.Config.Limit)
	differ("order", was.Config.Order.Kind, is.Config.Order.Kind)
	differ("order seed", was.Config.Order.Seed, is.Config.Order.Seed)
	differ("order list SHA-256", was.ListSHA256, is.ListSHA256)
	differ("optimiser", was.Config.Optimizer.Method, is.Config.Optimizer.Method)
	differ("rate", was.Config.Optimizer.Rate, is.Config.Optimizer.Rate)
	differ("schedule", was.Config.Optimizer.Schedule, is.Config.Optimizer.Schedule)
	differ("beta1", was.Config.Optimizer.Beta1, is.Config.Optimizer.Beta1)
	differ("beta2", was.Config.Optimizer.Beta2, is.Config.Optimizer.Beta2)
	differ("epsilon", was.Config.Optimizer.Epsilon, is.Config.Optimizer.Epsilon)
	if is.Config.Optimizer.Schedule != Constant {
		differ("epochs", was.Config.Epochs, is.Config.Epochs)
	}
	return errors.Join(errs...)
}

// momentsFrom returns the optimiser's state, nil for SGD.
func (t *Trainer[T]) momentsFrom(tr *Training) ([]moments[T], error) {
	if t.config.Optimizer.Method != Adam {
		return nil, nil
	}
	var all []moments[T]
	var errs []error
	for _, p := range t.model.params {
		m := moments[T]{make([]T, len(p.Data)), make([]T, len(p.Data))}
		for i, name := range [...]string{momentPrefix1 + p.Name, momentPrefix2 + p.Name} {
			s, ok := find(tr.Moments, name)
			if !ok || !slices.Equal(s.Dims, p.Dims) {
				errs = append(errs, fmt.Errorf("nn: resume: %s is %v: want %v", name, s.Dims, p.Dims))
				continue
			}
			copyTo([...][]T{m.first, m.second}[i], s)
		}
		all = append(all, m)
	}
	return all, errors.Join(errs...)
}

func orNone(variation string) string { return cmp.Or(variation, "none") }
