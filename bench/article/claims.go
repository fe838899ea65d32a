package article

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/unslide/unslide/bench/measure"
	"github.com/unslide/unslide/engine"
	"github.com/unslide/unslide/engine/data/mnist"
	"github.com/unslide/unslide/engine/nn"
)

// ClaimsOptions say how much of the article to run again.
type ClaimsOptions struct {
	Steps  int    // of the comparison of sliding and engine: 55000 for an epoch
	Epochs int    // of the engine alone: the article has four
	Python string // the interpreter for the article's method, empty for none
	// Results are figures of this machine that have TensorFlow's training
	// step, nil for none.
	Results *measure.Results
	// Progress, unless nil, hears of each piece of work before it begins.
	Progress func(what string)
}

// ArticleClaims runs all of it.
func ArticleClaims() ClaimsOptions {
	return ClaimsOptions{Steps: trainingImages, Epochs: 4, Python: "python3"}
}

// Claims is what became of the article's claims here.
type Claims struct {
	Machine    measure.Machine
	Time       time.Time
	Workers    int // all of them
	Timeline   *Timeline
	Comparison *Comparison
	// OneWorker is an epoch of the engine on one worker, Epochs are those on
	// all, one after the other.
	OneWorker Epoch
	Epochs    []Epoch
	// TensorFlow is its training step at batch 1, in its best form by number
	// of threads; empty where it was not measured, NoTensorFlow says why.
	TensorFlow   []measure.Figure
	Version      string // TensorFlow's
	NoTensorFlow string
}

// Epoch is one epoch of the engine in float32.
type Epoch struct {
	Images int
	Time   time.Duration // without the test
	Test   nn.Evaluation
}

// MeasureClaims runs the article's experiments again and measures each of its
// claims. It stops with the context's error when that ends.
func MeasureClaims(ctx context.Context, data *mnist.Data, o ClaimsOptions) (*Claims, error) {
	train := data.Train()
	if o.Steps < 1 || o.Steps > train.Len() || o.Epochs < 1 || o.Epochs > 100 {
		return nil, fmt.Errorf("article: %d steps, %d epochs: want 1 to %d steps, 1 to 100 epochs", o.Steps, o.Epochs, train.Len())
	}
	tell := func(format string, args ...any) {
		if o.Progress != nil {
			o.Progress(fmt.Sprintf(format, args...))
		}
	}
	c := &Claims{Machine: measure.ThisMachine(), Time: time.Now().UTC().Truncate(time.Second), Workers: runtime.GOMAXPROCS(0)}

	timeline := ArticleTimeline()
	timeline.Python = o.Python
	timeline.Progress = func(what string) { tell("timeline: %s", what) }
	var err error
	if c.Timeline, err = Measure(ctx, train, timeline); err != nil {
		return nil, err
	}

	tell("engine: an epoch on one worker")
	one, err := epochs(ctx, data, 1, engine.WithWorkers(1))
	if err != nil {
		return nil, err
	}
	c.OneWorker = one[0]
	tell("engine: %d epochs on %d workers", o.Epochs, c.Workers)
	if c.Epochs, err = epochs(ctx, data, o.Epochs); err != nil {
		return nil, err
	}
	c.findTensorFlow(o.Results)

	compare := ArticleCompare()
	compare.Steps, compare.Test = o.Steps, data.Test.Len()
	compare.Window = min(max(o.Steps/200, 5), o.Steps)
	said := ""
	compare.Progress = func(run, phase string, done, of int) {
		if what := fmt.Sprintf("compare: %s, %s: %d of %d", run, phase, done*10/of, 10); run == Sliding && what != said {
			said = what
			tell("compare: sliding beside the engine, %s: %d %%", phase, 100*done/of)
		}
	}
	if c.Comparison, err = Compare(ctx, train, data.Test, compare); err != nil {
		return nil, err
	}
	return c, nil
}

// epochs trains the article's network for some epochs and tests after each.
func epochs(ctx context.Context, data *mnist.Data, n int, opts ...engine.Option) ([]Epoch, error) {
	m, err := nn.New[float32](nn.Article(), opts...)
	if err != nil {
		return nil, err
	}
	config := nn.ArticleConfig()
	config.Epochs = n
	t, err := nn.NewTrainer(m, data.Train(), config)
	if err != nil {
		return nil, err
	}
	m.Init(1)
	var done []Epoch
	for range n {
		e := Epoch{Images: t.Images()}
		start := time.Now()
		for range t.StepsPerEpoch() {
			if ctx.Err() != nil {
				return nil, context.Cause(ctx)
			}
			if _, err := t.Next(); err != nil {
				return nil, err
			}
		}
		e.Time = time.Since(start)
		if e.Test, err = m.Evaluate(ctx, data.Test, nil); err != nil {
			return nil, err
		}
		done = append(done, e)
	}
	return done, nil
}

// findTensorFlow takes the fastest form of TensorFlow's training step at batch 1
// from figures measured before.
func (c *Claims) findTensorFlow(r *measure.Results) {
	const name = "TensorFlow"
	if r == nil {
		c.NoTensorFlow = "no file of figures was given"
		return
	}
	best := map[int]measure.Figure{}
	for _, f := range r.Figures {
		if f.List != measure.TrainingList || f.Program != name || f.Batch != 1 {
			continue
		}
		if b, ok := best[f.Threads]; !ok || f.Seconds.Median < b.Seconds.Median {
			best[f.Threads] = f
		}
	}
	for _, n := range slices.Sorted(maps.Keys(best)) {
		c.TensorFlow = append(c.TensorFlow, best[n])
	}
	c.Version = r.Peers[name]
	if len(c.TensorFlow) == 0 {
		c.NoTensorFlow = strings.Join(strings.Fields(cmp.Or(r.Missing[name], "no figure of it")), " ")
	}
}
