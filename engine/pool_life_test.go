package engine

import (
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"gonum.org/v1/gonum/blas"

	"github.com/unslide/unslide/engine/gemm"
	"github.com/unslide/unslide/engine/internal/work"
	"github.com/unslide/unslide/im2col"
)

// eventually collects garbage until ok holds, for some seconds at most.
func eventually(ok func() bool) bool {
	for range 200 {
		runtime.GC()
		if ok() {
			return true
		}
		time.Sleep(10 * time.Millisecond)
	}
	return false
}

func TestWorkersGoWithTheirPlans(t *testing.T) {
	x := make([]float32, 1<<16)
	before, most := runtime.NumGoroutine(), 0
	for workers := 1; workers <= 64; workers++ {
		u, err := NewUpdate[float32](WithWorkers(workers))
		if err != nil {
			t.Fatal(err)
		}
		u.SGD(x, x, 0)
		most = max(most, runtime.NumGoroutine())
	}
	if most <= before {
		t.Error("no plan had workers")
	}
	if !eventually(func() bool { return runtime.NumGoroutine() <= before }) {
		t.Errorf("%d goroutines are left of plans that are gone", runtime.NumGoroutine()-before)
	}
}

// Plans that live keep their workers through garbage collections: all of them
// come to a job.
func TestWorkersStayWithTheirPlans(t *testing.T) {
	const workers = 3
	u, err := NewUpdate[float32](WithWorkers(workers))
	if err != nil {
		t.Fatal(err)
	}
	x := make([]float32, 1<<16)
	u.SGD(x, x, 0)
	for range 5 {
		runtime.GC()
	}
	time.Sleep(10 * time.Millisecond)
	j := &meetingJob{all: make(chan struct{})}
	j.absent.Store(workers)
	u.jobs.pool.Run(j, workers, nil)
	if j.alone.Load() {
		t.Errorf("not all of a plan's %d workers came to a job", workers)
	}
}

// meetingJob has a part for each worker, which waits for the others.
type meetingJob struct {
	absent atomic.Int64
	all    chan struct{}
	alone  atomic.Bool // one waited in vain
}

func (j *meetingJob) Run(int, *work.Worker) {
	if j.absent.Add(-1) == 0 {
		close(j.all)
	}
	select {
	case <-j.all:
	case <-time.After(10 * time.Second):
		j.alone.Store(true)
	}
}

// Callers at the same time need a workspace each, and one of them a workspace for
// each worker. When they are through, this is given back.
func TestBurstOfCallersIsGivenBack(t *testing.T) {
	const workers, burst, n = 8, 24, 16
	g, err := im2col.New(im2col.Input{H: 28, W: 28, C: 64}, im2col.Filter{KH: 3, KW: 3, OC: 64}, im2col.Same())
	if err != nil {
		t.Fatal(err)
	}
	var before, peak int
	meeting := &meetingBLAS{BLAS: gemm.Default(), want: burst + workers - 1, all: make(chan struct{})}
	meeting.met = func() { peak = heap() }
	plan, err := NewConv2D[float64](g, WithWorkers(workers), WithBLAS(meeting))
	if err != nil {
		t.Fatal(err)
	}
	src, filter := make([]float64, n*g.InputLen()), make([]float64, g.FilterLen())
	dst := make([]float64, n*g.OutputLen())
	space := 8 * plan.forward.at(n).Scratch()
	if parts := plan.forward.at(n).Parts(n); parts < workers || space < 1<<16 {
		t.Fatalf("%d parts, workspaces of %d bytes: want more", parts, space)
	}
	eventually(func() bool { return true })
	before = heap()
	var wg sync.WaitGroup
	for range burst {
		wg.Go(func() { plan.Forward(dst, src, filter, nil) })
	}
	wg.Wait()
	if most := (burst + workers + 2) * space; peak-before > most {
		t.Errorf("%d callers and %d workers need %d bytes, want at most %d", burst, workers, peak-before, most)
	}
	if peak-before < burst*space {
		t.Errorf("%d callers need %d bytes, want at least %d: did they meet?", burst, peak-before, burst*space)
	}
	if limit := (workers + 2) * space; !eventually(func() bool { return heap()-before < limit }) {
		t.Errorf("%d bytes are left of a burst, want at most %d", heap()-before, limit)
	}
	runtime.KeepAlive(plan)
}

func heap() int {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int(m.HeapAlloc)
}

// meetingBLAS lets its products go on when so many have begun. It computes none.
type meetingBLAS struct {
	gemm.BLAS
	want  int64
	begun atomic.Int64
	met   func()
	all   chan struct{}
}

func (b *meetingBLAS) Dgemm(tA, tB blas.Transpose, m, n, k int, alpha float64, x []float64, lda int, y []float64, ldb int, beta float64, c []float64, ldc int) {
	if b.begun.Add(1) == b.want {
		b.met()
		close(b.all)
	}
	<-b.all
}
