package gemm

import (
	"runtime/debug"
	"sync"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/gonum"
)

// goBLAS is gonum's Go code, held to the calling goroutine.
//
// Gonum's own products of more than three blocks of 64×64 start goroutines and
// allocate. Cut into pieces of at most three blocks they do neither, and
// every element is the same sum in the same order.
type goBLAS struct{ gonum.Implementation }

const (
	goBlock = 64          // gonum's block, rows, columns and terms
	goRows  = 3 * goBlock // of one piece, by one block of columns
)

// Info says which version of gonum is linked.
func (goBLAS) Info() Info {
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

// Sgemm computes C = alpha·op(A)·op(B) + beta·C. Where a factor's element is
// zero, gonum leaves out its product with an infinity or NaN.
func (g goBLAS) Sgemm(tA, tB blas.Transpose, m, n, k int, alpha float32, a []float32, lda int, b []float32, ldb int, beta float32, c []float32, ldc int) {
	pieces(g.Implementation.Sgemm, tA, tB, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc)
}

// Dgemm is Sgemm for float64.
func (g goBLAS) Dgemm(tA, tB blas.Transpose, m, n, k int, alpha float64, a []float64, lda int, b []float64, ldb int, beta float64, c []float64, ldc int) {
	pieces(g.Implementation.Dgemm, tA, tB, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc)
}

func pieces[T float32 | float64](mul func(tA, tB blas.Transpose, m, n, k int, alpha T, a []T, lda int, b []T, ldb int, beta T, c []T, ldc int),
	tA, tB blas.Transpose, m, n, k int, alpha T, a []T, lda int, b []T, ldb int, beta T, c []T, ldc int) {
	// The whole product's faults are its own to report.
	if !fits(tA, m, k, a, lda) || !fits(tB, k, n, b, ldb) || !fits(blas.NoTrans, m, n, c, ldc) || m == 0 || n == 0 || k == 0 || alpha == 0 {
		mul(tA, tB, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc)
		return
	}
	for i := 0; i < m; i += goRows {
		rows := min(goRows, m-i)
		for j := 0; j < n; j += goBlock {
			cols, scale := min(goBlock, n-j), beta
			for l := 0; l < k; l += goBlock {
				mul(tA, tB, rows, cols, min(goBlock, k-l), alpha,
					from(tA, a, lda, i, l), lda, from(tB, b, ldb, l, j), ldb, scale, c[i*ldc+j:], ldc)
				scale = 1
			}
		}
	}
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

// from returns op(x) from element (i, j) on.
func from[T any](t blas.Transpose, x []T, ld, i, j int) []T {
	if t != blas.NoTrans {
		i, j = j, i
	}
	return x[i*ld+j:]
}
