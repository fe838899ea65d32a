package article

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/unslide/unslide/engine"
	"github.com/unslide/unslide/engine/data"
	"github.com/unslide/unslide/engine/nn"
)

// The kinds of runs that [Compare] takes.
const (
	Sliding = "sliding" // the reference, float64
	Float64 = "float64" // the engine
	Float32 = "float32" // the engine
)

// CompareOptions say what to train and how long.
type CompareOptions struct {
	Network nn.Network
	Runs    []string // of Sliding, Float64 and Float32; the others are compared with the first
	// Beside, if set, is another network that the engine trains in float32 to
	// be drawn with the others, under the name of BesideName.
	Beside     *nn.Network
	BesideName string
	Steps      int // one image each, in the order of the set
	Window     int // steps that a point of the curves averages
	Seed       uint64
	Rate       float64
	Workers    int // of the engine, 0 for all
	Test       int // images to predict afterwards, the first of the test set
	Foreign    []Foreign
	// Progress, unless nil, hears how far a run is. Several goroutines may
	// call it.
	Progress func(run, phase string, done, of int)
}

// ArticleCompare is the article's comparison: its network, 1000 steps, curves
// averaged over 5 images.
func ArticleCompare() CompareOptions {
	return CompareOptions{
		Network: nn.Article(), Runs: []string{Sliding, Float64, Float32},
		Steps: 1000, Window: 5, Seed: 1, Rate: nn.ArticleOptimizer().Rate, Test: 10000,
	}
}

// Validate reports an [engine.Fault] for each faulty field, for sets of so
// many training and test images.
func (o *CompareOptions) Validate(train, test int) error {
	var errs []error
	fault := func(field string, value any, want string, args ...any) {
		errs = append(errs, faulty(field, value, fmt.Sprintf(want, args...)))
	}
	kinds := []string{Sliding, Float64, Float32}
	for i, r := range o.Runs {
		if !slices.Contains(kinds, r) || slices.Contains(o.Runs[:i], r) {
			fault("runs", strconv.Quote(strings.Join(o.Runs, ",")), "some of %s, each at most once", strings.Join(kinds, ", "))
			break
		}
	}
	if len(o.Runs) == 0 {
		fault("runs", `""`, "some of %s", strings.Join(kinds, ", "))
	}
	if o.Steps < 1 || o.Steps > train {
		fault("steps", o.Steps, "1 to %d, the training images", train)
	}
	if o.Window < 1 || o.Window > o.Steps && o.Steps > 0 {
		fault("window", o.Window, "1 to %d, the steps", o.Steps)
	}
	if !(o.Rate > 0) || math.IsInf(o.Rate, 1) {
		fault("rate", o.Rate, "a finite number above 0")
	}
	if o.Test < 0 || o.Test > test {
		fault("test", o.Test, "0 to %d", test)
	}
	errs = append(errs, workersFault(o.Workers), readsDigits("network", o.Network))
	if o.Beside != nil {
		errs = append(errs, readsDigits("beside", *o.Beside))
	}
	if slices.Contains(o.Runs, Sliding) {
		_, err := NaiveSettings(o.Network, 1)
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// Comparison is what [Compare] found.
type Comparison struct {
	Options    CompareOptions
	Runs       []Run // in the order asked for; the network beside is the last
	Parameters []string
	Largest    []float64 // |value| of each parameter of the first run, afterwards
	Drifts     []Drift   // of each further run of the same network
}

// Run is one training.
type Run struct {
	Name    string
	Losses  []float64 // of each step, before it
	Correct []bool    // of each step, before it
	Time    time.Duration
	Test    nn.Evaluation
}

// Drift is how far a run's parameters are from the first run's.
type Drift struct {
	Run   string
	Steps []int       // when they were compared
	Apart [][]float64 // the largest difference of each parameter, then
}

// comparisons is how often parameters are compared on the way.
const comparisons = 50

// Compare trains the runs on the first images of one set and predicts those of
// another. It stops with the context's error when that ends.
func Compare(ctx context.Context, train, test *data.Set, o CompareOptions) (*Comparison, error) {
	if err := o.Validate(train.Len(), test.Len()); err != nil {
		return nil, err
	}
	c := &Comparison{Options: o}
	var learners []learner
	for _, name := range o.Runs {
		l, err := newLearner(name, o.Network, &o)
		if err != nil {
			return nil, err
		}
		learners, c.Runs = append(learners, l), append(c.Runs, Run{Name: name})
	}
	for _, name := range o.Runs[1:] {
		c.Drifts = append(c.Drifts, Drift{Run: name})
	}
	if o.Beside != nil {
		l, err := newLearner(Float32, *o.Beside, &o)
		if err != nil {
			return nil, err
		}
		learners, c.Runs = append(learners, l), append(c.Runs, Run{Name: o.BesideName})
	}

	// The runs take turns for some steps each, which keeps their weights in the
	// caches meanwhile, and are compared after each turn.
	turn := max(o.Steps/comparisons, min(o.Steps, 10))
	for lo := 0; lo < o.Steps; lo += turn {
		hi := min(lo+turn, o.Steps)
		for i := range c.Runs {
			if err := c.Runs[i].train(ctx, learners[i], train, lo, hi); err != nil {
				return nil, err
			}
			if o.Progress != nil {
				o.Progress(c.Runs[i].Name, "train", hi, o.Steps)
			}
		}
		c.compare(learners, hi)
	}

	test = test.Slice(0, o.Test)
	for i := range c.Runs {
		r := &c.Runs[i]
		progress := func(done int) {
			if o.Progress != nil {
				o.Progress(r.Name, "test", done, o.Test)
			}
		}
		var err error
		if r.Test, err = learners[i].evaluate(ctx, test, progress); err != nil {
			return nil, err
		}
	}
	return c, nil
}

func newLearner(run string, n nn.Network, o *CompareOptions) (learner, error) {
	switch run {
	case Sliding:
		return newNaive(n, o.Seed, o.Rate)
	case Float64:
		return newEngine[float64](n, o.Seed, o.Rate, engine.WithWorkers(o.Workers))
	}
	return newEngine[float32](n, o.Seed, o.Rate, engine.WithWorkers(o.Workers))
}

// train takes the steps lo ≤ i < hi.
func (r *Run) train(ctx context.Context, l learner, source data.Source, lo, hi int) error {
	pixels := make([]float32, source.Shape().Len())
	for i := lo; i < hi; i++ {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		start := time.Now()
		if err := source.Read(pixels, i); err != nil {
			return fmt.Errorf("article: %w", err)
		}
		loss, correct := l.step(pixels, source.Label(i))
		r.Time += time.Since(start)
		if math.IsNaN(loss) || math.IsInf(loss, 0) {
			return fmt.Errorf("article: %s: the loss of step %d is %v: want a smaller learning rate", r.Name, i+1, loss)
		}
		r.Losses, r.Correct = append(r.Losses, loss), append(r.Correct, correct)
	}
	return nil
}

// compare notes how far the runs are from the first after a number of steps.
func (c *Comparison) compare(learners []learner, step int) {
	base := learners[0].parameters()
	c.Parameters, c.Largest = nil, nil
	for _, p := range base {
		c.Parameters = append(c.Parameters, p.name)
		c.Largest = append(c.Largest, largestDifference(p.values, make([]float64, len(p.values))))
	}
	for i := range c.Drifts {
		var apart []float64
		for j, p := range learners[i+1].parameters() {
			apart = append(apart, largestDifference(p.values, base[j].values))
		}
		c.Drifts[i].Steps = append(c.Drifts[i].Steps, step)
		c.Drifts[i].Apart = append(c.Drifts[i].Apart, apart)
	}
}

// Disagreements counts the test images to which two lists of predictions give
// different digits. It panics if they are not equally long.
func Disagreements(a, b []int32) (n int) {
	if len(a) != len(b) {
		panic("article: Disagreements: lists of different lengths")
	}
	for i := range a {
		if a[i] != b[i] {
			n++
		}
	}
	return n
}
