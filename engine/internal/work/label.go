package work

import (
	"context"
	"runtime/pprof"
	"time"
	"unsafe" // for the two functions that are linked by name
)

// A Label says whose work a job is: for profiles, and for a trace if there is
// one. A nil label is work without a name.
type Label struct {
	labels context.Context
	trace  func(worker int, start, end time.Time)
}

// NewLabel returns the label of work that profiles show under the given labels.
// trace, unless it is nil, is told each stretch of time that a worker spent on
// the work; 0 is the calling goroutine.
func NewLabel(labels pprof.LabelSet, trace func(worker int, start, end time.Time)) *Label {
	return &Label{pprof.WithLabels(context.Background(), labels), trace}
}

// Set labels the calling goroutine and returns the labels it had, for [Restore].
func (l *Label) Set() (before Labels) {
	before = goroutineLabels()
	if l != nil {
		pprof.SetGoroutineLabels(l.labels)
	}
	return before
}

// Labels are what a goroutine's samples in a profile are labelled with, nil if
// they are not. Package pprof sets labels from a context and tells nobody what
// was there before; the runtime keeps these two functions for that.
type Labels = unsafe.Pointer

//go:linkname goroutineLabels runtime/pprof.runtime_getProfLabel
func goroutineLabels() Labels

// Restore labels the calling goroutine.
//
//go:linkname Restore runtime/pprof.runtime_setProfLabel
func Restore(labels Labels)

// Begin returns when a stretch of work begins, if anybody wants to know.
func (l *Label) Begin() (start time.Time) {
	if l != nil && l.trace != nil {
		start = time.Now()
	}
	return start
}

// End reports the stretch of a worker that began at start.
func (l *Label) End(worker int, start time.Time) {
	if l != nil && l.trace != nil {
		l.trace(worker, start, time.Now())
	}
}
