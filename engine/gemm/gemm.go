// Package gemm is the seam to BLAS.
package gemm

import (
	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/gonum"
)

// BLAS is what the engine needs of a BLAS.
type BLAS interface {
	blas.Float32Level3
	blas.Float64Level3
}

// Default returns the BLAS of this build.
func Default() BLAS { return gonum.Implementation{} }
