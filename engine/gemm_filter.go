package engine

import (
	"fmt"

	"gonum.org/v1/gonum/blas"

	"github.com/unslide/unslide/engine/kernel"
	"github.com/unslide/unslide/im2col"
)

// A filterRunner computes the gradient to filter and bias by one algorithm.
// Its methods only read it.
type filterRunner[T Float] interface {
	// parts returns into how many pieces the work on n images is cut.
	parts(n int) int
	// partials returns the length of the sums that parts keep apart.
	partials(n int) int
	// scratch returns the length of the workspace a worker needs.
	scratch() int
	compute(part, n int, dFilter, dBias, src, dPre, partials, scratch []T)
	// reduce adds the partial sums, in reduceParts pieces.
	reduceParts(n int) int
	reduce(part, n int, dFilter, dBias, partials []T)
	String() string
}

// newFilterRunner chooses the algorithm. Direct is there for float32 alone.
func newFilterRunner[T Float](g im2col.Geometry, o options, v *ops[T]) filterRunner[T] {
	if o.algorithm == Direct || o.algorithm == Auto && o.isa != kernel.Portable {
		if v, ok := any(v).(*ops[float32]); ok {
			return any(newDirectFilter(g, o, v)).(filterRunner[T])
		}
	}
	return newGemmFilter(g, v)
}

// gemmFilter computes the gradient to the filter as patchesᵀ × dPre, by BLAS.
//
// A part is a slice of kernel elements of one group, summed over a shard of the
// batch's output pixels. Shard 0 writes to the destination, the others to
// partial sums, which are added in shard order afterwards.
type gemmFilter[T Float] struct {
	g      im2col.Geometry
	ops    *ops[T]
	matmul bool
	slice  int // kernel elements lowered at a time
	rows   int // rows lowered at a time, at most
}

func newGemmFilter[T Float](g im2col.Geometry, ops *ops[T]) *gemmFilter[T] {
	r := &gemmFilter[T]{g: g, ops: ops, matmul: isMatmul(&g), slice: tapSlice(&g)}
	r.rows = blockRows[T](r.slice*g.GroupC() + g.OC)
	return r
}

func (r *gemmFilter[T]) String() string {
	if r.matmul {
		return "gemm without lowering"
	}
	return fmt.Sprintf("gemm in blocks of %d rows × %d", r.rows, r.slice*r.g.GroupC())
}

// slices returns the parts that a shard has: slices of all groups.
func (r *gemmFilter[T]) slices() int { return r.g.Groups * ceilDiv(r.g.Taps(), r.slice) }

// maxPartials bounds the partial sums, in elements, whatever the batch.
const maxPartials = 4 << 20

// shards returns into how many shards the output pixels are cut.
func (r *gemmFilter[T]) shards(n int) int {
	return sumShards(n*r.g.Rows(), r.slices(), r.g.FilterLen(), float64(n)*r.g.FLOP())
}

// sumShards cuts a sum over rows into shards: as many as give 16 parts
// together with the slices, but none too small, and all partial sums together
// within maxPartials. It looks at the shape alone.
func sumShards(rows, slices, sumLen int, flop float64) int {
	shards := 1
	for shards*slices < 16 && shards*sumLen < maxPartials &&
		flop/float64(2*shards*slices) >= minPartFLOP && rows/(2*shards) >= minPartRows {
		shards *= 2
	}
	return shards
}

func (r *gemmFilter[T]) parts(n int) int { return r.shards(n) * r.slices() }

func (r *gemmFilter[T]) partials(n int) int {
	return (r.shards(n) - 1) * (r.g.FilterLen() + r.g.OC)
}

// partial returns where shard > 0 keeps its sums.
func (r *gemmFilter[T]) partial(partials []T, shard int) (dFilter, dBias []T) {
	size := r.g.FilterLen() + r.g.OC
	p := partials[(shard-1)*size : shard*size]
	return p[:r.g.FilterLen()], p[r.g.FilterLen():]
}

func (r *gemmFilter[T]) scratch() int {
	if r.matmul {
		return 0
	}
	return r.rows * r.slice * r.g.GroupC()
}

func (r *gemmFilter[T]) compute(part, n int, dFilter, dBias, src, dPre, partials, scratch []T) {
	g := &r.g
	shards, slices := r.shards(n), r.slices()
	shard, slice := part/slices, part%slices
	group, tap := slice%g.Groups, slice/g.Groups*r.slice
	r0, r1 := partRange(shard, shards, n*g.Rows())
	if shard > 0 {
		var b []T
		dFilter, b = r.partial(partials, shard)
		if dBias != nil {
			dBias = b
		}
	}
	if slice == 0 && dBias != nil {
		r.ops.ColumnSums(dBias, dPre[r0*g.OC:r1*g.OC], g.OC, r1-r0)
	}
	r.multiply(dFilter, src, dPre, scratch, group, tap, min(tap+r.slice, g.Taps()), r0, r1)
}

// multiply sums rows [r0, r1) for one slice of the filter.
func (r *gemmFilter[T]) multiply(dFilter, src, dPre, cols []T, group, t0, t1, r0, r1 int) {
	g := &r.g
	k := g.GroupC()
	depth := (t1 - t0) * k
	out := dFilter[t0*k*g.OC+group*g.GroupOC():]
	if r0 == r1 {
		for i := range depth {
			clear(out[i*g.OC:][:g.GroupOC()])
		}
		return
	}
	grad := dPre[group*g.GroupOC():]
	if r.matmul {
		r.ops.mul(blas.Trans, blas.NoTrans, depth, g.GroupOC(), r1-r0, 1,
			src[r0*g.C+group*k:], g.C, grad[r0*g.OC:], g.OC, 0, out, g.OC)
		return
	}
	beta := T(0)
	for ; r0 < r1; r0 += r.rows {
		rows := min(r.rows, r1-r0)
		lowerRows(cols, src, g, group, r0, r0+rows, t0, t1)
		r.ops.mul(blas.Trans, blas.NoTrans, depth, g.GroupOC(), rows, 1,
			cols, depth, grad[r0*g.OC:], g.OC, beta, out, g.OC)
		beta = 1
	}
}

// reduceLen is how many elements one part adds.
const reduceLen = 1 << 14

func (r *gemmFilter[T]) reduceParts(n int) int {
	if r.shards(n) == 1 {
		return 0
	}
	return ceilDiv(r.g.FilterLen(), reduceLen)
}

func (r *gemmFilter[T]) reduce(part, n int, dFilter, dBias, partials []T) {
	lo, hi := part*reduceLen, min((part+1)*reduceLen, len(dFilter))
	for shard := 1; shard < r.shards(n); shard++ {
		f, b := r.partial(partials, shard)
		r.ops.Add(dFilter[lo:hi], f[lo:hi])
		if part == 0 && dBias != nil {
			r.ops.Add(dBias, b)
		}
	}
}
