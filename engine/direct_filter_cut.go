package engine

import "github.com/unslide/unslide/engine/internal/cut"

// cut returns into how many shards and slices the work is cut.
func (r *directFilter) cut(n int) (shards, slices int) {
	return cut.Shards(&r.g, n, r.units(), r.sums.fit())
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
