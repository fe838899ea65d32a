package conv

import (
	"github.com/unslide/unslide/engine/internal/cut"
	"github.com/unslide/unslide/engine/internal/kernel"
	"github.com/unslide/unslide/im2col"
)

// Sums keeps apart the sums of a gradient to filter and bias that is cut
// into shards of the pixels. Shard 0 writes to the destination, the others to
// partial sums, which are added in shard order afterwards.
type Sums[T im2col.Float] struct {
	filter, bias int // elements
	v            *kernel.Vector[T]
}

// NewSums returns the sums for a geometry's filter and bias.
func NewSums[T im2col.Float](g *im2col.Geometry, v *kernel.Vector[T]) Sums[T] {
	return Sums[T]{g.FilterLen(), g.OC, v}
}

// MaxPartials bounds the partial sums, in elements, whatever the batch.
const MaxPartials = 4 << 20

// Length is the length of the partial sums.
func (s *Sums[T]) Length(shards int) int { return (shards - 1) * (s.filter + s.bias) }

// Fit is how many partial sums there are room for, at least one.
func (s *Sums[T]) Fit() int { return max(1, MaxPartials/(s.filter+s.bias)) }

// Of returns where a shard keeps its sums; a nil dBias stays nil.
func (s *Sums[T]) Of(shard int, dFilter, dBias, partials []T) (f, b []T) {
	if shard == 0 {
		return dFilter, dBias
	}
	p := partials[s.Length(shard):s.Length(shard+1)]
	if dBias == nil {
		return p[:s.filter], nil
	}
	return p[:s.filter], p[s.filter:]
}

// reduceLen is how many elements one part of Reduce adds.
const reduceLen = 1 << 14

// ReduceParts returns into how many parts Reduce is cut.
func (s *Sums[T]) ReduceParts(shards int) int {
	if shards == 1 {
		return 0
	}
	return cut.Ceil(s.filter, reduceLen)
}

// Reduce adds the partial sums of all shards to a part of the destination.
func (s *Sums[T]) Reduce(part, shards int, dFilter, dBias, partials []T) {
	lo, hi := part*reduceLen, min((part+1)*reduceLen, len(dFilter))
	for shard := 1; shard < shards; shard++ {
		f, b := s.Of(shard, dFilter, dBias, partials)
		s.v.Add(dFilter[lo:hi], f[lo:hi])
		if part == 0 && dBias != nil {
			s.v.Add(dBias, b)
		}
	}
}
