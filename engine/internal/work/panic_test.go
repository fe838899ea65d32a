package work

import (
	"errors"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/sourcegraph/conc/panics"
)

// failingJob's parts meet, one of each worker, and then those of one worker fail.
type failingJob struct {
	on   int // the number of the worker that fails
	fail func()
	all  sync.WaitGroup
	ran  atomic.Int32
}

func newFailingJob(workers, on int, fail func()) *failingJob {
	j := &failingJob{on: on, fail: fail}
	j.all.Add(workers)
	return j
}

func (j *failingJob) Run(_ int, w *Worker) {
	j.all.Done()
	j.all.Wait()
	j.ran.Add(1)
	if w.number == j.on {
		j.fail()
	}
}

func recovered(f func()) (value any) {
	defer func() { value = recover() }()
	f()
	return nil
}

func failInAPart() { panic(errFailed) }

var errFailed = errors.New("failed")

func TestPanicsReachTheCallerAndThePoolWorksOn(t *testing.T) {
	const workers = 3
	p := newPool(workers)
	for on := range workers {
		for range 30 {
			j := newFailingJob(workers, on, failInAPart)
			value := recovered(func() { p.Run(j, workers, nil) })
			if on == 0 {
				if value != errFailed {
					t.Fatalf("the caller's own panic arrives as %v, want %v", value, errFailed)
				}
			} else {
				r, ok := value.(*panics.Recovered)
				if !ok {
					t.Fatalf("worker %d: panic %v (%T), want a *panics.Recovered", on, value, value)
				}
				if r.Value != errFailed || !errors.Is(r.AsError(), errFailed) {
					t.Fatalf("worker %d: panic %v, want %v", on, r.Value, errFailed)
				}
				if !strings.Contains(string(r.Stack), "failInAPart") {
					t.Fatalf("worker %d: the stack does not show the part that failed:\n%s", on, r.Stack)
				}
			}
			runsEveryPart(t, p, workers)
		}
	}
}

// A part that ends its goroutine must neither hang the caller nor lose a worker.
func TestPoolSurvivesGoexit(t *testing.T) {
	const workers = 2
	p := newPool(workers)
	for range 30 {
		value := recovered(func() { p.Run(newFailingJob(workers, 1, runtime.Goexit), workers, nil) })
		if r, ok := value.(*panics.Recovered); !ok || r.Value != endedWorker {
			t.Fatalf("panic %v, want %q", value, endedWorker)
		}
		// Both workers are there to meet.
		p.Run(newFailingJob(workers, -1, nil), workers, nil)

		// On the caller it ends the caller, and the pool is free again.
		done := make(chan struct{})
		go func() {
			defer close(done)
			p.Run(newFailingJob(workers, 0, runtime.Goexit), workers, nil)
		}()
		<-done
		p.Run(newFailingJob(workers, -1, nil), workers, nil)
	}
}

// Parts that have not begun when one panics are left out.
func TestPanicEndsTheJob(t *testing.T) {
	for on := range 2 {
		p := newPool(2)
		j := &countJob{ran: make([]atomic.Int32, 1<<20), workers: 2}
		gate := newFailingJob(2, on, failInAPart)
		recovered(func() {
			p.Run(jobFunc(func(part int, w *Worker) {
				if part == 0 || part == len(j.ran)/2 {
					gate.Run(part, w)
				}
				j.Run(part, w)
			}), len(j.ran), nil)
		})
		ran := 0
		for i := range j.ran {
			ran += int(j.ran[i].Load())
		}
		if ran == len(j.ran) {
			t.Errorf("worker %d panicked in its first part, and all parts ran", on)
		}
	}
}

type jobFunc func(part int, w *Worker)

func (f jobFunc) Run(part int, w *Worker) { f(part, w) }

func runsEveryPart(t *testing.T, p *Pool, workers int) {
	t.Helper()
	j := &countJob{ran: make([]atomic.Int32, 20), workers: workers}
	p.Run(j, len(j.ran), nil)
	for i := range j.ran {
		if n := j.ran[i].Load(); n != 1 {
			t.Fatalf("part %d ran %d times after a panic", i, n)
		}
	}
}
