package engine

import (
	"github.com/unslide/unslide/engine/internal/cut"
	"github.com/unslide/unslide/im2col"
)

// shardSums keeps apart the sums of a gradient to filter and bias that is cut
// into shards of the pixels. Shard 0 writes to the destination, the others to
// partial sums, which are added in shard order afterwards.
type shardSums[T Float] struct {
	filter, bias int // elements
	ops          *ops[T]
}

func newShardSums[T Float](g *im2col.Geometry, ops *ops[T]) shardSums[T] {
	return shardSums[T]{g.FilterLen(), g.OC, ops}
}

// maxPartials bounds the partial sums, in elements, whatever the batch.
const maxPartials = 4 << 20

// length is the length of the partial sums.
func (s *shardSums[T]) length(shards int) int { return (shards - 1) * (s.filter + s.bias) }

// fit is how many partial sums there are room for, at least one.
func (s *shardSums[T]) fit() int { return max(1, maxPartials/(s.filter+s.bias)) }

// of returns where a shard keeps its sums; a nil dBias stays nil.
func (s *shardSums[T]) of(shard int, dFilter, dBias, partials []T) (f, b []T) {
	if shard == 0 {
		return dFilter, dBias
	}
	p := partials[s.length(shard):s.length(shard+1)]
	if dBias == nil {
		return p[:s.filter], nil
	}
	return p[:s.filter], p[s.filter:]
}

// reduceLen is how many elements one part of reduce adds.
const reduceLen = 1 << 14

// reduceParts returns into how many parts reduce is cut.
func (s *shardSums[T]) reduceParts(shards int) int {
	if shards == 1 {
		return 0
	}
	return cut.Ceil(s.filter, reduceLen)
}

// reduce adds the partial sums of all shards to a part of the destination.
func (s *shardSums[T]) reduce(part, shards int, dFilter, dBias, partials []T) {
	lo, hi := part*reduceLen, min((part+1)*reduceLen, len(dFilter))
	for shard := 1; shard < shards; shard++ {
		f, b := s.of(shard, dFilter, dBias, partials)
		s.ops.Add(dFilter[lo:hi], f[lo:hi])
		if part == 0 && dBias != nil {
			s.ops.Add(dBias, b)
		}
	}
}
