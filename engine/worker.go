package engine

import "github.com/unslide/unslide/engine/internal/spare"

// worker runs parts of jobs, one after another. The calling goroutine is worker
// 0 of its call.
type worker struct {
	number int
	fresh  bool // has run no part of the job yet
	single []float32
	double []float64
}

// callers are the workers that calls borrow which run alone.
var callers spare.List[worker]

// idle is worker 0 where a job uses no workspace.
var idle worker

// A reserver is a job whose parts use the worker's workspace. It reserves this
// for every worker that may help, so that none allocates the first time that it
// does.
type reserver interface {
	reserve(w *worker)
}

// reserve sees to it that the worker has a workspace of so many elements.
func reserve[T Float](w *worker, length int) {
	space := spaceOf[T](w)
	*space = grow(*space, length)
}

// workspace returns length elements that the worker has and keeps for all of its
// parts of a job, with 0 in the first element for the first part.
func workspace[T Float](w *worker, length int) []T {
	space := (*spaceOf[T](w))[:length]
	if w.fresh && length > 0 {
		w.fresh, space[0] = false, 0
	}
	return space
}

func spaceOf[T Float](w *worker) *[]T {
	if space, ok := any(&w.single).(*[]T); ok {
		return space
	}
	return any(&w.double).(*[]T)
}
