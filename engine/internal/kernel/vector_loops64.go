package kernel

// loops64 are the float64 routines of a set: the walks over the weights of one
// image's dense layer. Those wait for memory, so that there is no need of wider
// vectors than AVX2's.
type loops64 struct {
	vecMat       func(y, x, w *float64, ld, rows, cols int) // added to y
	matVec       func(dx, w *float64, ld, rows, cols int, g *float64)
	matVecUpdate func(dx, w *float64, ld, rows, cols int, x, g *float64, step float64)
}

// vector returns the checked loops, nil where a routine is missing.
func (k *loops64) vector() (v Vector[float64]) {
	if k.vecMat != nil {
		v.VecMat = k.vecMatChecked
	}
	if k.matVec != nil {
		v.MatVec = k.matVecChecked
	}
	if k.matVecUpdate != nil {
		v.MatVecUpdate = k.matVecUpdateChecked
	}
	return v
}

func (k *loops64) vecMatChecked(y, x, w []float64, ld int, bias []float64) {
	checkVecMat(len(y), len(x), len(w), ld, len(bias), bias == nil)
	if bias != nil {
		copy(y, bias)
	} else {
		clear(y)
	}
	pieces(len(y), longWalk/2/sumRows, func(left, right int) {
		pieces(len(x), rowsOf(longWalk/2, right-left, sumRows), func(lo, hi int) {
			k.vecMat(&y[left], &x[lo], &w[lo*ld+left], ld, hi-lo, right-left)
		})
	})
}

func (k *loops64) matVecChecked(dx, w []float64, ld int, g []float64) {
	checkMatrix(len(w), ld, len(dx), len(g))
	if len(g) == 0 || len(dx) == 0 {
		clear(dx)
		return
	}
	pieces(len(dx), rowsAbout(longWalk/2, len(g)), func(lo, hi int) {
		k.matVec(&dx[lo], &w[lo*ld], ld, hi-lo, len(g), &g[0])
	})
}

func (k *loops64) matVecUpdateChecked(dx, w []float64, ld int, x, g []float64, rate float64) {
	checkMatVecUpdate(len(dx), dx == nil, len(w), ld, len(x), len(g))
	if len(g) == 0 || len(x) == 0 {
		clear(dx)
		return
	}
	pieces(len(x), rowsAbout(longWalk/2, len(g)), func(lo, hi int) {
		k.matVecUpdate(first(dx[min(lo, len(dx)):]), &w[lo*ld], ld, hi-lo, len(g), &x[lo], &g[0], -rate)
	})
}
