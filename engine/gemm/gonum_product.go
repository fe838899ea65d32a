package gemm

import (
	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/gonum"

	"github.com/unslide/unslide/engine/internal/spare"
)

// goProducts computes products of one precision by gonum's.
type goProducts[T float32 | float64] struct {
	gemm func(tA, tB blas.Transpose, m, n, k int, alpha T, a []T, lda int, b []T, ldb int, beta T, c []T, ldc int)
	ger  func(m, n int, alpha T, x []T, incX int, y []T, incY int, a []T, lda int)

	buffers spare.List[columns[T]]
}

var (
	goProducts32 = goProducts[float32]{gemm: gonum.Implementation{}.Sgemm, ger: gonum.Implementation{}.Sger}
	goProducts64 = goProducts[float64]{gemm: gonum.Implementation{}.Dgemm, ger: gonum.Implementation{}.Dger}
)

const (
	// A piece of dot products is at most three of gonum's blocks high.
	goBlock = 64
	goRows  = 3 * goBlock
	// Outer products add to outerRows rows and outerLen elements of C at a time,
	// which stay in the first-level cache.
	outerRows = 32
	outerLen  = 4096
)

// columns is a piece of A, column by column.
type columns[T float32 | float64] [outerRows * goBlock]T

// multiply computes C = alpha·op(A)·op(B) + beta·C.
func (p *goProducts[T]) multiply(tA, tB blas.Transpose, m, n, k int, alpha T, a []T, lda int, b []T, ldb int, beta T, c []T, ldc int) {
	switch {
	case !fits(tA, m, k, a, lda) || !fits(tB, k, n, b, ldb) || !fits(blas.NoTrans, m, n, c, ldc):
		p.gemm(tA, tB, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc) // the fault is its own to report
	case alpha == 0 || k == 0:
		scale(m, n, beta, c, ldc)
	case tA == blas.NoTrans && tB != blas.NoTrans:
		p.dots(tB, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc)
	case !gonumAssembly && tB == blas.NoTrans:
		scale(m, n, beta, c, ldc)
		addRows(tA != blas.NoTrans, m, n, k, alpha, a, lda, b, ldb, c, ldc)
	default:
		scale(m, n, beta, c, ldc)
		p.outer(tA, tB, m, n, k, alpha, a, lda, b, ldb, c, ldc)
	}
}

// scale computes C = beta·C, and 0 for beta = 0 whatever C is.
func scale[T float32 | float64](m, n int, beta T, c []T, ldc int) {
	for i := range m {
		switch row := c[i*ldc:][:n]; beta {
		case 0:
			clear(row)
		case 1:
			return
		default:
			for j := range row {
				row[j] *= beta
			}
		}
	}
}

// dots computes C = alpha·A·op(B) + beta·C in pieces.
func (p *goProducts[T]) dots(tB blas.Transpose, m, n, k int, alpha T, a []T, lda int, b []T, ldb int, beta T, c []T, ldc int) {
	for i := 0; i < m; i += goRows {
		rows := min(goRows, m-i)
		for j := 0; j < n; j += goBlock {
			cols, scale := min(goBlock, n-j), beta
			for l := 0; l < k; l += goBlock {
				p.gemm(blas.NoTrans, tB, rows, cols, min(goBlock, k-l), alpha,
					a[i*lda+l:], lda, b[j*ldb+l:], ldb, scale, c[i*ldc+j:], ldc)
				scale = 1
			}
		}
	}
}

// outer computes C += alpha·op(A)·op(B), term after term.
func (p *goProducts[T]) outer(tA, tB blas.Transpose, m, n, k int, alpha T, a []T, lda int, b []T, ldb int, c []T, ldc int) {
	incB, stepB := 1, ldb // from column to column of op(B), from term to term
	if tB != blas.NoTrans {
		incB, stepB = ldb, 1
	}
	buffer := p.buffers.Get()
	for i := 0; i < m; i += outerRows {
		rows := min(outerRows, m-i)
		width := outerLen / rows
		for l := 0; l < k; l += goBlock {
			terms := min(goBlock, k-l)
			var x []T // columns of op(A), step apart
			step := rows
			if tA != blas.NoTrans {
				x, step = a[l*lda+i:], lda
			} else {
				x = buffer[:rows*terms]
				for r := range rows {
					for t, v := range a[(i+r)*lda+l:][:terms] {
						x[t*rows+r] = v
					}
				}
			}
			for j := 0; j < n; j += width {
				for t := range terms {
					p.ger(rows, min(width, n-j), alpha, x[t*step:], 1, b[j*incB+(l+t)*stepB:], incB, c[i*ldc+j:], ldc)
				}
			}
		}
	}
	p.buffers.Put(buffer)
}

// addRows computes C += alpha·op(A)·B by plain Go loops, which take four terms at
// a time: without assembly gonum's outer products take one.
func addRows[T float32 | float64](trans bool, m, n, k int, alpha T, a []T, lda int, b []T, ldb int, c []T, ldc int) {
	rowA, stepA := lda, 1
	if trans {
		rowA, stepA = 1, lda
	}
	const width = 2 * goBlock
	for j := 0; j < n; j += width {
		cols := min(width, n-j)
		for l0 := 0; l0 < k; l0 += goBlock {
			for i := range m {
				y, l, end := c[i*ldc+j:][:cols], l0, min(l0+goBlock, k)
				for ; l+4 <= end; l += 4 {
					at := i*rowA + l*stepA
					x0, x1, x2, x3 := alpha*a[at], alpha*a[at+stepA], alpha*a[at+2*stepA], alpha*a[at+3*stepA]
					b0, b1 := b[l*ldb+j:][:len(y)], b[(l+1)*ldb+j:][:len(y)]
					b2, b3 := b[(l+2)*ldb+j:][:len(y)], b[(l+3)*ldb+j:][:len(y)]
					for h, v := range y {
						y[h] = v + x0*b0[h] + x1*b1[h] + x2*b2[h] + x3*b3[h]
					}
				}
				for ; l < end; l++ {
					x := alpha * a[i*rowA+l*stepA]
					for h, v := range b[l*ldb+j:][:len(y)] {
						y[h] += x * v
					}
				}
			}
		}
	}
}
