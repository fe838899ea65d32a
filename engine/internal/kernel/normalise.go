package kernel

// normalisation sets the checked loops of normalisations.
func (k *loops) normalisation(v *Vector[float32]) {
	if k.normalise != nil {
		v.Normalise = func(dst, src, mean, scale, shift []float32) {
			cols := len(mean)
			checkColumns(len(src), len(dst), cols, len(scale), len(shift))
			pieces(rowsIn(len(src), cols), rowsOf(longLoop, cols, 1), func(lo, hi int) {
				k.normalise(&dst[lo*cols], &src[lo*cols], &mean[0], &scale[0], &shift[0], hi-lo, cols)
			})
		}
	}
	if k.normaliseGrad != nil {
		v.NormaliseGrad = func(dSrc, dDst, src, mean, scale, slope, offset []float32) {
			cols := len(mean)
			checkColumns(len(src), len(dSrc), cols, len(scale), len(slope), len(offset))
			checkPair(len(dDst), len(src))
			pieces(rowsIn(len(src), cols), rowsOf(longLoop, cols, 1), func(lo, hi int) {
				k.normaliseGrad(&dSrc[lo*cols], &dDst[lo*cols], &src[lo*cols], &mean[0], &scale[0], &slope[0], &offset[0], hi-lo, cols)
			})
		}
	}
	if k.addSquares != nil {
		v.AddSquares = func(sums, x, mean []float32) {
			cols := len(mean)
			checkColumns(len(x), len(x), cols, len(sums))
			pieces(rowsIn(len(x), cols), rowsOf(longLoop, cols, 1), func(lo, hi int) {
				k.addSquares(&sums[0], &x[lo*cols], &mean[0], hi-lo, cols)
			})
		}
	}
	if k.addProducts != nil {
		v.AddProducts = func(sums, d, x, mean []float32) {
			cols := len(mean)
			checkColumns(len(x), len(d), cols, len(sums))
			pieces(rowsIn(len(x), cols), rowsOf(longLoop, cols, 1), func(lo, hi int) {
				k.addProducts(&sums[0], &d[lo*cols], &x[lo*cols], &mean[0], hi-lo, cols)
			})
		}
	}
}

// rowsIn returns how many rows of cols elements there are, 0 of none.
func rowsIn(n, cols int) int { return n / max(1, cols) }

func normaliseGo[T Float](dst, src, mean, scale, shift []T) {
	cols := len(mean)
	checkColumns(len(src), len(dst), cols, len(scale), len(shift))
	for ; len(src) > 0; dst, src = dst[cols:], src[cols:] {
		y, scale, shift := dst[:cols], scale[:cols], shift[:cols]
		for j, x := range src[:cols] {
			y[j] = (x-mean[j])*scale[j] + shift[j]
		}
	}
}

func normaliseGradGo[T Float](dSrc, dDst, src, mean, scale, slope, offset []T) {
	cols := len(mean)
	checkColumns(len(src), len(dSrc), cols, len(scale), len(slope), len(offset))
	checkPair(len(dDst), len(src))
	for ; len(src) > 0; dSrc, dDst, src = dSrc[cols:], dDst[cols:], src[cols:] {
		dx, dy := dSrc[:cols], dDst[:cols]
		for j, x := range src[:cols] {
			dx[j] = dy[j]*scale[j] - ((x-mean[j])*slope[j] + offset[j])
		}
	}
}

func addSquaresGo[T Float](sums, x, mean []T) {
	cols := len(mean)
	checkColumns(len(x), len(x), cols, len(sums))
	for ; len(x) > 0; x = x[cols:] {
		for j, v := range x[:cols] {
			d := v - mean[j]
			sums[j] += d * d
		}
	}
}

func addProductsGo[T Float](sums, d, x, mean []T) {
	cols := len(mean)
	checkColumns(len(x), len(d), cols, len(sums))
	for ; len(x) > 0; d, x = d[cols:], x[cols:] {
		d := d[:cols]
		for j, v := range x[:cols] {
			sums[j] += d[j] * (v - mean[j])
		}
	}
}
