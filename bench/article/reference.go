package article

import (
	"context"
	"errors"
	"fmt"

	"github.com/unslide/unslide/engine/data"
	"github.com/unslide/unslide/engine/nn"
	"github.com/unslide/unslide/naive"
)

// Reference trains a network by sliding kernels, in the words of [nn.Trainer]:
// the same settings, order of images, reports and checkpoints, so that the two
// can be laid side by side. It is float64, its training on one goroutine, and
// slow.
type Reference struct {
	learner naiveLearner
	// twin is the engine's trainer of the same job. It takes no step: it checks
	// settings and files, and carries parameters to and from them.
	twin    *nn.Trainer[float64]
	source  data.Source
	pixels  []float32 // of an image
	order   []int
	ordered int // the epoch that order is of, from 1

	losses  []float64 // of each step
	correct []int32   // of each step, 0 or 1

	labels *stepLabels // while it runs
}

// NewReference makes a reference whose parameters are zero until
// [Reference.SetWeights], [Reference.Init] or [Reference.Resume]. Its error
// names every setting that the article's program does not have.
func NewReference(n nn.Network, source data.Source, c nn.Config) (*Reference, error) {
	m, err := nn.New[float64](n)
	if err != nil {
		return nil, err
	}
	twin, err := nn.NewTrainer(m, source, c)
	if err != nil {
		return nil, err
	}
	settings, err := NaiveSettings(n, c.Optimizer.Rate)
	if err := errors.Join(SlidingConfig(c), err); err != nil {
		return nil, err
	}
	network, err := naive.New(settings)
	if err != nil {
		return nil, err
	}
	size := settings.Rows * settings.Cols
	return &Reference{
		learner: naiveLearner{network, make([]float64, size)}, twin: twin,
		source: source, pixels: make([]float32, size), order: make([]int, twin.Images()),
	}, nil
}

// SlidingConfig reports an [engine.Fault] for each setting that the article's
// program does not have, nil if there is none.
func SlidingConfig(c nn.Config) error {
	var errs []error
	if c.Batch != 1 {
		errs = append(errs, faulty("batch", c.Batch, "1 for the sliding reference"))
	}
	if m := c.Optimizer.Method; m != nn.SGD {
		errs = append(errs, faulty("optimiser", m, string(nn.SGD)+" for the sliding reference"))
	}
	if s := c.Optimizer.Schedule; s != nn.Constant {
		errs = append(errs, faulty("schedule", s, string(nn.Constant)+" for the sliding reference"))
	}
	return errors.Join(errs...)
}

// Network returns the network that is trained.
func (r *Reference) Network() *naive.Network { return r.learner.network }

// Init sets the reproducible start of a seed, as [nn.Model.Init].
func (r *Reference) Init(seed uint64) {
	r.twin.Model().Init(seed)
	r.take()
}

// SetWeights sets the parameters, as [nn.Model.SetWeights].
func (r *Reference) SetWeights(w *nn.Weights) error {
	if err := r.twin.Model().SetWeights(w); err != nil {
		return err
	}
	r.take()
	return nil
}

// take copies the twin's parameters.
func (r *Reference) take() {
	for _, p := range r.twin.Model().Params() {
		r.learner.network.SetTensor(p.Name, p.Data)
	}
}

// give copies the parameters to the twin.
func (r *Reference) give() {
	for _, t := range r.learner.network.Tensors() {
		for _, p := range r.twin.Model().Params() {
			if p.Name == t.Name {
				copy(p.Data, t.Values)
			}
		}
	}
}

// Images, StepsPerEpoch, Steps and Config are the trainer's.
func (r *Reference) Images() int        { return r.twin.Images() }
func (r *Reference) StepsPerEpoch() int { return r.twin.StepsPerEpoch() }
func (r *Reference) Steps() int         { return r.twin.Steps() }
func (r *Reference) Config() nn.Config  { return r.twin.Config() }

// Taken returns how many steps have been taken.
func (r *Reference) Taken() int { return len(r.losses) }

// Losses returns each step's loss. The slice is the reference's.
func (r *Reference) Losses() []float64 { return r.losses }

// Correct returns 1 for each step whose image was right. The slice is the
// reference's.
func (r *Reference) Correct() []int32 { return r.correct }

// Run takes the steps that are left, as [nn.Trainer.Run]. A profile's samples
// carry the steps' names as layer and phase.
func (r *Reference) Run(ctx context.Context, h nn.Hooks) error {
	r.labels = newStepLabels(ctx)
	r.learner.network.Trace = r.labels.done
	defer func() {
		r.labels.end()
		r.labels, r.learner.network.Trace = nil, nil
	}()
	every, per := r.Config().ReportEvery, r.StepsPerEpoch()
	for r.Taken() < r.Steps() {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		s, err := r.Next()
		if err != nil {
			return err
		}
		if h.Step != nil {
			h.Step(s)
		}
		if h.Report != nil && (s.Step%every == 0 || s.Step%per == 0) {
			h.Report(r.report())
		}
		if !(s.Loss < hopeless) {
			return fmt.Errorf("article: the sliding reference: step %d: the loss is %v: want a smaller rate than %v", s.Step, s.Loss, r.Config().Optimizer.Rate)
		}
		if h.Checkpoint != nil {
			if err := h.Checkpoint(r.Taken()); err != nil {
				return err
			}
		}
	}
	return r.Diverged()
}

// hopeless is the loss that ends a float64 training, as [nn.Trainer.Run] says.
const hopeless = 1 << 53

// Diverged reports what [nn.Trainer.Diverged] does.
func (r *Reference) Diverged() error {
	r.give()
	if r.Taken() == 0 {
		return r.twin.Model().Diverged(nil)
	}
	if err := r.source.Read(r.pixels, r.imageOf(r.Taken()-1)); err != nil {
		return fmt.Errorf("article: the sliding reference: %w", err)
	}
	image := make([]float64, len(r.pixels))
	widen(image, r.pixels)
	if err := r.twin.Model().Diverged(image); err != nil {
		return fmt.Errorf("%w after step %d: want a smaller rate than %v", err, r.Taken(), r.Config().Optimizer.Rate)
	}
	return nil
}

// Next takes one step, as [nn.Trainer.Next].
func (r *Reference) Next() (nn.Step, error) {
	taken := r.Taken()
	if taken >= r.Steps() {
		panic("article: Reference: no step is left")
	}
	i := r.imageOf(taken)
	if err := r.source.Read(r.pixels, i); err != nil {
		return nn.Step{}, fmt.Errorf("article: the sliding reference: %w", err)
	}
	r.labels.begin()
	loss, ok := r.learner.step(r.pixels, r.source.Label(i))
	correct := 0
	if ok {
		correct = 1
	}
	r.losses = append(r.losses, loss)
	r.correct = append(r.correct, int32(correct))
	return nn.Step{Step: taken + 1, Epoch: taken/r.StepsPerEpoch() + 1, Images: 1, Loss: loss, Correct: correct}, nil
}

// imageOf returns the number of a step's image; the step counts from 0.
func (r *Reference) imageOf(step int) int {
	per := r.StepsPerEpoch()
	epoch := step / per
	if r.ordered != epoch+1 {
		r.Config().Order.Epoch(r.order, epoch, r.source.Len())
		r.ordered = epoch + 1
	}
	return r.order[step%per]
}

// report sums up the steps since the last report or the epoch's begin.
func (r *Reference) report() nn.Report {
	hi, per, every := r.Taken(), r.StepsPerEpoch(), r.Config().ReportEvery
	epoch := (hi - 1) / per
	lo := max((hi-1)/every*every, epoch*per)
	report := nn.Report{Step: hi, Epoch: epoch + 1, Done: hi - epoch*per, Steps: hi - lo}
	for i := lo; i < hi; i++ {
		report.Loss += r.losses[i] / float64(hi-lo)
		report.Accuracy += float64(r.correct[i]) / float64(hi-lo)
	}
	return report
}

// Evaluate computes losses and predictions of a source, as [nn.Model.Evaluate],
// on all processors.
func (r *Reference) Evaluate(ctx context.Context, source data.Source, progress func(done int)) (nn.Evaluation, error) {
	return r.learner.evaluate(ctx, source, progress)
}

// Checkpoint returns a copy of the parameters and of how the training stands,
// as [nn.Trainer.Checkpoint].
func (r *Reference) Checkpoint() *nn.Weights {
	r.give()
	w := r.twin.Checkpoint()
	w.Training.Losses = append([]float64{}, r.losses...)
	w.Training.Correct = append([]int32{}, r.correct...)
	return w
}

// Resume continues from a checkpoint, as [nn.Trainer.Resume].
func (r *Reference) Resume(w *nn.Weights) error {
	if err := r.twin.Resume(w); err != nil {
		return err
	}
	r.take()
	r.losses = append([]float64{}, r.twin.Losses()...)
	r.correct = append([]int32{}, r.twin.Correct()...)
	return nil
}
