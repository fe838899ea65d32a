package main

import (
	"context"
	"fmt"

	"github.com/unslide/unslide/bench/article"
	"github.com/unslide/unslide/engine/data"
	"github.com/unslide/unslide/engine/nn"
)

// naiveJob trains by sliding kernels.
type naiveJob struct {
	*article.Reference
	trains nn.Network
}

func newNaiveJob(n nn.Network, source data.Source, c nn.Config) (job, error) {
	r, err := article.NewReference(n, source, c)
	return naiveJob{r, n}, err
}

func (j naiveJob) describe() string {
	c := j.Config()
	return fmt.Sprintf("training: %s of %d images, batch 1, sgd at rate %v\nnetwork: its kernels slide, float64, one goroutine",
		count(c.Epochs, "epoch"), j.Images(), c.Optimizer.Rate)
}

func (j naiveJob) init(seed uint64)                          { j.Init(seed) }
func (j naiveJob) setWeights(w *nn.Weights) error            { return j.SetWeights(w) }
func (j naiveJob) resume(w *nn.Weights) error                { return j.Resume(w) }
func (j naiveJob) run(ctx context.Context, h nn.Hooks) error { return j.Run(ctx, h) }
func (j naiveJob) checkpoint() *nn.Weights                   { return j.Checkpoint() }
func (j naiveJob) diverged() error                           { return j.Diverged() }
func (j naiveJob) config() nn.Config                         { return j.Config() }
func (j naiveJob) network() nn.Network                       { return j.trains }
func (j naiveJob) images() int                               { return j.Images() }
func (j naiveJob) steps() int                                { return j.Steps() }
func (j naiveJob) taken() int                                { return j.Taken() }

func (j naiveJob) evaluate(ctx context.Context, source data.Source, progress func(done int)) (nn.Evaluation, error) {
	return j.Evaluate(ctx, source, progress)
}
