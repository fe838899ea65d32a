package work

import (
	"maps"
	"runtime"
	"sync"
	"weak"
)

// Job is work cut into parts that may run in any order, at the same time, each
// once.
type Job interface {
	Run(part int, w *Worker)
}

// Pool runs jobs on a fixed number of workers, the caller among them. Plans of
// as many workers share one; when the last of them is gone, so are the workers
// and what they keep.
type Pool struct {
	workers int
	crew    *crew // which knows nothing of the pool, so that this can go
}

var pools struct {
	sync.Mutex
	bySize map[int]weak.Pointer[Pool]
}

// PoolOf returns the process's pool of the given number of workers.
func PoolOf(workers int) *Pool {
	pools.Lock()
	defer pools.Unlock()
	if p := pools.bySize[workers].Value(); p != nil {
		return p
	}
	if pools.bySize == nil {
		pools.bySize = make(map[int]weak.Pointer[Pool])
	}
	maps.DeleteFunc(pools.bySize, func(_ int, p weak.Pointer[Pool]) bool { return p.Value() == nil })
	p := newPool(workers)
	pools.bySize[workers] = weak.Make(p)
	return p
}

func newPool(workers int) *Pool {
	p := &Pool{workers, newCrew(workers)}
	runtime.AddCleanup(p, (*crew).dismiss, p.crew)
	return p
}

// Run runs every part of j and returns when all are done. While another
// caller's job occupies the crew, the caller runs its parts alone.
//
// A part that panics ends the job: those that have not begun are left out. On
// the caller's goroutine the panic is as it is without a pool; from another
// worker it arrives as a *panics.Recovered.
func (p *Pool) Run(j Job, parts int, l *Label) {
	if l != nil {
		defer Restore(l.Set())
	}
	if p.workers > 1 && parts > 1 && p.crew.busy.TryLock() {
		p.crew.share(j, parts, l)
		runtime.KeepAlive(p)
		return
	}
	r, ok := j.(Reserver)
	if !ok {
		alone(j, parts, l, &idle)
		return
	}
	w := callers.Get()
	w.fresh = true
	r.Reserve(w)
	alone(j, parts, l, w)
	callers.Put(w)
}

// alone runs every part of j on one worker.
func alone(j Job, parts int, l *Label, w *Worker) {
	start := l.Begin()
	for i := range parts {
		j.Run(i, w)
	}
	l.End(w.number, start)
}
