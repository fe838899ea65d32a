package cut

import "github.com/unslide/unslide/im2col"

const (
	// FilterParts is into how many parts a gradient to the filter is cut.
	FilterParts = 16
	// shardPixels is how many pixels a shard has at least if the work can be
	// cut by units instead: below, adding partial sums takes some per cent.
	shardPixels = 1024
	// minShardPixels is how many pixels a shard has at least.
	minShardPixels = 48
)

// Shards returns into how many shards of the output rows of n images, and how many
// slices of the units, a gradient to the filter is cut; fits is how many shards'
// sums there is room for.
func Shards(g *im2col.Geometry, n, units, fits int) (shards, slices int) {
	pixels := n * g.Rows()
	parts := max(1, min(FilterParts, int(float64(n)*g.FLOP()/MinPartFLOP)))
	shards = max(1, min(parts, pixels/shardPixels, n*g.OH, fits))
	slices = min(units, Ceil(parts, shards))
	if more := parts / (2 * slices); more > shards {
		shards = max(shards, min(more, pixels/minShardPixels, n*g.OH, fits))
	}
	return shards, slices
}
