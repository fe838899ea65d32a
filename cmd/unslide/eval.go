package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/unslide/unslide/engine"
	"github.com/unslide/unslide/engine/data"
	"github.com/unslide/unslide/engine/nn"
	"github.com/unslide/unslide/internal/wholefile"
)

// modelFlags say how a saved model is computed.
type modelFlags struct {
	Workers   int    `default:"0" placeholder:"N" help:"Goroutines that share the work (all cores)."`
	Precision string `placeholder:"TYPE" help:"float32 or float64 (the file's own)."`
}

func (f modelFlags) Validate() error {
	var errs []error
	switch f.Precision {
	case "", "float32", "float64":
	default:
		errs = append(errs, fmt.Errorf("--precision %q: want float32 or float64", f.Precision))
	}
	return errors.Join(append(errs, workersFault(f.Workers))...)
}

// precision is the flag's, or else the best that the file has.
func (f modelFlags) precision(w *nn.Weights) string {
	if f.Precision != "" {
		return f.Precision
	}
	for _, t := range w.Tensors {
		if t.Precision() == "float64" {
			return "float64"
		}
	}
	return "float32"
}

// A model computes what a weights file knows.
type model interface {
	evaluate(context.Context, data.Source, func(done int)) (nn.Evaluation, error)
	// probabilities returns each class's, of one 28×28 image.
	probabilities(pixels []float32) []float64
}

// readModel makes the model of a weights file. A network in a file may ask for
// plans of any size: they are made when everything else is right.
func (f modelFlags) readModel(path string) (m model, precision string, err error) {
	w, err := nn.ReadWeights(path)
	if err != nil {
		return nil, "", err
	}
	n, err := w.NetworkOrArticle()
	if err == nil {
		err = readsDigits(n)
	}
	if err != nil {
		return nil, "", fmt.Errorf("%s: %w", path, err)
	}
	precision = f.precision(w)
	if precision == "float64" {
		m, err = newModel[float64](n, w, f.Workers)
	} else {
		m, err = newModel[float32](n, w, f.Workers)
	}
	if err != nil {
		return nil, "", fmt.Errorf("%s: %w", path, err)
	}
	return m, precision, nil
}

// readsDigits reports whether a network's input is an image of the data set.
func readsDigits(n nn.Network) error {
	if n.Input != (nn.Input{H: 28, W: 28, C: 1}) {
		return fmt.Errorf("the network's input is %d×%d×%d: want 28×28×1, the data set's", n.Input.H, n.Input.W, n.Input.C)
	}
	return nil
}

type engineModel[T engine.Float] struct{ *nn.Model[T] }

func newModel[T engine.Float](n nn.Network, w *nn.Weights, workers int) (model, error) {
	m, err := nn.New[T](n, engine.WithWorkers(workers))
	if err != nil {
		return nil, err
	}
	return engineModel[T]{m}, m.SetWeights(w)
}

func (m engineModel[T]) evaluate(ctx context.Context, source data.Source, progress func(done int)) (nn.Evaluation, error) {
	return m.Evaluate(ctx, source, progress)
}

func (m engineModel[T]) probabilities(pixels []float32) []float64 {
	src, dst := make([]T, len(pixels)), make([]T, m.Classes())
	for i, p := range pixels {
		src[i] = T(p)
	}
	m.Probabilities(dst, src)
	p := make([]float64, len(dst))
	for i, v := range dst {
		p[i] = float64(v)
	}
	return p
}

type evalCmd struct {
	Weights string `arg:"" help:"Weights file: .npz, or the article's .npy." type:"path"`
	dataFlag
	modelFlags
	Test        int    `default:"10000" placeholder:"N" help:"The first N test images only (10000)."`
	Predictions string `placeholder:"FILE" type:"path" writes:"" help:"Write the predicted digits here, one a line."`

	profileFlags
}

func (evalCmd) Help() string {
	return `Prints how many of the 10000 test images are right.

Examples:

  unslide eval weights.npz
  unslide eval cnn_weights_mnist.npy --predictions digits.txt`
}

func (e evalCmd) Validate() error {
	var err error
	if e.Test < 1 || e.Test > mnistTest {
		err = fmt.Errorf("--test %d: want 1 to %d", e.Test, mnistTest)
	}
	return errors.Join(err, e.modelFlags.Validate())
}

func (e evalCmd) Run(ctx context.Context, c console) error {
	return e.during(func() error { return e.run(ctx, c) })
}

func (e evalCmd) run(ctx context.Context, c console) error {
	if e.Predictions != "" {
		if err := canWrite("--predictions", e.Predictions); err != nil {
			return err
		}
	}
	m, precision, err := e.readModel(e.Weights)
	if err != nil {
		return err
	}
	data, err := e.open(ctx, c)
	if err != nil {
		return err
	}
	begin := time.Now()
	result, err := m.evaluate(ctx, data.Test.Slice(0, e.Test), c.testProgress())
	c.out.clear()
	if err != nil {
		return err
	}
	seconds := time.Since(begin).Seconds()
	fmt.Fprintf(c.out, "test: %d of %d images right (%.2f %%), mean loss %.11f\n", result.Correct, result.Images, 100*result.Accuracy(), result.Loss)
	fmt.Fprintf(c.out, "%s, %.2f s: %.0f images/s\n", precision, seconds, float64(result.Images)/seconds)
	if e.Predictions == "" {
		return nil
	}
	var lines strings.Builder
	for _, digit := range result.Predicted {
		lines.WriteString(strconv.Itoa(int(digit)))
		lines.WriteByte('\n')
	}
	if err := wholefile.Write(e.Predictions, []byte(lines.String())); err != nil {
		return fmt.Errorf("--predictions: %w", err)
	}
	return nil
}
