package engine

import (
	"fmt"

	"gonum.org/v1/gonum/blas"

	"github.com/unslide/unslide/engine/kernel"
	"github.com/unslide/unslide/im2col"
)

// gemmProduct computes a product as lowered patches times filter, by BLAS.
//
// The output pixels of the whole batch are the rows of one tall matrix. A part
// is a run of these rows. Its patches are lowered a slice of kernel elements
// at a time: the slice is as deep as a GEMM blocks its inner dimension anyway,
// which leaves room for many rows in the cache, and the more rows there are,
// the less packing the filter costs.
type gemmProduct[T Float] struct {
	product
	ops    *ops[T]
	act    Activation
	matmul bool // no lowering: the source is the matrix
	slice  int  // kernel elements lowered at a time
	rows   int  // rows of a block, at most
}

// sliceDepth is about how deep a slice of patches is: a little more than the
// inner block (GEMM_Q) of OpenBLAS's kernels for wide vectors.
const sliceDepth = 512

func newGemmProduct[T Float](p product, o options, ops *ops[T]) *gemmProduct[T] {
	g := &p.g
	r := &gemmProduct[T]{product: p, ops: ops, matmul: isMatmul(g)}
	r.act = o.activation
	if p.taps != nil {
		r.act = None
	}
	r.slice = tapSlice(g)
	r.rows = blockRows[T](r.slice*g.GroupC() + g.OC)
	return r
}

// isMatmul reports whether the patch matrix is the source itself.
func isMatmul(g *im2col.Geometry) bool {
	return g.KH == 1 && g.KW == 1 && g.StrideH == 1 && g.StrideW == 1 &&
		g.PadTop == 0 && g.PadLeft == 0 && g.OH == g.H && g.OW == g.W
}

// tapSlice returns how many kernel elements to lower at a time.
func tapSlice(g *im2col.Geometry) int {
	slices := max(1, (g.Depth()+sliceDepth/2)/sliceDepth)
	return ceilDiv(g.Taps(), min(slices, g.Taps()))
}

// blockRows returns how many rows of the given number of elements fit in a
// worker's share of the second-level cache.
func blockRows[T Float](rowLen int) int {
	return max(16, cacheShare/sizeOf[T]()/rowLen&^15)
}

func (r *gemmProduct[T]) String() string {
	if r.matmul {
		return "gemm without lowering"
	}
	return fmt.Sprintf("gemm in blocks of %d rows × %d", r.rows, r.slice*r.g.GroupC())
}

// prepared: the gradient's filter is the forward filter with channels and
// filters exchanged, so it is transposed once for a call.
func (r *gemmProduct[T]) prepared() (length, parts int) {
	if r.taps == nil {
		return 0, 0
	}
	return r.g.FilterLen(), len(r.taps)
}

// prepare transposes one kernel element: dst[tap][o][g·c] = filter[tap][c][g·o].
func (r *gemmProduct[T]) prepare(part int, dst, filter []T) {
	gc, oc := r.g.GroupOC(), r.g.C // of the plan's own geometry
	size := gc * oc
	dst = dst[part*size : (part+1)*size]
	filter = filter[r.taps[part]*size : (r.taps[part]+1)*size]
	for group := range r.g.Groups {
		o0, o1 := group*r.g.GroupC(), (group+1)*r.g.GroupC()
		transpose(dst[group*gc:], gc*r.g.Groups, filter[o0:], oc, gc, o1-o0)
	}
}

// transpose writes dst[j][i] = src[i][j] for rows × cols elements of src.
func transpose[T Float](dst []T, ldd int, src []T, lds, rows, cols int) {
	const tile = 16
	for i0 := 0; i0 < rows; i0 += tile {
		i1 := min(i0+tile, rows)
		for j := range cols {
			d := dst[j*ldd+i0 : j*ldd+i1]
			for i := range d {
				d[i] = src[(i0+i)*lds+j]
			}
		}
	}
}

func (r *gemmProduct[T]) parts(n int) int {
	return rowParts(n*r.g.Rows(), r.rows, float64(n)*r.g.FLOP())
}

// rowParts cuts rows into parts of at most perPart rows: more and smaller ones
// where there is enough work for several workers. It looks at the shape alone,
// never at the number of workers.
func rowParts(rows, perPart int, flop float64) int {
	if rows == 0 {
		return 0
	}
	parts := ceilDiv(rows, perPart)
	for parts < 8 && flop/float64(2*parts) >= minPartFLOP && rows/(2*parts) >= minPartRows {
		parts *= 2
	}
	if parts > 8 {
		parts = ceilDiv(parts, 4) * 4
	}
	return parts
}

const (
	minPartFLOP = 250e3 // some microseconds: what waking a worker costs
	minPartRows = 48    // below, packing the filter outweighs a second worker
)

// partRange returns the rows of one part.
func partRange(part, parts, rows int) (r0, r1 int) {
	per := ceilDiv(rows, parts)
	if per > 256 {
		per = (per + 15) &^ 15
	}
	return min(part*per, rows), min((part+1)*per, rows)
}

func (r *gemmProduct[T]) scratch() int {
	n := 0
	if !r.matmul {
		n += r.rows * r.slice * r.g.GroupC()
	}
	if !r.dense() {
		n += r.rows * r.g.OC
	}
	return n
}

func (r *gemmProduct[T]) compute(part, n int, dst, src, filter, bias, scratch []T) {
	g := &r.g
	rows := n * g.Rows()
	p0, p1 := partRange(part, r.parts(n), rows)
	for r0 := p0; r0 < p1; r0 += r.rows {
		r1 := min(r0+r.rows, p1)
		var out []T
		cols := scratch
		if r.dense() {
			out = dst[r0*g.OC : r1*g.OC]
		} else {
			out, cols = scratch[:(r1-r0)*g.OC], scratch[r.rows*g.OC:]
		}
		for group := range g.Groups {
			r.multiply(out[group*g.GroupOC():], src, filter[group*g.GroupOC():], cols, group, r0, r1)
		}
		r.ops.BiasAct(out, g.OC, r1-r0, g.OC, bias, kernel.Activation(r.act))
		if !r.dense() {
			r.scatter(dst, out, r0, r1)
		}
	}
}

// multiply computes rows [r0, r1) of one group, out and filter beginning at
// the group's first column.
func (r *gemmProduct[T]) multiply(out, src, filter, cols []T, group, r0, r1 int) {
	g := &r.g
	m, n, k := r1-r0, g.GroupOC(), g.GroupC()
	if r.matmul {
		r.ops.mul(blas.NoTrans, blas.NoTrans, m, n, k, 1, src[r0*g.C+group*k:], g.C, filter, g.OC, 0, out, g.OC)
		return
	}
	beta := T(0)
	for t0 := 0; t0 < g.Taps(); t0 += r.slice {
		t1 := min(t0+r.slice, g.Taps())
		depth := (t1 - t0) * k
		lowerRows(cols, src, g, group, r0, r1, t0, t1)
		r.ops.mul(blas.NoTrans, blas.NoTrans, m, n, depth, 1, cols, depth, filter[t0*k*g.OC:], g.OC, beta, out, g.OC)
		beta = 1
	}
}

// lowerRows lowers rows [r0, r1) of the whole batch's patch matrix.
func lowerRows[T Float](cols, src []T, g *im2col.Geometry, group, r0, r1, t0, t1 int) {
	width := (t1 - t0) * g.GroupC()
	for r0 < r1 {
		image, row := r0/g.Rows(), r0%g.Rows()
		end := min(row+r1-r0, g.Rows())
		size := (end - row) * width
		im2col.Lower(cols[:size], src[image*g.InputLen():(image+1)*g.InputLen()], g,
			im2col.Block{Group: group, Row0: row, Row1: end, Tap0: t0, Tap1: t1})
		cols = cols[size:]
		r0 += end - row
	}
}

// scatter copies pixels to where the product's output has them.
func (r *gemmProduct[T]) scatter(dst, out []T, r0, r1 int) {
	g := &r.g
	for row := r0; row < r1; row++ {
		image, m := row/g.Rows(), row%g.Rows()
		at := image*r.imageStep + r.offset + m/g.OW*r.rowStep + m%g.OW*r.colStep
		copy(dst[at:at+g.OC], out[(row-r0)*g.OC:])
	}
}

func ceilDiv(a, b int) int { return (a + b - 1) / b }
