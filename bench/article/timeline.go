package article

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"time"

	"github.com/unslide/unslide/engine"
	"github.com/unslide/unslide/engine/data"
	"github.com/unslide/unslide/engine/nn"
	"github.com/unslide/unslide/naive"
)

// TimelineOptions say what to time.
type TimelineOptions struct {
	Network      nn.Network
	Batch        int    // images of a step
	Steps        int    // of the engine; the times are medians over them
	Images       int    // that the sliding reference trains on
	Python       string // the interpreter, empty for no Python
	PythonImages int    // that Python trains on
	Seed         uint64
	Rate         float64
	Workers      int // of the engine, 0 for all
	// Progress, unless nil, hears what is being timed.
	Progress func(what string)
}

// ArticleTimeline times the article's network and its training.
func ArticleTimeline() TimelineOptions {
	return TimelineOptions{
		Network: nn.Article(), Batch: 1, Steps: 300, Images: 30, Python: "python3", PythonImages: 5,
		Seed: 1, Rate: nn.ArticleOptimizer().Rate,
	}
}

// Validate reports an [engine.Fault] for each faulty field, for a set of so
// many images.
func (o *TimelineOptions) Validate(images int) error {
	var errs []error
	within := func(what string, n, lo, hi int) {
		if n < lo || n > hi {
			errs = append(errs, faulty(what, n, fmt.Sprintf("%d to %d", lo, hi)))
		}
	}
	within("batch", o.Batch, 1, images)
	within("steps", o.Steps, 1, 1_000_000)
	within("images", o.Images, 1, images)
	within("python-images", o.PythonImages, 1, images)
	errs = append(errs, workersFault(o.Workers))
	_, err := NaiveSettings(o.Network, 1)
	return errors.Join(append(errs, readsDigits("network", o.Network), err)...)
}

// Timeline is how long each layer of a training step takes, measured in
// several ways. The sliding ones train image by image: a batch takes them as
// many times one image's time.
type Timeline struct {
	Options  TimelineOptions
	Rows     []Row
	Spans    []engine.Span // of the engine's last steps
	NoPython error         // why there is no row of Python's, if it was asked for
}

// Row is one way to take the step.
type Row struct {
	Name    string
	Version string // of what runs it
	How     string // precision and goroutines: what a factor compares
	Bars    []Bar  // in the step's order
}

// About says with what and how the step is taken.
func (r Row) About() string { return r.Version + ", " + r.How }

// Bar is the median time of one layer in one direction.
type Bar struct {
	Layer   string
	Forward bool
	Time    time.Duration
}

// between is the bar of what no layer accounts for: calls, waking the workers.
const between = "between layers"

// String names the bar.
func (b Bar) String() string {
	if b.Layer == between {
		return between
	}
	if b.Forward {
		return b.Layer + " forward"
	}
	return b.Layer + " backward"
}

// Total returns the time of the whole step.
func (r Row) Total() (t time.Duration) {
	for _, b := range r.Bars {
		t += b.Time
	}
	return t
}

// percent returns a bar's share of the step.
func (r Row) percent(b Bar) float64 { return 100 * b.Time.Seconds() / r.Total().Seconds() }

// Share returns the share of the step that the layers of a name's beginning
// take: "conv" for all convolutions.
func (r Row) Share(prefix string) float64 {
	var t time.Duration
	for _, b := range r.Bars {
		if len(b.Layer) >= len(prefix) && b.Layer[:len(prefix)] == prefix {
			t += b.Time
		}
	}
	return t.Seconds() / r.Total().Seconds()
}

// Measure times training steps on the first images of a set: in Python if
// there is one, by the sliding reference, by the engine in float32 with
// convolutions as matrix products, and by its own choice. It stops with the
// context's error when that ends.
func Measure(ctx context.Context, set *data.Set, o TimelineOptions) (*Timeline, error) {
	if err := o.Validate(set.Len()); err != nil {
		return nil, err
	}
	settings, err := NaiveSettings(o.Network, o.Rate)
	if err != nil {
		return nil, err
	}
	t := &Timeline{Options: o}
	tell := func(what string) {
		if o.Progress != nil {
			o.Progress(what)
		}
	}
	if o.Python != "" {
		tell("Python")
		row, err := measurePython(ctx, set.Slice(0, o.PythonImages), settings, o)
		switch {
		case errors.Is(err, ErrNoPython):
			t.NoPython = err
		case err != nil:
			return nil, err
		default:
			t.Rows = append(t.Rows, row)
		}
	}
	tell("sliding reference")
	row, err := measureNaive(ctx, set.Slice(0, o.Images), o)
	if err != nil {
		return nil, err
	}
	t.Rows = append(t.Rows, row)
	for _, e := range []struct {
		name      string
		algorithm engine.Algorithm
	}{{"Go, im2col and GEMM", engine.GEMM}, {"Go, the engine's choice", engine.Auto}} {
		tell(e.name)
		row, spans, err := measureEngine(ctx, set, o, e.name, e.algorithm)
		if err != nil {
			return nil, err
		}
		t.Rows, t.Spans = append(t.Rows, row), spans
	}
	return t, nil
}

func measurePython(ctx context.Context, set *data.Set, s naive.Settings, o TimelineOptions) (Row, error) {
	r, err := pythonTrain(ctx, o.Python, s, o.Seed, set)
	if err != nil {
		return Row{}, err
	}
	row := Row{Name: "Python, sliding", Version: fmt.Sprintf("Python %s, numpy %s", r.Python, r.Numpy), How: "float64"}
	row.Bars = bars(func(step string, forward bool) time.Duration {
		seconds := r.Seconds[step+map[bool]string{true: " forward", false: " backward"}[forward]]
		var times []time.Duration
		for _, s := range seconds {
			times = append(times, time.Duration(s*float64(time.Second)))
		}
		return median(times) * time.Duration(o.Batch)
	})
	return row, nil
}

func measureNaive(ctx context.Context, set *data.Set, o TimelineOptions) (Row, error) {
	l, err := newNaive(o.Network, o.Seed, o.Rate)
	if err != nil {
		return Row{}, err
	}
	times := map[Bar][]time.Duration{}
	l.network.Trace = func(step string, forward bool, d time.Duration) {
		b := Bar{Layer: step, Forward: forward}
		times[b] = append(times[b], d)
	}
	pixels := make([]float32, set.Shape().Len())
	for i := range set.Len() {
		if ctx.Err() != nil {
			return Row{}, context.Cause(ctx)
		}
		if err := set.Read(pixels, i); err != nil {
			return Row{}, err
		}
		l.step(pixels, set.Label(i))
	}
	row := Row{Name: "Go, sliding", Version: runtime.Version(), How: slidingHow}
	row.Bars = bars(func(step string, forward bool) time.Duration {
		return median(times[Bar{Layer: step, Forward: forward}]) * time.Duration(o.Batch)
	})
	return row, nil
}

// slidingHow is how the sliding reference computes.
const slidingHow = "float64, one goroutine"

// bars asks for the time of each of the 14 steps.
func bars(took func(step string, forward bool) time.Duration) (b []Bar) {
	for _, s := range naive.Steps {
		b = append(b, Bar{s, true, took(s, true)})
	}
	for _, s := range slices.Backward(naive.Steps[:]) {
		b = append(b, Bar{s, false, took(s, false)})
	}
	return b
}

// median returns the middle one, 0 of none.
func median(times []time.Duration) time.Duration {
	if len(times) == 0 {
		return 0
	}
	times = slices.Sorted(slices.Values(times))
	return times[len(times)/2]
}
