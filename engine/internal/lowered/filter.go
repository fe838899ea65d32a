package lowered

import (
	"fmt"

	"gonum.org/v1/gonum/blas"

	"github.com/unslide/unslide/engine/internal/conv"
	"github.com/unslide/unslide/engine/internal/cut"
	"github.com/unslide/unslide/im2col"
)

// gradient computes the gradient to the filter as patchesᵀ × dPre, by BLAS.
//
// A part is a slice of the depth of one group by a run of the filters, summed
// over a shard of the batch's output pixels. Shard 0 writes to the destination,
// the others to partial sums, which are added in shard order afterwards.
type gradient[T im2col.Float] struct {
	g      im2col.Geometry
	ops    *conv.Ops[T]
	sums   conv.Sums[T]
	touch  touching
	matmul bool // no lowering: the source is the matrix
	slice  patchSlice
	rows   int // rows lowered at a time, at most
}

// filterDepth is about how deep a slice of patches is: here the slices are the
// rows of a product that packs dPre for each of them.
const filterDepth = 576

// NewFilter returns the runner of the gradient to the filter.
func NewFilter[T im2col.Float](g im2col.Geometry, c conv.Config[T]) conv.Gradient[T] {
	r := &gradient[T]{g: g, ops: c.Ops, sums: conv.NewSums(&g, c.Ops.Vector), touch: newTouching(&g), matmul: isMatmul(&g), slice: newPatchSlice(g, filterDepth, false)}
	r.rows = cut.BlockRows[T](r.slice.depth())
	return r
}

func (r *gradient[T]) String() string {
	if r.matmul {
		return fmt.Sprintf("gemm by %s without lowering", r.ops.BLAS)
	}
	return fmt.Sprintf("gemm by %s in blocks of %d rows × %d", r.ops.BLAS, r.rows, r.slice.depth())
}

// slices returns the number of slices of all groups.
func (r *gradient[T]) slices() int { return r.g.Groups * r.slice.count() }

// cut cuts the filters and the rows of n images; every slice is a part.
func (r *gradient[T]) cut(n int) cut.Cut {
	g, rows := &r.g, n*r.g.Rows()
	read := float64(2 * cut.PackCost) // columns are slower to pack than rows
	if !r.matmul {
		read += cut.LowerCost
	}
	limit := cut.Cut{Rows: 1, Cols: cut.Ceil(g.GroupOC(), colUnit), Shards: 1 + conv.MaxPartials/g.FilterLen()}
	return cut.Best(r.slices(), float64(n)*g.FLOP(), limit, func(c cut.Cut) float64 {
		return read*float64(c.Cols)/float64(g.GroupOC()) + float64(cut.PartialCost*(c.Shards-1))/float64(max(1, rows))
	})
}

func (r *gradient[T]) Parts(n int) int { return r.cut(n).Parts() * r.slices() }

func (r *gradient[T]) Shards(n int) int { return r.cut(n).Shards }

func (r *gradient[T]) Scratch() int {
	if r.matmul {
		return 0
	}
	return r.rows * r.slice.depth()
}

func (r *gradient[T]) Compute(part, n int, dFilter, dBias, src, dPre, partials, scratch []T) {
	g, c := &r.g, r.cut(n)
	slice, part := part%r.slices(), part/r.slices()
	col, shard := part%c.Cols, part/c.Cols
	group, slice := slice%g.Groups, slice/g.Groups
	r0, r1 := cut.Range(shard, c.Shards, n*g.Rows())
	j0, j1 := cut.Units(col, c.Cols, g.GroupOC(), colUnit)
	if j0 == j1 {
		return
	}
	j0, j1 = j0+group*g.GroupOC(), j1+group*g.GroupOC()
	dFilter, dBias = r.sums.Of(shard, dFilter, dBias, partials)
	if slice == 0 && dBias != nil {
		r.sumColumns(dBias, dPre, j0, j1, r0, r1)
	}
	r.multiply(dFilter, src, dPre, scratch, slice, j0, j1, r0, r1)
}

// sumColumns computes the bias gradient of the filters [j0, j1).
func (r *gradient[T]) sumColumns(dBias, dPre []T, j0, j1, r0, r1 int) {
	if r0 == r1 {
		clear(dBias[j0:j1])
		return
	}
	r.ops.ColumnSums(dBias[j0:j1], dPre[r0*r.g.OC+j0:(r1-1)*r.g.OC+j1], r.g.OC, r1-r0)
}

// multiply sums rows [r0, r1) for one slice of the filters [j0, j1), all of one
// group.
func (r *gradient[T]) multiply(dFilter, src, dPre, cols []T, slice, j0, j1, r0, r1 int) {
	g := &r.g
	group := j0 / g.GroupOC()
	t0, t1, c0, c1 := r.slice.at(slice)
	depth, width := (t1-t0)*(c1-c0), j1-j0
	out := dFilter[(t0*g.GroupC()+c0)*g.OC+j0:]
	r0, end := r.touch.run(r0, r1)
	if r.matmul && r0 < end {
		r.ops.Mul(blas.Trans, blas.NoTrans, depth, width, r1-r0, 1,
			src[r0*g.C+group*g.GroupC()+c0:], g.C, dPre[r0*g.OC+j0:], g.OC, 0, out, g.OC)
		return
	}
	beta := T(0)
	for ; r0 < end; r0, end = r.touch.run(end, r1) {
		for ; r0 < end; r0 += r.rows {
			rows := min(r.rows, end-r0)
			if !r.slice.meets(slice, r0, r0+rows) {
				continue
			}
			lowerSlice(cols, src, &r.slice, group, slice, r0, r0+rows)
			r.ops.Mul(blas.Trans, blas.NoTrans, depth, width, rows, 1,
				cols, depth, dPre[r0*g.OC+j0:], g.OC, beta, out, g.OC)
			beta = 1
		}
	}
	for i := 0; beta == 0 && i < depth; i++ {
		clear(out[i*g.OC:][:width])
	}
}
