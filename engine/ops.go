package engine

import (
	"gonum.org/v1/gonum/blas"

	"github.com/unslide/unslide/engine/gemm"
	"github.com/unslide/unslide/engine/internal/kernel"
	"github.com/unslide/unslide/engine/internal/spare"
)

// ops are the loops that plans are made of, for one element type.
type ops[T Float] struct {
	*kernel.Vector[T]
	set  *kernel.Set
	blas string // its name
	// mul computes C = alpha·op(A)·op(B) + beta·C, C m×n, inner dimension k.
	mul func(tA, tB blas.Transpose, m, n, k int, alpha T, a []T, lda int, b []T, ldb int, beta T, c []T, ldc int)

	activations spare.List[activationJob[T]]
}

// newOps returns the loops of the options' instruction set, and the products of
// a BLAS.
func newOps[T Float](o options, b gemm.BLAS) *ops[T] {
	ops := &ops[T]{Vector: kernel.VectorFor[T](o.set), set: o.set, blas: gemm.NameOf(b)}
	switch mul := any(&ops.mul).(type) {
	case *func(tA, tB blas.Transpose, m, n, k int, alpha float32, a []float32, lda int, b []float32, ldb int, beta float32, c []float32, ldc int):
		*mul = b.Sgemm
	case *func(tA, tB blas.Transpose, m, n, k int, alpha float64, a []float64, lda int, b []float64, ldb int, beta float64, c []float64, ldc int):
		*mul = b.Dgemm
	}
	return ops
}
