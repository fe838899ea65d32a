package engine

import (
	"runtime/pprof"
	"time"

	"github.com/unslide/unslide/engine/internal/work"
)

// Span is a stretch of time that one worker spent on one phase of a plan.
type Span struct {
	Layer  string // the plan's name
	Phase  string // forward, backward-data and so on
	Worker int    // 0 is the calling goroutine
	Start  time.Time
	End    time.Time
}

// WithTrace hands a plan's spans to f, which several goroutines may call at
// once. All spans of a call are reported before the call returns. A plan
// without a name reports nothing. Without this option no clock is read.
func WithTrace(f func(Span)) Option {
	return option(traceOption, func(o *options) { o.trace = f })
}

// phaseLabels returns the labels of a named plan's phases, nil for a plan
// without a name.
func phaseLabels(o options, phases ...string) map[string]*work.Label {
	if o.name == "" {
		return nil
	}
	m := make(map[string]*work.Label, len(phases))
	for _, p := range phases {
		var trace func(worker int, start, end time.Time)
		if o.trace != nil {
			trace = func(worker int, start, end time.Time) { o.trace(Span{o.name, p, worker, start, end}) }
		}
		m[p] = work.NewLabel(pprof.Labels("layer", o.name, "phase", p), trace)
	}
	return m
}
