package bench

import (
	"context"
	"errors"
	"fmt"
	"math"

	"github.com/unslide/unslide/engine"
	"github.com/unslide/unslide/engine/mnist"
	"github.com/unslide/unslide/engine/nn"
	"github.com/unslide/unslide/im2col"
	"github.com/unslide/unslide/naive"
)

// Reference trains a network by sliding kernels, in the words of [nn.Trainer]:
// the same settings, order of images, reports and checkpoints, so that the two
// can be laid side by side. It is float64 on one goroutine, and slow.
type Reference struct {
	network *naive.Network
	// twin is the engine's trainer of the same job. It takes no step: it checks
	// settings and files, and carries parameters to and from them.
	twin    *nn.Trainer[float64]
	set     *mnist.Set
	order   []int
	ordered int // the epoch that order is of, from 1

	losses  []float64 // of each step
	correct []int32   // of each step, 0 or 1
}

// NewReference makes a reference whose parameters are zero until
// [Reference.SetWeights], [Reference.Init] or [Reference.Resume]. Its error
// names every setting that the article's program does not have.
func NewReference(n nn.Network, set *mnist.Set, c nn.Config) (*Reference, error) {
	m, err := nn.New[float64](n)
	if err != nil {
		return nil, err
	}
	twin, err := nn.NewTrainer(m, set, c)
	if err != nil {
		return nil, err
	}
	var errs []error
	if c.Batch != 1 {
		errs = append(errs, fmt.Errorf("bench: the sliding reference: batch %d: want 1", c.Batch))
	}
	if o := c.Optimizer; o.Method != nn.SGD || o.Schedule != nn.Constant {
		errs = append(errs, fmt.Errorf("bench: the sliding reference: %s, %s rate: want %s, %s rate", o.Method, o.Schedule, nn.SGD, nn.Constant))
	}
	settings, err := SlidingSettings(n, c.Optimizer.Rate)
	if err := errors.Join(append(errs, err)...); err != nil {
		return nil, err
	}
	network, err := naive.New(settings)
	if err != nil {
		return nil, err
	}
	return &Reference{network: network, twin: twin, set: set, order: make([]int, twin.Images())}, nil
}

// SlidingSettings translates a network into the article's model settings. Its
// error names every layer that the article's program cannot have.
func SlidingSettings(n nn.Network, rate float64) (naive.Settings, error) {
	shapes, err := n.Shapes()
	if err != nil {
		return naive.Settings{}, err
	}
	want := []string{"conv", "maxpool", "conv", "dense", "dense"}
	var kinds []string
	for _, s := range shapes {
		kinds = append(kinds, s.Kind)
	}
	if fmt.Sprint(kinds) != fmt.Sprint(want) || n.Input.C != 1 {
		return naive.Settings{}, fmt.Errorf("bench: the sliding reference: layers %v on %d maps: want %v on 1", kinds, n.Input.C, want)
	}
	var errs []error
	slide := func(s nn.Shape) naive.Slide {
		g := s.Geometry
		if s.Kind == "maxpool" {
			g.Groups = 1 // a pooling has a group for each map, as is its nature
		}
		sl, err := slideOf(g)
		if err != nil {
			errs = append(errs, fmt.Errorf("bench: the sliding reference: %s: %w", s.Name, err))
		}
		return sl
	}
	activation := func(s nn.Shape) naive.Activation {
		a, ok := map[engine.Activation]naive.Activation{
			engine.None: naive.None, engine.ReLU: naive.ReLU, engine.Sigmoid: naive.Sigmoid,
		}[s.Activation]
		if !ok {
			errs = append(errs, fmt.Errorf("bench: the sliding reference: %s: activation %v: want none, relu or sigmoid", s.Name, s.Activation))
		}
		return a
	}
	settings := naive.Settings{
		Rows: n.Input.H, Cols: n.Input.W,
		Conv1:  naive.Conv{Slide: slide(shapes[0]), Maps: shapes[0].Geometry.OC, Activation: activation(shapes[0])},
		Pool:   naive.MaxPool{Slide: slide(shapes[1]), Add: true},
		Conv2:  naive.Conv{Slide: slide(shapes[2]), Maps: shapes[2].Geometry.OC, Activation: activation(shapes[2])},
		Hidden: naive.Dense{Neurons: shapes[3].Out, Activation: activation(shapes[3])},
		Output: naive.Dense{Neurons: shapes[4].Out, Activation: naive.Softmax},
		Rate:   rate,
	}
	return settings, errors.Join(errs...)
}

// slideOf finds the kernel's centre in a geometry: the element that lies on the
// first input element at the first output. The article's rule must then give
// the geometry's size.
func slideOf(g im2col.Geometry) (naive.Slide, error) {
	s := naive.Slide{KH: g.KH, KW: g.KW, Stride: g.StrideH, CenterRow: g.PadTop, CenterCol: g.PadLeft, Convolution: g.Flip}
	if g.Flip {
		s.CenterRow, s.CenterCol = g.KH-1-g.PadTop, g.KW-1-g.PadLeft
	}
	if g.StrideH != g.StrideW || g.DilationH != 1 || g.DilationW != 1 || g.Groups != 1 {
		return s, fmt.Errorf("stride %d×%d, dilation %d×%d, %d groups: want one stride, no dilation, 1 group",
			g.StrideH, g.StrideW, g.DilationH, g.DilationW, g.Groups)
	}
	if err := s.Validate(); err != nil {
		return s, err
	}
	if oh, ow := s.OutputSize(g.H, g.W); oh != g.OH || ow != g.OW {
		return s, fmt.Errorf("%d×%d outputs: want %d×%d, as many as the article's rule gives with the centre (%d, %d)",
			g.OH, g.OW, oh, ow, s.CenterRow, s.CenterCol)
	}
	return s, nil
}

// Network returns the network that is trained.
func (r *Reference) Network() *naive.Network { return r.network }

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
		r.network.SetTensor(p.Name, p.Data)
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

// Run takes the steps that are left, as [nn.Trainer.Run].
func (r *Reference) Run(ctx context.Context, h nn.Hooks) error {
	every, per := r.Config().ReportEvery, r.StepsPerEpoch()
	for r.Taken() < r.Steps() {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		s := r.Next()
		if h.Step != nil {
			h.Step(s)
		}
		if h.Report != nil && (s.Step%every == 0 || s.Step%per == 0) {
			h.Report(r.report())
		}
		if math.IsNaN(s.Loss) || math.IsInf(s.Loss, 0) {
			return fmt.Errorf("bench: the sliding reference: step %d: the loss is %v: want a smaller rate than %v", s.Step, s.Loss, r.Config().Optimizer.Rate)
		}
	}
	return nil
}

// Next takes one step. It panics when none is left.
func (r *Reference) Next() nn.Step {
	taken, per := r.Taken(), r.StepsPerEpoch()
	if taken >= r.Steps() {
		panic("bench: Reference: no step is left")
	}
	epoch := taken / per
	if r.ordered != epoch+1 {
		r.Config().Order.Epoch(r.order, epoch, r.set.Len())
		r.ordered = epoch + 1
	}
	i := r.order[taken%per]
	loss, ok := r.network.Step(imageMap(r.set, i), int(r.set.Labels[i]))
	correct := 0
	if ok {
		correct = 1
	}
	r.losses = append(r.losses, loss)
	r.correct = append(r.correct, int32(correct))
	return nn.Step{Step: taken + 1, Epoch: epoch + 1, Images: 1, Loss: loss, Correct: correct}
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

// imageMap is an image as the article's program reads it.
func imageMap(set *mnist.Set, i int) naive.Map {
	pixels := make([]float64, set.Rows*set.Cols)
	mnist.Pixels(pixels, set.Image(i))
	return naive.MapOf(set.Rows, set.Cols, pixels)
}

// Evaluate computes losses and predictions of a set, as [nn.Model.Evaluate].
func (r *Reference) Evaluate(ctx context.Context, set *mnist.Set, progress func(done int)) (nn.Evaluation, error) {
	n := set.Len()
	e := nn.Evaluation{Images: n, Losses: make([]float64, n), Predicted: make([]uint8, n)}
	for i := range n {
		if ctx.Err() != nil {
			return nn.Evaluation{}, context.Cause(ctx)
		}
		o := r.network.Forward(imageMap(set, i), int(set.Labels[i]))
		e.Losses[i], e.Predicted[i] = o.Loss, uint8(naive.Largest(o.Probabilities))
		e.Loss += o.Loss / float64(n)
		if e.Predicted[i] == set.Labels[i] {
			e.Correct++
		}
		if progress != nil {
			progress(i + 1)
		}
	}
	return e, nil
}

// Checkpoint returns a copy of the parameters and of how the training stands,
// as [nn.Trainer.Checkpoint].
func (r *Reference) Checkpoint() *nn.Weights {
	for _, t := range r.network.Tensors() {
		for _, p := range r.twin.Model().Params() {
			if p.Name == t.Name {
				copy(p.Data, t.Values)
			}
		}
	}
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
