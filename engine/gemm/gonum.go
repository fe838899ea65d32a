package gemm

import (
	"runtime/debug"
	"sync"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/gonum"
)

// Gonum is gonum's Go code, held to the calling goroutine. It is safe for
// concurrent use.
//
// Gonum's own products leave out the terms in which an element of A is zero, and
// with them a NaN or an infinity of B. Its outer products leave out nothing, so
// a product is a sum of those, term after term: every element is the same sum in
// the same order. A·Bᵀ, which gonum computes as dot products, leaves out nothing
// either; of more than three blocks of 64×64 it starts goroutines and allocates,
// and in pieces of at most three blocks it does neither.
type Gonum struct{ gonum.Implementation }

// Info says which version of gonum is linked.
func (Gonum) Info() Info {
	return Info{Name: "gonum", Version: gonumVersion(), Kernels: "plain Go", Threads: 1}
}

var gonumVersion = sync.OnceValue(func() string {
	if b, ok := debug.ReadBuildInfo(); ok {
		for _, m := range b.Deps {
			if m.Path == "gonum.org/v1/gonum" {
				return m.Version
			}
		}
	}
	return "" // a test binary has no list of modules
})

// Sgemm computes C = alpha·op(A)·op(B) + beta·C.
func (Gonum) Sgemm(tA, tB blas.Transpose, m, n, k int, alpha float32, a []float32, lda int, b []float32, ldb int, beta float32, c []float32, ldc int) {
	goProducts32.multiply(tA, tB, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc)
}

// Dgemm is Sgemm for float64.
func (Gonum) Dgemm(tA, tB blas.Transpose, m, n, k int, alpha float64, a []float64, lda int, b []float64, ldb int, beta float64, c []float64, ldc int) {
	goProducts64.multiply(tA, tB, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc)
}

// fits reports whether op(x) can be a rows×cols matrix.
func fits[T any](t blas.Transpose, rows, cols int, x []T, ld int) bool {
	switch t {
	case blas.NoTrans:
	case blas.Trans, blas.ConjTrans:
		rows, cols = cols, rows
	default:
		return false
	}
	return rows >= 0 && cols >= 0 && ld >= max(1, cols) && len(x) >= (rows-1)*ld+cols
}
