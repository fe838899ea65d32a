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
		if len(y) > 0 && len(x) > 0 {
			vecMat64AVX2(&y[0], &x[0], &w[0], ld, len(x), len(y))
		}
	}
	v.MatVec = func(dx, w []float64, ld int, g []float64) {
		checkMatrix(len(w), ld, len(dx), len(g))
		if len(g) == 0 || len(dx) == 0 {
			clear(dx)
			return
		}
		matVecLong64AVX2(&dx[0], &w[0], ld, len(dx), len(g), &g[0])
	}
	v.MatVecUpdate = func(dx, w []float64, ld int, x, g []float64, rate float64) {
		checkMatVecUpdate(len(dx), dx == nil, len(w), ld, len(x), len(g))
		if len(g) == 0 || len(x) == 0 {
			clear(dx)
			return
		}
		matVecUpdateLong64AVX2(first(dx), &w[0], ld, len(x), len(g), &x[0], &g[0], -rate)
	}
	return v
}
