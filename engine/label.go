package engine

import (
	"context"
	"runtime/pprof"
	"time"
	"unsafe" // for the two functions that are linked by name
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
func WithTrace(f func(Span)) Option { return func(o *options) { o.trace = f } }

// A label says whose work a job is: for profiles, and for the trace if there is
// one. A nil label is work without a name.
type label struct {
	labels       context.Context
	layer, phase string
	trace        func(Span)
}

// phaseLabels returns the labels of a named plan's phases, nil for a plan
// without a name.
func phaseLabels(o options, phases ...string) map[string]*label {
	if o.name == "" {
		return nil
	}
	m := make(map[string]*label, len(phases))
	for _, p := range phases {
		m[p] = &label{
			labels: pprof.WithLabels(context.Background(), pprof.Labels("layer", o.name, "phase", p)),
			layer:  o.name,
			phase:  p,
			trace:  o.trace,
		}
	}
	return m
}

// set labels the calling goroutine and returns the labels it had.
func (l *label) set() (before profileLabels) {
	before = goroutineLabels()
	if l != nil {
		pprof.SetGoroutineLabels(l.labels)
	}
	return before
}

// profileLabels are what a goroutine's samples in a profile are labelled with,
// nil if they are not. Package pprof sets labels from a context and tells
// nobody what was there before; the runtime keeps these two functions for that.
type profileLabels = unsafe.Pointer

//go:linkname goroutineLabels runtime/pprof.runtime_getProfLabel
func goroutineLabels() profileLabels

// restore labels the calling goroutine.
//
//go:linkname restore runtime/pprof.runtime_setProfLabel
func restore(labels profileLabels)

// begin returns when a span begins, if anybody wants to know.
func (l *label) begin() (start time.Time) {
	if l != nil && l.trace != nil {
		start = time.Now()
	}
	return start
}

// end reports the span that began at start.
func (l *label) end(worker int, start time.Time) {
	if l != nil && l.trace != nil {
		l.trace(Span{l.layer, l.phase, worker, start, time.Now()})
	}
}
