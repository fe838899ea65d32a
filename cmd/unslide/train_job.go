package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/unslide/unslide/engine"
	"github.com/unslide/unslide/engine/data"
	"github.com/unslide/unslide/engine/gemm"
	"github.com/unslide/unslide/engine/nn"
)

// A job is a training: the engine's in one of two precisions, or the
// reference's.
type job interface {
	describe() string
	init(seed uint64)
	setWeights(*nn.Weights) error
	resume(*nn.Weights) error
	run(context.Context, nn.Hooks) error
	evaluate(context.Context, data.Source, func(done int)) (nn.Evaluation, error)
	checkpoint() *nn.Weights
	diverged() error
	config() nn.Config
	network() nn.Network

	images() int // of an epoch
	steps() int  // of the whole training
	taken() int
}

// engineJob trains with the engine.
type engineJob[T engine.Float] struct {
	trainer *nn.Trainer[T]
}

func newEngineJob[T engine.Float](n nn.Network, source data.Source, c nn.Config, opts []engine.Option) (job, error) {
	m, err := nn.New[T](n, opts...)
	if err != nil {
		return nil, err
	}
	t, err := nn.NewTrainer(m, source, c)
	if err != nil {
		return nil, err
	}
	return &engineJob[T]{trainer: t}, nil
}

func (j *engineJob[T]) describe() string {
	params := 0
	for _, p := range j.trainer.Model().Params() {
		params += len(p.Data)
	}
	c := j.trainer.Config()
	return fmt.Sprintf("training: %s of %d images, batch %d, %s at rate %v\nnetwork: %d parameters, %T; BLAS %s",
		count(c.Epochs, "epoch"), j.trainer.Images(), c.Batch, c.Optimizer.Method, c.Optimizer.Rate,
		params, *new(T), gemm.Default().Info())
}

func (j *engineJob[T]) init(seed uint64)               { j.trainer.Model().Init(seed) }
func (j *engineJob[T]) setWeights(w *nn.Weights) error { return j.trainer.Model().SetWeights(w) }
func (j *engineJob[T]) resume(w *nn.Weights) error     { return j.trainer.Resume(w) }
func (j *engineJob[T]) checkpoint() *nn.Weights        { return j.trainer.Checkpoint() }
func (j *engineJob[T]) diverged() error                { return j.trainer.Diverged() }
func (j *engineJob[T]) config() nn.Config              { return j.trainer.Config() }
func (j *engineJob[T]) network() nn.Network            { return j.trainer.Model().Network() }
func (j *engineJob[T]) images() int                    { return j.trainer.Images() }
func (j *engineJob[T]) steps() int                     { return j.trainer.Steps() }
func (j *engineJob[T]) taken() int                     { return j.trainer.Taken() }

func (j *engineJob[T]) run(ctx context.Context, h nn.Hooks) error { return j.trainer.Run(ctx, h) }

func (j *engineJob[T]) evaluate(ctx context.Context, source data.Source, progress func(done int)) (nn.Evaluation, error) {
	return j.trainer.Model().Evaluate(ctx, source, progress)
}

// engineNames lists what --engine takes.
func engineNames() string {
	var names []string
	for _, a := range engine.Algorithms() {
		names = append(names, a.String())
	}
	return strings.Join(names, ", ") + " or " + naiveEngine
}

// count is a number with its noun.
func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
