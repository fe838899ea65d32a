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
	fits := max(1, maxPartials/(r.g.FilterLen()+r.g.OC))
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
	return (shards - 1) * (r.g.FilterLen() + r.g.OC)
}

// partial returns where shard > 0 keeps its sums.
func (r *directFilter) partial(partials []float32, shard int) (dFilter, dBias []float32) {
	size := r.g.FilterLen() + r.g.OC
	p := partials[(shard-1)*size : shard*size]
	return p[:r.g.FilterLen()], p[r.g.FilterLen():]
}

func (r *directFilter) reduceParts(n int) int {
	if shards, _ := r.cut(n); shards == 1 {
		return 0
	}
	return ceilDiv(r.g.FilterLen(), reduceLen)
}

func (r *directFilter) reduce(part, n int, dFilter, dBias, partials []float32) {
	shards, _ := r.cut(n)
	lo, hi := part*reduceLen, min((part+1)*reduceLen, len(dFilter))
	for shard := 1; shard < shards; shard++ {
		f, b := r.partial(partials, shard)
		r.ops.Add(dFilter[lo:hi], f[lo:hi])
		if part == 0 && dBias != nil {
			r.ops.Add(dBias, b)
		}
	}
}
