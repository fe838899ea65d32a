package article

import (
	"context"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"time"

	"github.com/unslide/unslide/engine"
	"github.com/unslide/unslide/engine/data"
)

// tracedSteps is how many of the last steps a timeline keeps the spans of.
const tracedSteps = 20

// measureEngine times the engine's steps by the spans of its plans, with
// convolutions by the given algorithm.
func measureEngine(ctx context.Context, source data.Source, o TimelineOptions, name string, a engine.Algorithm) (Row, []engine.Span, error) {
	var (
		lock  sync.Mutex
		spans []engine.Span // of the step that runs
	)
	trace := func(s engine.Span) {
		lock.Lock()
		defer lock.Unlock()
		spans = append(spans, s)
	}
	e, err := newEngine[float32](o.Network, o.Seed, o.Rate, engine.WithWorkers(o.Workers), engine.WithAlgorithm(a), engine.WithTrace(trace))
	if err != nil {
		return Row{}, nil, err
	}
	times := map[Bar][]time.Duration{}
	var totals []time.Duration
	var kept [][]engine.Span
	for step := range o.Steps {
		if ctx.Err() != nil {
			return Row{}, nil, context.Cause(ctx)
		}
		src, labels := e.learner.Input(o.Batch), make([]int32, o.Batch)
		size := len(src) / o.Batch
		for i := range labels {
			image := (step*o.Batch + i) % source.Len()
			if err := source.Read(src[i*size:(i+1)*size], image); err != nil {
				return Row{}, nil, err
			}
			labels[i] = source.Label(image)
		}
		spans = nil
		start := time.Now()
		e.learner.Step(labels, o.Rate)
		totals = append(totals, time.Since(start))
		for b, d := range sumSpans(spans) {
			times[b] = append(times[b], d)
		}
		if kept = append(kept, spans); len(kept) > tracedSteps {
			kept = kept[1:]
		}
	}

	row := Row{Name: name, Version: runtime.Version(), How: engineHow[float32](o.Workers)}
	row.Bars = bars(func(step string, forward bool) time.Duration {
		return median(times[Bar{Layer: step, Forward: forward}])
	})
	row.Bars = append(row.Bars, Bar{Layer: between, Time: max(0, median(totals)-row.Total())})
	var all []engine.Span
	for _, s := range kept {
		all = append(all, s...)
	}
	return row, all, nil
}

// engineHow is how the engine computes with so many workers, 0 for all.
func engineHow[T engine.Float](workers int) string {
	if workers == 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	if workers == 1 {
		return fmt.Sprintf("%T, one worker", *new(T))
	}
	return fmt.Sprintf("%T, %d workers", *new(T), workers)
}

// sumSpans adds up a step's spans by layer and direction. A phase lasts from
// its first worker's begin to its last worker's end.
func sumSpans(spans []engine.Span) map[Bar]time.Duration {
	type phase struct{ layer, phase string }
	type stretch struct{ start, end time.Time }
	phases := map[phase]stretch{}
	for _, s := range spans {
		p := phase{s.Layer, s.Phase}
		if q, ok := phases[p]; !ok {
			phases[p] = stretch{s.Start, s.End}
		} else {
			if s.Start.Before(q.start) {
				q.start = s.Start
			}
			if s.End.After(q.end) {
				q.end = s.End
			}
			phases[p] = q
		}
	}
	sums := map[Bar]time.Duration{}
	for p, s := range phases {
		sums[barOf(p.layer, p.phase)] += s.end.Sub(s.start)
	}
	return sums
}

// barOf returns the bar, without its time, that a plan's phase belongs to. The
// engine's softmax is one plan that computes probabilities, loss and gradient.
func barOf(layer, phase string) Bar {
	if layer == "softmax" {
		return Bar{Layer: "loss", Forward: true}
	}
	return Bar{Layer: layer, Forward: strings.HasPrefix(phase, "forward")}
}
