package engine

const (
	filterParts = 16
	// shardPixels is how many pixels a shard has at least if the work can be
	// cut by units instead: below, adding partial sums takes some per cent.
	shardPixels = 1024
	// minPartRows is how many pixels a shard has at least.
	minPartRows = 48
)

// cut returns into how many shards and slices the work is cut.
func (r *directFilter) cut(n int) (shards, slices int) {
	pixels := n * r.g.Rows()
	parts := max(1, min(filterParts, int(float64(n)*r.g.FLOP()/minPartFLOP)))
	fits := r.sums.fit()
	shards = max(1, min(parts, pixels/shardPixels, n*r.g.OH, fits))
	slices = min(r.units(), ceilDiv(parts, shards))
	if more := parts / (2 * slices); more > shards {
		shards = max(shards, min(more, pixels/minPartRows, n*r.g.OH, fits))
	}
	return shards, slices
}

func (r *directFilter) parts(n int) int {
	shards, slices := r.cut(n)
	return shards * slices
}

func (r *directFilter) partials(n int) int {
	shards, _ := r.cut(n)
	return r.sums.length(shards)
}

func (r *directFilter) reduceParts(n int) int {
	shards, _ := r.cut(n)
	return r.sums.reduceParts(shards)
}

func (r *directFilter) reduce(part, n int, dFilter, dBias, partials []float32) {
	shards, _ := r.cut(n)
	r.sums.reduce(part, shards, dFilter, dBias, partials)
}
