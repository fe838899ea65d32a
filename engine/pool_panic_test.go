package engine

import (
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/sourcegraph/conc/panics"
	"gonum.org/v1/gonum/blas"

	"github.com/unslide/unslide/engine/gemm"
	"github.com/unslide/unslide/im2col"
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

func (j *failingJob) run(_ int, w *worker) {
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
			value := recovered(func() { p.run(j, workers, nil) })
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
		value := recovered(func() { p.run(newFailingJob(workers, 1, runtime.Goexit), workers, nil) })
		if r, ok := value.(*panics.Recovered); !ok || r.Value != endedWorker {
			t.Fatalf("panic %v, want %q", value, endedWorker)
		}
		// Both workers are there to meet.
		p.run(newFailingJob(workers, -1, nil), workers, nil)

		// On the caller it ends the caller, and the pool is free again.
		done := make(chan struct{})
		go func() {
			defer close(done)
			p.run(newFailingJob(workers, 0, runtime.Goexit), workers, nil)
		}()
		<-done
		p.run(newFailingJob(workers, -1, nil), workers, nil)
	}
}

// Parts that have not begun when one panics are left out.
func TestPanicEndsTheJob(t *testing.T) {
	for on := range 2 {
		p := newPool(2)
		j := &countJob{ran: make([]atomic.Int32, 1<<20), workers: 2}
		gate := newFailingJob(2, on, failInAPart)
		recovered(func() {
			p.run(jobFunc(func(part int, w *worker) {
				if part == 0 || part == len(j.ran)/2 {
					gate.run(part, w)
				}
				j.run(part, w)
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

type jobFunc func(part int, w *worker)

func (f jobFunc) run(part int, w *worker) { f(part, w) }

func runsEveryPart(t *testing.T, p *pool, workers int) {
	t.Helper()
	j := &countJob{ran: make([]atomic.Int32, 20), workers: workers}
	p.run(j, len(j.ran), nil)
	for i := range j.ran {
		if n := j.ran[i].Load(); n != 1 {
			t.Fatalf("part %d ran %d times after a panic", i, n)
		}
	}
}

// panicsOf calls f until a worker other than the caller panics.
func panicsOf(t *testing.T, f func()) (value any, stack string) {
	t.Helper()
	for range 10000 {
		switch v := recovered(f).(type) {
		case nil:
			t.Fatal("no panic")
		case *panics.Recovered:
			return v.Value, string(v.Stack)
		}
	}
	t.Skip("no worker beside the caller took part")
	return nil, ""
}

func TestPanicsOfPlansReachTheCaller(t *testing.T) {
	t.Run("argmax", func(t *testing.T) {
		g, err := im2col.NewPool(im2col.Input{H: 64, W: 64, C: 16}, 2, 2, im2col.Valid(), im2col.Stride(2, 2))
		if err != nil {
			t.Fatal(err)
		}
		p, err := NewMaxPool2D[float32](g, WithWorkers(2))
		if err != nil {
			t.Fatal(err)
		}
		const n = 4
		dSrc, dDst, argmax := make([]float32, n*g.InputLen()), make([]float32, n*g.OutputLen()), make([]int32, n*g.OutputLen())
		for i := range argmax[len(argmax)/2:] {
			argmax[len(argmax)/2+i] = -1
		}
		value, _ := panicsOf(t, func() { p.Backward(dSrc, dDst, argmax) })
		if _, ok := value.(runtime.Error); !ok {
			t.Errorf("panic %v, want an index out of range", value)
		}
	})
	t.Run("trace", func(t *testing.T) {
		trace := func(s Span) {
			if s.Worker > 0 {
				panic("trace")
			}
			runtime.Gosched()
		}
		u, err := NewUpdate[float32](WithWorkers(2), WithName("weights"), WithTrace(trace))
		if err != nil {
			t.Fatal(err)
		}
		w, g := make([]float32, 1<<18), make([]float32, 1<<18)
		for range 10000 {
			if v := recovered(func() { u.SGD(w, g, 1) }); v != nil {
				if r, ok := v.(*panics.Recovered); !ok || r.Value != "trace" {
					t.Errorf("panic %v, want that of the trace", v)
				}
				return
			}
		}
		t.Skip("no worker beside the caller took part")
	})
	t.Run("blas", func(t *testing.T) {
		d, err := NewDense[float32](512, 512, WithWorkers(2), WithBLAS(&failingBLAS{BLAS: gemm.Default()}), WithAlgorithm(GEMM))
		if err != nil {
			t.Fatal(err)
		}
		const n = 16
		x, y, w := make([]float32, n*512), make([]float32, n*512), make([]float32, 512*512)
		value, stack := panicsOf(t, func() { d.Forward(y, x, w, nil) })
		if fmt.Sprint(value) != errFailed.Error() || !strings.Contains(stack, "failingBLAS") {
			t.Errorf("panic %v, want %v from the BLAS:\n%s", value, errFailed, stack)
		}
	})
}

// failingBLAS panics in each second product, which the one before waits for.
type failingBLAS struct {
	gemm.BLAS
	begun atomic.Int64
}

func (f *failingBLAS) Sgemm(tA, tB blas.Transpose, m, n, k int, alpha float32, a []float32, lda int, b []float32, ldb int, beta float32, c []float32, ldc int) {
	call := f.begun.Add(1)
	if call%2 == 0 {
		panic(errFailed)
	}
	for i := 0; i < 10000 && f.begun.Load() == call; i++ {
		runtime.Gosched()
	}
}
