package direct

import "github.com/unslide/unslide/engine/internal/cut"

// cut returns into how many shards and slices the work is cut.
func (r *gradient) cut(n int) (shards, slices int) {
	return cut.Shards(&r.g, n, r.units(), r.sums.Fit())
}

func (r *gradient) Parts(n int) int {
	shards, slices := r.cut(n)
	return shards * slices
}

func (r *gradient) Shards(n int) int {
	shards, _ := r.cut(n)
	return shards
}
