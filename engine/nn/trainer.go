package nn

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/unslide/unslide/engine"
	"github.com/unslide/unslide/engine/data"
)

// Config says how to train.
type Config struct {
	Epochs    int       `json:"epochs"`
	Batch     int       `json:"batch"` // images of a step
	Limit     int       `json:"limit"` // images of an epoch, the first of its order; 0 for all
	Order     Order     `json:"order"`
	Optimizer Optimizer `json:"optimizer"`
	// ReportEvery is how many steps a report sums up; 0 stands for 1000.
	ReportEvery int `json:"-"`
}

// ArticleConfig is the article's training: one epoch, batch 1, SGD at rate
// 0.01, in the order of the files.
func ArticleConfig() Config {
	return Config{Epochs: 1, Batch: 1, Order: Order{Kind: Natural}, Optimizer: ArticleOptimizer()}
}

// Validate reports an [engine.Fault] for each faulty field, for a set of so many
// images, nil if there is none.
func (c Config) Validate(images int) error {
	var errs []error
	if c.Epochs < 1 || c.Epochs > maxEpochs {
		errs = append(errs, fault("epochs", fmt.Sprint(c.Epochs), fmt.Sprintf("1 to %d", maxEpochs)))
	}
	if c.Batch < 1 || c.Batch > maxBatch {
		errs = append(errs, fault("batch", fmt.Sprint(c.Batch), fmt.Sprintf("1 to %d", maxBatch)))
	}
	if c.Limit < 0 {
		errs = append(errs, fault("limit", fmt.Sprint(c.Limit), "0 (all) or more"))
	}
	if c.ReportEvery < 0 {
		errs = append(errs, fault("report", fmt.Sprintf("every %d steps", c.ReportEvery), fmt.Sprintf("1 or more, or 0 for %d", reportEvery)))
	}
	if images < 1 {
		errs = append(errs, fault("images", fmt.Sprint(images), "at least 1"))
	}
	return errors.Join(append(errs, c.Order.validate(images), c.Optimizer.Validate())...)
}

const (
	maxEpochs   = 1 << 20
	maxBatch    = 1 << 16
	reportEvery = 1000
)

// Step is what one step saw before it changed the parameters.
type Step struct {
	Step    int     // its number, from 1, over all epochs
	Epoch   int     // from 1
	Images  int     // of this step
	Loss    float64 // mean over its images
	Correct int     // of its images
}

// Report sums up the steps since the last report or the epoch's begin.
type Report struct {
	Step     int     // the last step's number, from 1, over all epochs
	Epoch    int     // from 1
	Done     int     // images seen in this epoch
	Steps    int     // steps summed up
	Loss     float64 // mean over the steps
	Accuracy float64 // share of the images that were right before their step
}

// Hooks hear of a running training. Those that are nil do not. They run between
// steps, so the parameters may be read.
type Hooks struct {
	Step   func(Step)
	Report func(Report) // every ReportEvery steps and at an epoch's end
	// Checkpoint comes after a step and its report, with the steps taken, so
	// that what is kept then need not be reported again. Its error ends the
	// training.
	Checkpoint func(taken int) error
}

// Trainer trains a model on a source of images; of one that is [data.Varied] each
// epoch sees its own.
type Trainer[T engine.Float] struct {
	model   *Model[T]
	source  data.Source
	feed    feed[T]
	config  Config
	learner *Learner[T]

	images  int   // of an epoch
	order   []int // of the present epoch
	ordered int   // the epoch that order is of, from 1

	labels  []int32
	losses  []float64 // of each step
	correct []int32   // of each step
}

// NewTrainer makes a trainer that begins with the model's present parameters.
// Its error names every faulty field and each way in which the source does not
// fit the network.
func NewTrainer[T engine.Float](m *Model[T], source data.Source, c Config) (*Trainer[T], error) {
	if err := errors.Join(m.fits(source), c.Validate(source.Len())); err != nil {
		return nil, err
	}
	if c.ReportEvery == 0 {
		c.ReportEvery = reportEvery
	}
	t := &Trainer[T]{model: m, source: source, feed: newVariedFeed[T](source), config: c, images: source.Len()}
	if c.Order.Kind == Listed {
		t.images = len(c.Order.List)
	}
	if c.Limit > 0 {
		t.images = min(t.images, c.Limit)
	}
	var err error
	if t.learner, err = NewLearner(m, c.Optimizer); err != nil {
		return nil, err
	}
	t.order = make([]int, t.images)
	t.labels = make([]int32, min(c.Batch, t.images))
	return t, nil
}

// Model returns the model that is trained.
func (t *Trainer[T]) Model() *Model[T] { return t.model }

// Config returns what the trainer was made with.
func (t *Trainer[T]) Config() Config { return t.config }

// Images returns how many images an epoch has.
func (t *Trainer[T]) Images() int { return t.images }

// StepsPerEpoch returns how many steps an epoch has. The last may have fewer
// images.
func (t *Trainer[T]) StepsPerEpoch() int { return (t.images + t.config.Batch - 1) / t.config.Batch }

// Steps returns how many steps the whole training has.
func (t *Trainer[T]) Steps() int { return t.StepsPerEpoch() * t.config.Epochs }

// Taken returns how many steps have been taken, those before a resumption
// included.
func (t *Trainer[T]) Taken() int { return len(t.losses) }

// Losses returns each step's mean loss, those before a resumption included. The
// slice is the trainer's.
func (t *Trainer[T]) Losses() []float64 { return t.losses }

// Correct returns each step's number of images that were right, those before a
// resumption included. The slice is the trainer's.
func (t *Trainer[T]) Correct() []int32 { return t.correct }

// Run takes the steps that are left. When the context ends it stops between
// two steps and returns the context's error; a later Run, or a trainer resumed
// from [Trainer.Checkpoint], goes on where it stopped. A training that diverges
// stops it too, with an error that names the step: a loss that is not finite,
// or 2²⁴ and more (float64: 2⁵³), or what [Trainer.Diverged] finds at the end. So
// does an image that its source cannot read.
func (t *Trainer[T]) Run(ctx context.Context, h Hooks) error {
	for t.Taken() < t.Steps() {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		s, err := t.Next()
		if err != nil {
			return err
		}
		if h.Step != nil {
			h.Step(s)
		}
		if h.Report != nil && t.reportDue() {
			h.Report(t.report())
		}
		if !(s.Loss < hopeless[T]()) {
			return fmt.Errorf("nn: step %d: the loss is %v: want a smaller rate than %v", s.Step, s.Loss, t.config.Optimizer.Rate)
		}
		if h.Checkpoint != nil {
			if err := h.Checkpoint(t.Taken()); err != nil {
				return err
			}
		}
	}
	return t.Diverged()
}

// Next takes one step. It panics when none is left. Its error is the source's, or
// that the model's parameters were never set, and then no step was taken.
func (t *Trainer[T]) Next() (Step, error) {
	taken := t.Taken()
	if taken >= t.Steps() {
		panic("nn: Trainer: no step is left")
	}
	if taken == 0 && t.model.blank() {
		return Step{}, fault("parameters", "all zero", "a model after Init or SetWeights")
	}
	if len(t.losses) == cap(t.losses) {
		// Room for an epoch at a time, so that its steps allocate nothing.
		t.losses = slices.Grow(t.losses, t.StepsPerEpoch())
		t.correct = slices.Grow(t.correct, t.StepsPerEpoch())
	}
	numbers := t.imagesOf(taken)
	if err := t.load(t.learner.Input(len(numbers)), taken/t.StepsPerEpoch(), numbers); err != nil {
		return Step{}, err
	}
	labels := t.labels[:len(numbers)]
	for i, image := range numbers {
		labels[i] = t.source.Label(image)
	}
	losses, predicted := t.learner.Step(labels, t.config.Optimizer.RateAt(taken, t.Steps()))
	s := Step{Step: taken + 1, Epoch: taken/t.StepsPerEpoch() + 1, Images: len(numbers)}
	for i, y := range labels {
		s.Loss += losses[i]
		if predicted[i] == y {
			s.Correct++
		}
	}
	s.Loss /= float64(len(numbers))
	t.losses = append(t.losses, s.Loss)
	t.correct = append(t.correct, int32(s.Correct))
	return s, nil
}

// imagesOf returns the numbers of a step's images; the step counts from 0.
func (t *Trainer[T]) imagesOf(step int) []int {
	epoch := step / t.StepsPerEpoch()
	if t.ordered != epoch+1 {
		t.config.Order.Epoch(t.order, epoch, t.source.Len())
		t.ordered = epoch + 1
	}
	lo := step % t.StepsPerEpoch() * t.config.Batch
	return t.order[lo:min(lo+t.config.Batch, t.images)]
}

// load reads images of the source, as an epoch from 0 sees them.
func (t *Trainer[T]) load(dst []T, epoch int, numbers []int) error {
	size := t.model.InputLen()
	for i, image := range numbers {
		if err := t.feed.read(dst[i*size:(i+1)*size], epoch, image); err != nil {
			return err
		}
	}
	return nil
}

// reportDue reports whether a report's last step has just been taken.
func (t *Trainer[T]) reportDue() bool {
	return t.Taken()%t.config.ReportEvery == 0 || t.Taken()%t.StepsPerEpoch() == 0
}

// report sums up the steps to the last one.
func (t *Trainer[T]) report() Report {
	hi, per := t.Taken(), t.StepsPerEpoch()
	epoch := (hi - 1) / per
	lo := max((hi-1)/t.config.ReportEvery*t.config.ReportEvery, epoch*per)
	r := Report{Step: hi, Epoch: epoch + 1, Done: min((hi-epoch*per)*t.config.Batch, t.images), Steps: hi - lo}
	for i := lo; i < hi; i++ {
		r.Loss += t.losses[i]
		r.Accuracy += float64(t.correct[i])
	}
	r.Loss /= float64(r.Steps)
	r.Accuracy /= float64(r.Done - (lo-epoch*per)*t.config.Batch)
	return r
}
