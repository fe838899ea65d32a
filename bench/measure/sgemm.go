package measure

import (
	"github.com/sourcegraph/conc"
	"gonum.org/v1/gonum/blas"

	"github.com/unslide/unslide/bench/shapes"
	"github.com/unslide/unslide/engine/gemm"
	"github.com/unslide/unslide/engine/gemm/openblas"
)

// product is a matrix product C[M×N] = op(A)[M×K]·op(B)[K×N].
type product struct {
	tA, tB  blas.Transpose
	m, n, k int
	a, b, c []float32
}

// newProduct returns the product of a pass's M, N and K as im2col makes it of
// the whole batch: patches·filter, dDst·filterᵀ, patchesᵀ·dDst.
func newProduct(l shapes.Layer, p Pass) product {
	g := &l.Geometry
	rows := l.Batch * g.Rows()
	q := product{blas.NoTrans, blas.NoTrans, rows, g.GroupOC(), g.Depth(), nil, nil, nil}
	switch p {
	case BackwardData:
		q.tB, q.n, q.k = blas.Trans, g.Depth(), g.GroupOC()
	case BackwardFilter:
		q.tA, q.m, q.k = blas.Trans, g.Depth(), rows
	}
	return q.alloc()
}

func (q product) alloc() product {
	fill := func(n int) []float32 {
		x := make([]float32, n)
		for i := range x {
			x[i] = 0.5
		}
		return x
	}
	q.a, q.b, q.c = fill(q.m*q.k), fill(q.k*q.n), fill(q.m*q.n)
	return q
}

// FLOP returns the product's operations.
func (q *product) FLOP() float64 { return 2 * float64(q.m) * float64(q.n) * float64(q.k) }

// run computes the product, its rows shared by goroutines.
func (q *product) run(b gemm.BLAS, workers int) {
	ldb := q.n
	if q.tB == blas.Trans {
		ldb = q.k
	}
	part := func(lo, hi int) {
		a, lda := q.a[min(lo*q.k, len(q.a)):], q.k
		if q.tA == blas.Trans {
			a, lda = q.a[min(lo, len(q.a)):], q.m
		}
		if lo < hi {
			b.Sgemm(q.tA, q.tB, hi-lo, q.n, q.k, 1, a, lda, q.b, ldb, 0, q.c[lo*q.n:], q.n)
		}
	}
	if workers == 1 {
		part(0, q.m)
		return
	}
	var wg conc.WaitGroup
	for i := range workers {
		wg.Go(func() { part(q.m*i/workers, q.m*(i+1)/workers) })
	}
	wg.Wait()
}

// measuredBLAS is the library that bare products are measured with: OpenBLAS
// where this build has it.
func measuredBLAS() gemm.Backend {
	if b, err := openblas.Backend(); err == nil {
		return b
	}
	return gemm.Default()
}

// sgemmForm is a bare product of the layer's M, N, K. Of several groups, whose
// products are small, it is one of the groups' as often as there are groups.
func sgemmForm(l shapes.Layer, p Pass, workers int) Form {
	q, b := newProduct(l, p), measuredBLAS()
	return Form{Sgemm, b.Info().Name, func() {
		for range l.Geometry.Groups {
			q.run(b, workers)
		}
	}}
}

// PeakForms are large square products, the fastest arithmetic that this
// machine is seen to do, by each BLAS.
func PeakForms(workers int) (forms []Form, flop float64) {
	q := product{blas.NoTrans, blas.NoTrans, 2048, 2048, 2048, nil, nil, nil}.alloc()
	for _, b := range gemm.Backends() {
		if b.Info().Name == "gonum" {
			continue // plain Go is no measure of the machine
		}
		forms = append(forms, Form{Sgemm, b.Info().Name, func() { q.run(b, workers) }})
	}
	if len(forms) == 0 {
		forms = append(forms, Form{Sgemm, gemm.Default().Info().Name, func() { q.run(gemm.Default(), workers) }})
	}
	return forms, q.FLOP()
}
