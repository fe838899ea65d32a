package work

import (
	"runtime"
	"runtime/pprof"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

type countJob struct {
	ran     []atomic.Int32
	workers int
	bad     atomic.Int32
}

func (j *countJob) Run(part int, w *Worker) {
	j.ran[part].Add(1)
	if w.number < 0 || w.number >= j.workers {
		j.bad.Add(1)
	}
}

func TestPoolRunsEveryPartOnce(t *testing.T) {
	for _, workers := range []int{1, 2, 5} {
		p := PoolOf(workers)
		l := NewLabel(pprof.Labels("layer", "count"), nil)
		var wg sync.WaitGroup
		for caller := range 4 {
			wg.Go(func() {
				for round := range 300 {
					j := &countJob{ran: make([]atomic.Int32, 1+(round+caller)%9), workers: workers}
					p.Run(j, len(j.ran), l)
					for i := range j.ran {
						if n := j.ran[i].Load(); n != 1 {
							t.Errorf("%d workers: part %d of %d ran %d times", workers, i, len(j.ran), n)
						}
					}
					if j.bad.Load() > 0 {
						t.Errorf("%d workers: a worker's number is out of range", workers)
					}
					if round%100 == 0 {
						time.Sleep(3 * spinTime) // let the crew park
					}
				}
			})
		}
		wg.Wait()
	}
}

func TestPoolSurvivesFewerProcessors(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	j := &countJob{ran: make([]atomic.Int32, 50), workers: 4}
	for range 20 {
		PoolOf(4).Run(j, len(j.ran), nil)
	}
	for i := range j.ran {
		if n := j.ran[i].Load(); n != 20 {
			t.Errorf("part %d ran %d times, want 20", i, n)
		}
	}
}

// Two callers at once must not wait for each other's jobs.
func TestPoolCallersDoNotQueue(t *testing.T) {
	p := newPool(2)
	first := &gateJob{entered: make(chan int, 2), open: make(chan bool)}
	done := make(chan bool)
	go func() {
		p.Run(first, 2, nil)
		close(done)
	}()
	<-first.entered
	<-first.entered // both workers are inside the first job
	j := &countJob{ran: make([]atomic.Int32, 5), workers: 1}
	p.Run(j, len(j.ran), nil)
	for i := range j.ran {
		if n := j.ran[i].Load(); n != 1 || j.bad.Load() > 0 {
			t.Errorf("part %d of the second job ran %d times", i, n)
		}
	}
	close(first.open)
	<-done
}

// gateJob's parts wait until the gate opens.
type gateJob struct {
	entered chan int
	open    chan bool
}

func (j *gateJob) Run(_ int, w *Worker) {
	j.entered <- w.number
	<-j.open
}

func BenchmarkPoolWake(b *testing.B) {
	for _, c := range []struct {
		name string
		idle time.Duration
	}{{"awake", 0}, {"parked", 3 * spinTime}} {
		b.Run("crew="+c.name, func(b *testing.B) {
			p := PoolOf(2)
			j := &countJob{ran: make([]atomic.Int32, 2), workers: 2}
			var spent time.Duration
			for b.Loop() {
				time.Sleep(c.idle)
				start := time.Now()
				p.Run(j, 2, nil)
				spent += time.Since(start)
			}
			b.ReportMetric(float64(spent.Nanoseconds())/float64(b.N), "ns/job")
		})
	}
}

// Workers that are awake help with a job of fewer parts unasked.
func TestEveryWorkerHasItsWorkspace(t *testing.T) {
	const workers = 4
	p := newPool(workers)
	for length := 1; length < 400; length++ {
		p.Run(&spaceJob{length: length, t: t}, 1+length%workers, nil)
	}
}

type spaceJob struct {
	length int
	t      *testing.T
}

func (j *spaceJob) Reserve(w *Worker) { Reserve[float64](w, j.length) }

func (j *spaceJob) Run(_ int, w *Worker) {
	fresh := w.fresh
	space := Workspace[float64](w, j.length)
	if len(space) != j.length || fresh != (space[0] == 0) {
		j.t.Errorf("%d elements, the first %v, in a fresh workspace (%t): want %d", len(space), space[0], fresh, j.length)
	}
	for i := range space {
		space[i]++
	}
	for range 100 {
		runtime.Gosched()
	}
}
