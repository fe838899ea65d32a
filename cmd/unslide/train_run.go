package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/alecthomas/kong"

	"github.com/unslide/unslide/engine/data"
	"github.com/unslide/unslide/engine/data/mnist"
	"github.com/unslide/unslide/engine/nn"
)

// Run trains, saves, and tests.
func (t *trainCmd) Run(ctx context.Context, c console, line *kong.Context) error {
	job, data, err := t.prepare(ctx, c, line)
	if err != nil {
		return err
	}
	s := newSaver(c, job, t, line)
	if err := s.try(); err != nil {
		return err
	}
	log, err := openLog(t.Log)
	if err != nil {
		return err
	}
	stop, err := t.profileFlags.start()
	if err != nil {
		return errors.Join(err, log.close())
	}
	before := 0
	if t.Resume != "" {
		before = job.taken()
	}
	if err := log.begin(before); err != nil {
		return errors.Join(err, stop(), log.close())
	}
	err = t.train(ctx, c, job, s, log, stop, data.Test.Slice(0, t.Test))
	return errors.Join(err, log.close())
}

// prepare makes the job: a training goes on from a file, starts from one, or
// starts afresh.
func (t *trainCmd) prepare(ctx context.Context, c console, line *kong.Context) (job, *mnist.Data, error) {
	var from *nn.Weights
	var err error
	switch {
	case t.Resume != "":
		from, err = nn.ReadWeights(t.Resume)
	case t.Init != "" && !strings.HasPrefix(t.Init, goldenPrefix):
		from, err = nn.ReadWeights(t.Init)
	}
	if err != nil {
		return nil, nil, err
	}
	config := nn.ArticleConfig()
	if t.Resume != "" {
		if from.Training != nil && from.Training.Settings != nil {
			config = from.Training.Settings.Config
		}
		if t.Precision == "" {
			t.Precision = trainedIn(from)
		}
	}
	if t.Resume != "" {
		if err := t.heeded(line, config); err != nil {
			return nil, nil, err
		}
	}
	if config, err = t.config(config); err != nil {
		return nil, nil, err
	}
	network, err := t.network(from)
	if err != nil {
		return nil, nil, err
	}
	if err := t.checkSave(); err != nil {
		return nil, nil, err
	}
	data, err := t.open(ctx, c)
	if err != nil {
		return nil, nil, err
	}
	job, err := t.newJob(network, data.Train(), config)
	if err != nil {
		return nil, nil, flagged(line, err)
	}
	return job, data, flagged(line, t.start(job, from))
}

// train runs a job that is ready. Whatever fails, what was trained is saved
// first.
func (t *trainCmd) train(ctx context.Context, c console, job job, s *saver, log *trainLog, stopProfiles func() error, test data.Source) error {
	fmt.Fprintln(c.out, job.describe())
	if t.Resume != "" {
		fmt.Fprintln(c.out, resumed(job))
	}
	if t.Save == "" {
		fmt.Fprintln(c.out, "the weights are not kept: --save weights.npz would keep them")
	}
	p := newProgress(c, job)
	err := job.run(ctx, nn.Hooks{
		Step:   p.step,
		Report: func(r nn.Report) { log.report(r, s.step, p.seconds()); p.report(r) },
		Checkpoint: func(step int) error {
			err := s.after(step)
			p.saved = s.step
			return err
		},
	})
	seconds := p.seconds()
	p.finish()
	switch {
	case err == nil:
		err = s.end()
	case errors.Is(err, context.Cause(ctx)):
		return errors.Join(s.interrupted(), stopProfiles())
	default:
		return errors.Join(s.kept(err), stopProfiles())
	}
	err = errors.Join(err, stopProfiles())
	images := p.seen - p.before
	if images > 0 {
		fmt.Fprintf(c.out, "trained on %d images in %.2f s: %.0f images/s\n", images, seconds, float64(images)/seconds)
	}

	if test.Len() > 0 {
		e, testErr := job.evaluate(ctx, test, c.testProgress())
		c.out.clear()
		switch {
		case ctx.Err() != nil:
			return errors.Join(s.interrupted(), err)
		case testErr != nil:
			return errors.Join(err, testErr)
		}
		log.test(e, seconds)
		fmt.Fprintf(c.out, "test: %d of %d images right (%.2f %%), mean loss %.6f\n", e.Correct, e.Images, 100*e.Accuracy(), e.Loss)
	}
	if isArticle(job.network()) && images > 0 {
		slid := articleHours * 3600 * float64(images) / mnistTrain
		fmt.Fprintf(c.out, "the article's program needs %s for as many images (15 h an epoch): %.0f times as long\n",
			duration(slid), slid/seconds)
	}
	return err
}

// articleHours is what the article's program took for one epoch.
const articleHours = 15

// trainedIn returns the precision of a training by its file.
func trainedIn(w *nn.Weights) string {
	if w.Training != nil && w.Training.Settings != nil {
		return w.Training.Settings.Precision
	}
	return w.Tensors[0].Precision() // that of them all: the article's form has it alone
}
