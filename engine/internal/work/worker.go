package work

import (
	"github.com/unslide/unslide/engine/internal/spare"
	"github.com/unslide/unslide/im2col"
)

// Worker runs parts of jobs, one after another. The calling goroutine is worker
// 0 of its call.
type Worker struct {
	number int
	fresh  bool // has run no part of the job yet
	single []float32
	double []float64
}

// callers are the workers that calls borrow which run alone.
var callers spare.List[Worker]

// idle is worker 0 where a job uses no workspace.
var idle Worker

// A Reserver is a job whose parts use the worker's workspace. It reserves this
// for every worker that may help, so that none allocates the first time that it
// does.
type Reserver interface {
	Reserve(w *Worker)
}

// Reserve sees to it that the worker has a workspace of so many elements.
func Reserve[T im2col.Float](w *Worker, length int) {
	space := spaceOf[T](w)
	*space = spare.Grow(*space, length)
}

// Workspace returns length elements that the worker has and keeps for all of its
// parts of a job, with 0 in the first element for the first part.
func Workspace[T im2col.Float](w *Worker, length int) []T {
	space := (*spaceOf[T](w))[:length]
	if w.fresh && length > 0 {
		w.fresh, space[0] = false, 0
	}
	return space
}

func spaceOf[T im2col.Float](w *Worker) *[]T {
	if space, ok := any(&w.single).(*[]T); ok {
		return space
	}
	return any(&w.double).(*[]T)
}

// Workspaces returns those of a pool at rest, and one of those that callers borrow
// which run alone: for tests that spoil what is in them.
func Workspaces[T im2col.Float](p *Pool) [][]T {
	alone := callers.Get()
	defer callers.Put(alone)
	spaces := [][]T{*spaceOf[T](alone), *spaceOf[T](&p.crew.leader)}
	for i := range p.crew.members {
		spaces = append(spaces, *spaceOf[T](&p.crew.members[i].Worker))
	}
	return spaces
}
