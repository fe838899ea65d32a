//go:build !noasm

package kernel

var vectors64 = [numISA]*Vector[float64]{
	Portable: portableVector[float64](),
	AVX2:     doubleVector(),
	AVX512:   doubleVector(),
}

// doubleVector returns the float64 loops: the portable ones but for the walks
// over the weights of one image's dense layer. Those wait for memory, so that
// there is no need of wider vectors.
func doubleVector() *Vector[float64] {
	v := portableVector[float64]()
	v.ISA = AVX2
	v.VecMat = func(y, x, w []float64, ld int, bias []float64) {
		checkVecMat(len(y), len(x), len(w), ld, len(bias), bias == nil)
		if bias != nil {
			copy(y, bias)
		} else {
			clear(y)
		}
		pieces(len(y), longWalk/2/sumRows, func(left, right int) {
			pieces(len(x), rowsOf(longWalk/2, right-left, sumRows), func(lo, hi int) {
				vecMat64AVX2(&y[left], &x[lo], &w[lo*ld+left], ld, hi-lo, right-left)
			})
		})
	}
	v.MatVec = func(dx, w []float64, ld int, g []float64) {
		checkMatrix(len(w), ld, len(dx), len(g))
		if len(g) == 0 || len(dx) == 0 {
			clear(dx)
			return
		}
		pieces(len(dx), rowsAbout(longWalk/2, len(g)), func(lo, hi int) {
			matVecLong64AVX2(&dx[lo], &w[lo*ld], ld, hi-lo, len(g), &g[0])
		})
	}
	v.MatVecUpdate = func(dx, w []float64, ld int, x, g []float64, rate float64) {
		checkMatVecUpdate(len(dx), dx == nil, len(w), ld, len(x), len(g))
		if len(g) == 0 || len(x) == 0 {
			clear(dx)
			return
		}
		pieces(len(x), rowsAbout(longWalk/2, len(g)), func(lo, hi int) {
			matVecUpdateLong64AVX2(first(dx[min(lo, len(dx)):]), &w[lo*ld], ld, hi-lo, len(g), &x[lo], &g[0], -rate)
		})
	}
	return v
}
