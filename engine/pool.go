package engine

import (
	"runtime"
	"sync"
	"sync/atomic"
	"time"
)

// job is work cut into parts that may run in any order, at the same time, each
// once. The worker number tells which of the job's workspaces to use.
type job interface {
	run(part, worker int)
}

// pool runs jobs on a fixed number of workers, the caller among them.
//
// A worker that has nothing to do spins for spinTime, so that the next layer of
// a small network finds it awake, then parks.
//
// Each worker has a run of a job's parts to itself, the same for jobs with the
// same number of parts, so that a processor meets again the weights and images
// that its own caches hold. Parts are claimed one by one, and a worker that is
// through helps the others, so the caller finishes the job alone if no other
// worker gets a processor.
//
// What spinning workers read lies in a cache line of its own, apart from what
// working ones write.
type pool struct {
	workers int
	busy    sync.Mutex // held by the caller whose job runs

	// The job that runs. Written by the caller while no worker is inside.
	job   job
	parts int
	runs  int // of parts, one for each worker unless there are fewer parts
	label *label

	_      line
	epoch  atomic.Uint64 // odd while a job is open, one step each way
	_      line
	inside atomic.Int64 // workers that look at the job
	_      line
	caller sleeper   // the caller, waiting for inside to become 0
	crew   []sleeper // the other workers, waiting for an odd epoch
	next   []counter // of each run of parts, the next to claim
}

// counter is an atomic counter in a cache line of its own.
type counter struct {
	atomic.Int64
	_ line
}

// line keeps what surrounds it in different cache lines; processors fetch them
// in pairs.
type line [128]byte

// spinTime is how long a worker looks for work before it parks: a little
// longer than the single-threaded stretch between two layers of the article's
// network.
const spinTime = 100 * time.Microsecond

var pools struct {
	sync.Mutex
	bySize map[int]*pool
}

// poolOf returns the process's pool of the given number of workers.
func poolOf(workers int) *pool {
	pools.Lock()
	defer pools.Unlock()
	p := pools.bySize[workers]
	if p == nil {
		p = newPool(workers)
		if pools.bySize == nil {
			pools.bySize = make(map[int]*pool)
		}
		pools.bySize[workers] = p
	}
	return p
}

func newPool(workers int) *pool {
	p := &pool{workers: workers, crew: make([]sleeper, workers-1), next: make([]counter, workers)}
	p.caller.init()
	for i := range p.crew {
		p.crew[i].init()
		go p.work(i)
	}
	return p
}

// run runs every part of j and returns when all are done. While another
// caller's job occupies the pool, the caller runs its parts alone.
func (p *pool) run(j job, parts int, l *label) {
	l.set()
	defer l.unset()
	if p.workers == 1 || parts == 1 || !p.busy.TryLock() {
		start := l.begin()
		for i := range parts {
			j.run(i, 0)
		}
		l.end(0, start)
		return
	}
	defer p.close()
	p.job, p.parts, p.runs, p.label = j, parts, min(parts, p.workers), l
	for i := range p.runs {
		p.next[i].Store(int64(i * parts / p.runs))
	}
	p.epoch.Add(1)
	for i := range min(len(p.crew), parts-1) {
		p.crew[i].wake()
	}
	p.claim(0)
}

// close ends a job, also one whose part panicked on the caller: once no worker
// is inside, the pool is free again.
func (p *pool) close() {
	p.epoch.Add(1)
	p.caller.wait(func() bool { return p.inside.Load() == 0 })
	p.job, p.label = nil, nil
	p.busy.Unlock()
}

// claim runs parts until none is left: the worker's own, then what is left of
// the others'.
func (p *pool) claim(worker int) {
	start, any := p.label.begin(), false
	for i := range p.runs {
		r := (worker + i) % p.runs
		end := int64((r + 1) * p.parts / p.runs)
		for part := p.next[r].Add(1) - 1; part < end; part = p.next[r].Add(1) - 1 {
			p.job.run(int(part), worker)
			any = true
		}
	}
	if any {
		p.label.end(worker, start)
	}
}

// work is the life of a worker other than the caller.
func (p *pool) work(i int) {
	var done uint64 // the last epoch this worker has seen
	for {
		p.crew[i].wait(func() bool {
			e := p.epoch.Load()
			return e&1 == 1 && e != done
		})
		e := p.epoch.Load()
		// The caller closes the epoch, then waits until nobody is inside;
		// a worker goes inside, then looks whether its epoch is still open.
		p.inside.Add(1)
		if e&1 == 1 && p.epoch.Load() == e {
			p.label.set()
			p.claim(i + 1)
			done = e
		}
		if p.inside.Add(-1) == 0 {
			p.caller.wake()
		}
	}
}

// sleeper lets one goroutine wait for a condition that others make true and
// then announce by wake.
type sleeper struct {
	parked atomic.Bool
	signal chan struct{}
	_      line
}

func (s *sleeper) init() { s.signal = make(chan struct{}, 1) }

// wait returns when ready does.
func (s *sleeper) wait(ready func() bool) {
	if spin(ready) {
		return
	}
	for {
		s.parked.Store(true)
		if ready() && s.parked.CompareAndSwap(true, false) {
			return
		}
		<-s.signal
		if ready() {
			return
		}
	}
}

// wake makes wait look again, if it is parked.
func (s *sleeper) wake() {
	if s.parked.Load() && s.parked.CompareAndSwap(true, false) {
		s.signal <- struct{}{}
	}
}

// spin reports whether ready became true within spinTime.
func spin(ready func() bool) bool {
	var start time.Time
	for i := 0; ; i++ {
		for range spinLooks {
			if ready() {
				return true
			}
		}
		switch {
		case i == 0:
			start = time.Now()
		case time.Since(start) > spinTime:
			return false
		}
		runtime.Gosched() // another goroutine may need this processor
	}
}

// spinLooks is how often a spinning worker looks before it offers its processor
// to others: most of a microsecond, for to do so takes the scheduler's lock.
const spinLooks = 256
