package engine

import (
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/sourcegraph/conc/panics"
	"gonum.org/v1/gonum/blas"

	"github.com/unslide/unslide/engine/gemm"
	"github.com/unslide/unslide/im2col"
)

func recovered(f func()) (value any) {
	defer func() { value = recover() }()
	f()
	return nil
}

var errFailed = errors.New("failed")

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
