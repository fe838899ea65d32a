package conv

import (
	"gonum.org/v1/gonum/blas"

	"github.com/unslide/unslide/engine/gemm"
	"github.com/unslide/unslide/engine/internal/kernel"
	"github.com/unslide/unslide/im2col"
)

// Ops are the loops that plans are made of, for one element type.
type Ops[T im2col.Float] struct {
	*kernel.Vector[T]
	BLAS string // its name
	// Mul computes C = alpha·op(A)·op(B) + beta·C, C m×n, inner dimension k.
	Mul func(tA, tB blas.Transpose, m, n, k int, alpha T, a []T, lda int, b []T, ldb int, beta T, c []T, ldc int)
}

// NewOps returns the loops of an instruction set, and the products of a BLAS.
func NewOps[T im2col.Float](set *kernel.Set, b gemm.BLAS) *Ops[T] {
	ops := &Ops[T]{Vector: kernel.VectorFor[T](set), BLAS: gemm.NameOf(b)}
	switch mul := any(&ops.Mul).(type) {
	case *func(tA, tB blas.Transpose, m, n, k int, alpha float32, a []float32, lda int, b []float32, ldb int, beta float32, c []float32, ldc int):
		*mul = b.Sgemm
	case *func(tA, tB blas.Transpose, m, n, k int, alpha float64, a []float64, lda int, b []float64, ldb int, beta float64, c []float64, ldc int):
		*mul = b.Dgemm
	}
	return ops
}
