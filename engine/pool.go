package engine

import (
	"maps"
	"runtime"
	"sync"
	"weak"
)

// job is work cut into parts that may run in any order, at the same time, each
// once.
type job interface {
	run(part int, w *worker)
}

// pool runs jobs on a fixed number of workers, the caller among them. Plans of
// as many workers share one; when the last of them is gone, so are the workers
// and what they keep.
type pool struct {
	workers int
	crew    *crew // which knows nothing of the pool, so that this can go
}

var pools struct {
	sync.Mutex
	bySize map[int]weak.Pointer[pool]
}

// poolOf returns the process's pool of the given number of workers.
func poolOf(workers int) *pool {
	pools.Lock()
	defer pools.Unlock()
	if p := pools.bySize[workers].Value(); p != nil {
		return p
	}
	if pools.bySize == nil {
		pools.bySize = make(map[int]weak.Pointer[pool])
	}
	maps.DeleteFunc(pools.bySize, func(_ int, p weak.Pointer[pool]) bool { return p.Value() == nil })
	p := newPool(workers)
	pools.bySize[workers] = weak.Make(p)
	return p
}

func newPool(workers int) *pool {
	p := &pool{workers, newCrew(workers)}
	runtime.AddCleanup(p, (*crew).dismiss, p.crew)
	return p
}

// run runs every part of j and returns when all are done. While another
// caller's job occupies the crew, the caller runs its parts alone.
//
// A part that panics ends the job: those that have not begun are left out. On
// the caller's goroutine the panic is as it is without a pool; from another
// worker it arrives as a *panics.Recovered.
func (p *pool) run(j job, parts int, l *label) {
	if l != nil {
		defer restore(l.set())
	}
	if p.workers > 1 && parts > 1 && p.crew.busy.TryLock() {
		p.crew.share(j, parts, l)
		runtime.KeepAlive(p)
		return
	}
	r, ok := j.(reserver)
	if !ok {
		alone(j, parts, l, &idle)
		return
	}
	w := callers.Get()
	w.fresh = true
	r.reserve(w)
	alone(j, parts, l, w)
	callers.Put(w)
}

// alone runs every part of j on one worker.
func alone(j job, parts int, l *label, w *worker) {
	start := l.begin()
	for i := range parts {
		j.run(i, w)
	}
	l.end(w.number, start)
}
