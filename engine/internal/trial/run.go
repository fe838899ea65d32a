package trial

import (
	"math"

	"github.com/unslide/unslide/engine/gemm"
	"github.com/unslide/unslide/engine/internal/conv"
	"github.com/unslide/unslide/engine/internal/kernel"
	"github.com/unslide/unslide/im2col"
)

// Run computes a product of n images as one worker does: the filter is prepared,
// and the workspace has nothing but NaN, with 0 in the first element for the first
// part.
func Run[T im2col.Float](r conv.Runner[T], n int, dst, src, filter, bias []T) {
	if length, parts := r.Prepared(n); parts > 0 && n > 0 {
		prepared := Destination[T](length).Data
		for part := range parts {
			r.Prepare(part, prepared, filter)
		}
		filter = prepared
	}
	scratch := workspace[T](r.Scratch())
	for part := range r.Parts(n) {
		r.Compute(part, n, dst, src, filter, bias, scratch)
	}
}

// RunGradient computes the gradient to filter and bias of n images as one worker
// does.
func RunGradient[T im2col.Float](r conv.Gradient[T], sums conv.Sums[T], n int, dFilter, dBias, src, dPre []T) {
	shards := r.Shards(n)
	partials := Destination[T](sums.Length(shards)).Data
	scratch := workspace[T](r.Scratch())
	for part := range r.Parts(n) {
		r.Compute(part, n, dFilter, dBias, src, dPre, partials, scratch)
	}
	for part := range sums.ReduceParts(shards) {
		sums.Reduce(part, shards, dFilter, dBias, partials)
	}
}

func workspace[T im2col.Float](length int) []T {
	x := make([]T, length)
	for i := range x {
		x[i] = T(math.NaN())
	}
	if length > 0 {
		x[0] = 0
	}
	return x
}

// ConfigOf is what a plan of an instruction set says to an algorithm.
func ConfigOf(set *kernel.Set) conv.Config[float32] {
	return conv.Config[float32]{Ops: conv.NewOps[float32](set, gemm.Default()), Set: set, Workers: 1}
}
