package work

import (
	"math"
	"sync"
	"sync/atomic"
	"time"

	"github.com/sourcegraph/conc/panics"
)

// crew are the workers of a pool beside the caller. Each has a goroutine from
// the first job on that has a part for it.
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
type crew struct {
	busy    sync.Mutex // held by the caller whose job runs
	leader  Worker     // the caller's part
	started int        // members that have a goroutine

	// The job that runs. Written by the caller while no worker is inside.
	job    Job
	parts  int
	runs   int // of parts, one for each worker unless there are fewer parts
	label  *Label
	labels Labels // the caller's, for the time of the job
	failed panics.Catcher

	_         line
	epoch     atomic.Uint64 // odd while a job is open, one step each way
	dismissed atomic.Bool
	_         line
	inside    atomic.Int64 // workers that look at the job
	_         line
	caller    sleeper // the caller, waiting for inside to become 0
	members   []member
	next      []counter // of each run of parts, the next to claim
}

// member is a worker that waits for an odd epoch.
type member struct {
	sleeper
	Worker
	claim func()
	_     line
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

func newCrew(workers int) *crew {
	c := &crew{members: make([]member, workers-1), next: make([]counter, workers)}
	c.caller.init()
	return c
}

// share runs every part of j. The caller has locked busy, which share unlocks.
func (c *crew) share(j Job, parts int, l *Label) {
	defer c.busy.Unlock()
	helpers := min(len(c.members), parts-1)
	if r, ok := j.(Reserver); ok {
		r.Reserve(&c.leader)
		for i := range max(helpers, c.started) { // those awake help unasked
			r.Reserve(&c.members[i].Worker)
		}
	}
	c.job, c.parts, c.runs, c.label = j, parts, min(parts, len(c.next)), l
	c.labels = goroutineLabels()
	for i := range c.runs {
		c.next[i].Store(int64(i * parts / c.runs))
	}
	through := false
	defer func() {
		if !through {
			c.cancel() // a part panicked on the caller
		}
		failed := c.close()
		if through && failed != nil {
			panic(failed)
		}
	}()
	c.epoch.Add(1)
	for i := range min(helpers, c.started) {
		c.members[i].wake()
	}
	for c.started < helpers {
		m := &c.members[c.started]
		c.started++
		c.start(m, c.started)
	}
	c.claim(&c.leader)
	through = true
}

// cancel leaves no part to claim.
func (c *crew) cancel() {
	for i := range c.runs {
		c.next[i].Store(math.MaxInt64 / 2)
	}
}

// close ends a job and waits until no worker is inside. It returns the first
// panic of a worker, nil if there was none.
func (c *crew) close() *panics.Recovered {
	c.epoch.Add(1)
	c.caller.wait(func() bool { return c.inside.Load() == 0 })
	failed := c.failed.Recovered()
	if failed != nil {
		c.failed = panics.Catcher{}
	}
	c.job, c.label, c.labels = nil, nil, nil
	return failed
}

// claim runs parts until none is left: the worker's own, then what is left of
// the others'.
func (c *crew) claim(w *Worker) {
	start, any := c.label.Begin(), false
	w.fresh = true
	for i := range c.runs {
		r := (w.number + i) % c.runs
		end := int64((r + 1) * c.parts / c.runs)
		for part := c.next[r].Add(1) - 1; part < end; part = c.next[r].Add(1) - 1 {
			c.job.Run(int(part), w)
			any = true
		}
	}
	if any {
		c.label.End(w.number, start)
	}
}

// start gives a member its number and its goroutine.
func (c *crew) start(m *member, number int) {
	m.init()
	m.number = number
	m.claim = func() { c.claim(&m.Worker) }
	go c.work(m)
}

// work is the life of a member.
func (c *crew) work(m *member) {
	var done uint64 // the last epoch this worker has seen
	for !c.dismissed.Load() {
		Restore(nil) // no labels: neither the job's nor those of who began the goroutine
		m.wait(func() bool {
			e := c.epoch.Load()
			return e&1 == 1 && e != done || c.dismissed.Load()
		})
		done = c.epoch.Load()
		c.visit(m, done)
	}
}

const endedWorker = "engine: a part of a job, or a trace of it, ended its goroutine"

// visit helps with the job of an epoch, if that is still open, and keeps a panic
// for the caller. The caller closes the epoch, then waits until nobody is
// inside; a worker goes inside, then looks whether its epoch is open.
func (c *crew) visit(m *member, epoch uint64) {
	c.inside.Add(1)
	ended := true // the goroutine, by runtime.Goexit
	defer func() {
		if ended {
			c.failed.Try(func() { panic(endedWorker) })
			c.cancel()
			go c.work(m)
		}
		if c.inside.Add(-1) == 0 {
			c.caller.wake()
		}
	}()
	if epoch&1 == 1 && c.epoch.Load() == epoch {
		Restore(c.labels)
		c.failed.Try(m.claim)
		if c.failed.Recovered() != nil {
			c.cancel()
		}
	}
	ended = false
}

// dismiss ends the goroutines.
func (c *crew) dismiss() {
	c.busy.Lock()
	defer c.busy.Unlock()
	c.dismissed.Store(true)
	for i := range c.started {
		c.members[i].wake()
	}
}
