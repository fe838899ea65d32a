package lowered

import (
	"fmt"

	"gonum.org/v1/gonum/blas"

	"github.com/unslide/unslide/engine/internal/conv"
	"github.com/unslide/unslide/engine/internal/cut"
	"github.com/unslide/unslide/engine/internal/kernel"
	"github.com/unslide/unslide/im2col"
)

// product computes a product as lowered patches times filter, by BLAS.
//
// The output pixels of the whole batch are the rows of one tall matrix. A part
// is a run of these rows by a run of the filters, or of the groups. Its patches
// are lowered a block of rows and a slice of the kernel's depth at a time: the
// slice is about as deep as a GEMM blocks its inner dimension anyway, which
// leaves room for many rows in the cache, and the more rows there are, the less
// packing the filter costs.
type product[T im2col.Float] struct {
	conv.Product
	ops    *conv.Ops[T]
	act    kernel.Activation
	matmul bool // no lowering: the source is the matrix
	turned bool // the filter is read as the plan has it, transposed by BLAS
	slice  patchSlice
	rows   int // rows of a block, at most
}

const (
	// sliceDepth is about how deep a slice of patches is. OpenBLAS's kernels
	// for wide vectors take 320 to 450 terms at a time.
	sliceDepth = 320
	// turnedDepth is from how many channels on a gradient's kernel elements
	// are multiplied one by one, transposed by BLAS, instead of transposing
	// the filter first: a deep element is a slice of its own anyway.
	turnedDepth = sliceDepth / 2
	// matmulRows is the least number of rows that pay for packing the filter
	// where no block of patches bounds them.
	matmulRows = 192
)

// NewProduct returns the runner of a product; it computes all of them.
func NewProduct[T im2col.Float](p conv.Product, c conv.Config[T]) conv.Runner[T] {
	g := &p.G
	r := &product[T]{Product: p, ops: c.Ops, act: c.Activation, matmul: isMatmul(g)}
	if p.Transposed != nil {
		r.turned = g.GroupC() >= turnedDepth || g.Taps() == 1
	}
	r.slice = newPatchSlice(*g, sliceDepth, r.turned)
	switch out := g.OC; {
	case r.matmul:
		r.rows = max(matmulRows, cut.BlockRows[T](out))
	case r.Dense():
		r.rows = cut.BlockRows[T](r.slice.depth())
	default:
		r.rows = cut.BlockRows[T](r.slice.depth() + out)
	}
	return r
}

func (r *product[T]) String() string {
	if r.matmul {
		return fmt.Sprintf("gemm by %s without lowering", r.ops.BLAS)
	}
	return fmt.Sprintf("gemm by %s in blocks of %d rows × %d", r.ops.BLAS, r.rows, r.slice.depth())
}

// prepareLen is about how many elements one part of prepare transposes.
const prepareLen = 32 << 10

// tapsPrepared returns how many kernel elements one part of prepare handles.
func (r *product[T]) tapsPrepared() int {
	return max(1, prepareLen/(r.G.FilterLen()/r.G.Taps()))
}

// Prepared: the gradient's filter is the forward filter with channels and
// filters exchanged. Where BLAS does not do that as it goes, it is transposed
// once for a call.
func (r *product[T]) Prepared(int) (length, parts int) {
	if r.Transposed == nil || r.turned {
		return 0, 0
	}
	return r.G.FilterLen(), cut.Ceil(len(r.Transposed), r.tapsPrepared())
}

// Prepare transposes kernel elements: dst[tap][o][g·c] = filter[tap][c][g·o].
func (r *product[T]) Prepare(part int, dst, filter []T) {
	gc, oc := r.G.GroupOC(), r.G.C // of the plan's own geometry
	size := gc * oc
	per := r.tapsPrepared()
	for tap := part * per; tap < min((part+1)*per, len(r.Transposed)); tap++ {
		dst, filter := dst[tap*size:(tap+1)*size], filter[r.Transposed[tap]*size:(r.Transposed[tap]+1)*size]
		for group := range r.G.Groups {
			o0, o1 := group*r.G.GroupC(), (group+1)*r.G.GroupC()
			conv.Transpose(dst[group*gc:], gc*r.G.Groups, filter[o0:], oc, gc, o1-o0)
		}
	}
}

// cut cuts the rows of n images, and the filters or the groups.
func (r *product[T]) cut(n int) cut.Cut {
	rows, g := n*r.G.Rows(), &r.G
	read := float64(cut.PackCost)
	if !r.matmul {
		read += cut.LowerCost
	}
	limit := cut.Cut{Rows: rows, Cols: cut.Ceil(g.OC, colUnit), Shards: 1}
	if g.Groups > 1 {
		limit.Cols = g.Groups
	}
	c := cut.Best(1, float64(n)*g.FLOP(), limit, func(c cut.Cut) float64 {
		blocks := c.Rows * cut.Ceil(cut.Ceil(rows, c.Rows), r.rows)
		cost := float64(cut.PackCost*blocks) / float64(rows)
		if g.Groups == 1 { // each part lowers the rows anew
			cost += read * float64(c.Cols) / float64(g.OC)
		}
		return cost
	})
	if blocks := cut.Ceil(rows, r.rows); blocks > c.Rows && c.Cols == 1 && c.Rows >= cut.EnoughParts/2 {
		c.Rows = cut.Ceil(blocks, 4) * 4
	}
	return c
}

// colUnit is what the filters are cut in: two registers of the widest kernels.
const colUnit = 32

func (r *product[T]) Parts(n int) int {
	if n == 0 {
		return 0
	}
	return r.cut(n).Parts()
}

func (r *product[T]) Scratch() int {
	n := 0
	if !r.matmul {
		n += r.rows * r.slice.depth()
	}
	if !r.Dense() {
		n += r.rows * r.G.OC
	}
	return n
}

// columns returns the output channels [j0, j1) of a part.
func (r *product[T]) columns(part, parts int) (j0, j1 int) {
	if r.G.Groups > 1 {
		return cut.Units(part, parts, r.G.OC, r.G.GroupOC())
	}
	return cut.Units(part, parts, r.G.OC, colUnit)
}

func (r *product[T]) Compute(part, n int, dst, src, filter, bias, scratch []T) {
	g, c := &r.G, r.cut(n)
	p0, p1 := cut.Range(part/c.Cols, c.Rows, n*g.Rows())
	j0, j1 := r.columns(part%c.Cols, c.Cols)
	if j0 == j1 {
		return
	}
	if bias != nil {
		bias = bias[j0:j1]
	}
	for r0 := p0; r0 < p1; r0 += r.rows {
		r1 := min(r0+r.rows, p1)
		out, ld, cols := dst, g.OC, scratch
		if r.Dense() {
			out = dst[r0*g.OC+j0 : (r1-1)*g.OC+j1]
		} else {
			ld = j1 - j0
			out, cols = scratch[:(r1-r0)*ld], scratch[r.rows*g.OC:]
		}
		for j := j0; j < j1; {
			group := j / g.GroupOC()
			end := min((group+1)*g.GroupOC(), j1)
			r.multiply(out[j-j0:], ld, src, filter, cols, j, end, r0, r1)
			j = end
		}
		r.ops.BiasAct(out, ld, r1-r0, j1-j0, bias, r.act)
		if !r.Dense() {
			r.scatter(dst, out, j0, j1, r0, r1)
		}
	}
}

// multiply computes rows [r0, r1) of the output channels [j0, j1), all of one
// group, to out.
func (r *product[T]) multiply(out []T, ld int, src, filter, cols []T, j0, j1, r0, r1 int) {
	g, m, n := &r.G, r1-r0, j1-j0
	group := j0 / g.GroupOC()
	if r.matmul {
		a, k := src[r0*g.C+group*g.GroupC():], g.GroupC()
		t, b, ldb := r.factor(filter, 0, 0, j0)
		r.ops.Mul(blas.NoTrans, t, m, n, k, 1, a, g.C, b, ldb, 0, out, ld)
		return
	}
	beta := T(0)
	for s := range r.slice.count() {
		if !r.slice.meets(s, r0, r1) {
			continue
		}
		depth := lowerSlice(cols, src, &r.slice, group, s, r0, r1)
		t0, _, c0, _ := r.slice.at(s)
		t, b, ldb := r.factor(filter, t0, c0, j0)
		r.ops.Mul(blas.NoTrans, t, m, n, depth, 1, cols, depth, b, ldb, beta, out, ld)
		beta = 1
	}
	for i := 0; beta == 0 && i < m; i++ {
		clear(out[i*ld:][:n])
	}
}

// factor returns the filter from a kernel element, a channel of its group and
// an output channel on.
func (r *product[T]) factor(filter []T, tap, c, j int) (t blas.Transpose, b []T, ld int) {
	g := &r.G
	if r.turned {
		group := j / g.GroupOC()
		row := r.Transposed[tap]*g.GroupOC() + j%g.GroupOC()
		return blas.Trans, filter[row*g.C+group*g.GroupC()+c:], g.C
	}
	return blas.NoTrans, filter[(tap*g.GroupC()+c)*g.OC+j:], g.OC
}

// scatter copies pixels to where the product's output has them.
func (r *product[T]) scatter(dst, out []T, j0, j1, r0, r1 int) {
	g, width := &r.G, j1-j0
	for row := r0; row < r1; row++ {
		image, m := row/g.Rows(), row%g.Rows()
		at := image*r.ImageStep + r.Offset + m/g.OW*r.RowStep + m%g.OW*r.ColStep + j0
		copy(dst[at:at+width], out[(row-r0)*width:])
	}
}
