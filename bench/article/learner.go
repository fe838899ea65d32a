package article

import (
	"context"
	"fmt"
	"math"
	"runtime"
	"sync/atomic"

	"github.com/sourcegraph/conc/pool"

	"github.com/unslide/unslide/engine"
	"github.com/unslide/unslide/engine/data"
	"github.com/unslide/unslide/engine/nn"
	"github.com/unslide/unslide/naive"
)

// A learner trains a network one image at a time: the sliding reference, or
// the engine in either precision.
type learner interface {
	step(pixels []float32, label int32) (loss float64, correct bool)
	// parameters returns the parameters in float64, in the network's order.
	parameters() []parameter
	evaluate(ctx context.Context, source data.Source, progress func(done int)) (nn.Evaluation, error)
}

type parameter struct {
	name   string
	values []float64
}

// Engine trains by the engine; T is its precision.
type engineLearner[T engine.Float] struct {
	model   *nn.Model[T]
	learner *nn.Learner[T]
	rate    float64
	label   [1]int32
}

// newEngine makes a learner with the initial weights of a seed.
func newEngine[T engine.Float](n nn.Network, seed uint64, rate float64, opts ...engine.Option) (*engineLearner[T], error) {
	m, err := nn.New[T](n, opts...)
	if err != nil {
		return nil, err
	}
	m.Init(seed)
	o := nn.ArticleOptimizer()
	o.Rate = rate
	l, err := nn.NewLearner(m, o)
	return &engineLearner[T]{model: m, learner: l, rate: rate}, err
}

func (e *engineLearner[T]) step(pixels []float32, label int32) (loss float64, correct bool) {
	widen(e.learner.Input(1), pixels)
	e.label[0] = label
	losses, predicted := e.learner.Step(e.label[:], e.rate)
	return losses[0], predicted[0] == label
}

// widen writes pixels in an engine's precision.
func widen[T engine.Float](dst []T, pixels []float32) {
	for i, p := range pixels {
		dst[i] = T(p)
	}
}

func (e *engineLearner[T]) parameters() []parameter {
	var ps []parameter
	for _, p := range e.model.Params() {
		values := make([]float64, len(p.Data))
		for i, v := range p.Data {
			values[i] = float64(v)
		}
		ps = append(ps, parameter{p.Name, values})
	}
	return ps
}

func (e *engineLearner[T]) evaluate(ctx context.Context, source data.Source, progress func(done int)) (nn.Evaluation, error) {
	return e.model.Evaluate(ctx, source, progress)
}

// naiveLearner trains by sliding.
type naiveLearner struct {
	network *naive.Network
	wide    []float64 // an image's pixels
}

// newNaive makes a learner with the engine's initial weights of a seed.
func newNaive(n nn.Network, seed uint64, rate float64) (*naiveLearner, error) {
	s, err := NaiveSettings(n, rate)
	if err != nil {
		return nil, err
	}
	network, err := naive.New(s)
	if err != nil {
		return nil, err
	}
	start, err := newEngine[float64](n, seed, rate, engine.WithWorkers(1))
	if err != nil {
		return nil, err
	}
	for _, p := range start.parameters() {
		network.SetTensor(p.name, p.values)
	}
	return &naiveLearner{network, make([]float64, s.Rows*s.Cols)}, nil
}

func (l *naiveLearner) step(pixels []float32, label int32) (loss float64, correct bool) {
	return l.network.Step(l.image(l.wide, pixels), int(label))
}

// image makes a map of an image's pixels, by way of the memory given.
func (l *naiveLearner) image(wide []float64, pixels []float32) naive.Map {
	widen(wide, pixels)
	s := l.network.Settings()
	return naive.MapOf(s.Rows, s.Cols, wide)
}

func (l *naiveLearner) parameters() []parameter {
	var ps []parameter
	for _, t := range l.network.Tensors() {
		ps = append(ps, parameter{t.Name, t.Values})
	}
	return ps
}

// evaluate computes images on all processors, for patience's sake: each image
// by itself is the literal way forward.
func (l *naiveLearner) evaluate(ctx context.Context, source data.Source, progress func(done int)) (nn.Evaluation, error) {
	s := l.network.Settings()
	if want := (data.Shape{H: s.Rows, W: s.Cols, C: 1}); source.Shape() != want {
		return nn.Evaluation{}, fmt.Errorf("article: images of %v: want %v", source.Shape(), want)
	}
	n := source.Len()
	e := nn.Evaluation{Images: n, Losses: make([]float64, n), Predicted: make([]int32, n)}
	var next, done atomic.Int64
	group := pool.New().WithContext(ctx).WithCancelOnError().WithFirstError()
	for range runtime.GOMAXPROCS(0) {
		group.Go(func(ctx context.Context) error {
			pixels, wide := make([]float32, s.Rows*s.Cols), make([]float64, s.Rows*s.Cols)
			for ctx.Err() == nil {
				i := int(next.Add(1)) - 1
				if i >= n {
					return nil
				}
				if err := source.Read(pixels, i); err != nil {
					return err
				}
				o := l.network.Forward(l.image(wide, pixels), int(source.Label(i)))
				e.Losses[i], e.Predicted[i] = o.Loss, int32(naive.Largest(o.Probabilities))
				if d := done.Add(1); progress != nil && d%100 == 0 {
					progress(int(d))
				}
			}
			return context.Cause(ctx)
		})
	}
	if err := group.Wait(); err != nil {
		return nn.Evaluation{}, err
	}
	for i, class := range e.Predicted {
		e.Loss += e.Losses[i] / float64(n)
		if class == source.Label(i) {
			e.Correct++
		}
	}
	return e, nil
}

// largestDifference returns the largest |a − b|, NaN if there is one.
func largestDifference(a, b []float64) (d float64) {
	for i := range a {
		d = max(d, math.Abs(a[i]-b[i]))
	}
	return d
}
