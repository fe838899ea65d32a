package article

import (
	"context"
	"runtime/pprof"
	"slices"
	"time"

	"github.com/unslide/unslide/naive"
)

// stepLabels make a profile tell the sliding reference's steps apart, by the
// tags that the engine's plans have, layer and phase. A nil stepLabels does
// nothing.
type stepLabels struct {
	outer context.Context   // with the caller's labels
	steps []context.Context // of the 14 steps, in their order
	at    int
}

func newStepLabels(ctx context.Context) *stepLabels {
	l := &stepLabels{outer: ctx}
	add := func(step, phase string) {
		l.steps = append(l.steps, pprof.WithLabels(ctx, pprof.Labels("layer", step, "phase", phase)))
	}
	for _, step := range naive.Steps {
		add(step, "forward")
	}
	for _, step := range slices.Backward(naive.Steps[:]) {
		add(step, "backward")
	}
	return l
}

// begin labels the calling goroutine as in the first step.
func (l *stepLabels) begin() {
	if l != nil {
		l.at = 0
		pprof.SetGoroutineLabels(l.steps[0])
	}
}

// done is a [naive.Network]'s trace: it labels the step after the one that is
// done, and after the last what is not the network's.
func (l *stepLabels) done(string, bool, time.Duration) {
	if l.at++; l.at < len(l.steps) {
		pprof.SetGoroutineLabels(l.steps[l.at])
	} else {
		l.end()
	}
}

// end gives the calling goroutine its caller's labels back.
func (l *stepLabels) end() { pprof.SetGoroutineLabels(l.outer) }
