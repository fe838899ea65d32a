package kernel

// Depthwise computes a convolution in which every channel has one filter of its
// own:
//
//	Dst[DstOffsets[r] + j] = relu( Bias[j] + Σ_t Src[SrcOffsets[t·TapStride+r] + j] · Filter[t·FilterStride + j] )
//
// for r < Rows, j < Cols, t < Taps, with 0 for a nil Bias. The fields mean what
// they mean to [Tile.Conv], but Cols may be any number, Zero and Filter have
// Cols elements to a tap, and Depth and Accumulate are not looked at. An element
// is one chain of multiply-adds in the order of the taps. It panics if a slice
// is too short for the counts, before anything is touched.
func (s *Set) Depthwise(a *ConvArgs) {
	if a.Rows <= 0 {
		return
	}
	switch {
	case a.Cols < 1:
		panic(badCols)
	case a.Taps < 1:
		panic(badDepth)
	case len(a.SrcOffsets) < (a.Taps-1)*a.TapStride+a.Rows || len(a.DstOffsets) < a.Rows:
		panic(shortOffsets)
	case a.FilterStride < 0 || len(a.Filter) < (a.Taps-1)*a.FilterStride+a.Cols:
		panic(shortFilter)
	case len(a.Zero) < a.Cols:
		panic(shortZero)
	case a.Bias != nil && len(a.Bias) < a.Cols:
		panic(shortBias)
	case len(a.Dst) == 0 || len(a.Src) == 0:
		panic(emptyTensor)
	}
	if a.Rows*a.Cols*a.Taps <= longProduct/10 {
		call(s.kernels.Depthwise, a)
		return
	}
	piece := *a
	pieces(a.Rows, rowsOf(longProduct/10, a.Cols*a.Taps, 1), func(lo, hi int) {
		piece.Rows, piece.SrcOffsets, piece.DstOffsets = hi-lo, a.SrcOffsets[lo:], a.DstOffsets[lo:]
		call(s.kernels.Depthwise, &piece)
	})
}

func depthwisePortable(a *ConvArgs) {
	for r := range a.Rows {
		dst := a.Dst[a.DstOffsets[r]:][:a.Cols]
		if a.Bias != nil {
			copy(dst, a.Bias)
		} else {
			clear(dst)
		}
		for t := range a.Taps {
			src := a.Zero
			if offset := a.SrcOffsets[t*a.TapStride+r]; offset >= 0 {
				src = a.Src[offset:]
			}
			filter := a.Filter[t*a.FilterStride:][:len(dst)]
			src = src[:len(dst)]
			for j := range dst {
				dst[j] += src[j] * filter[j]
			}
		}
		if a.ReLU {
			for j, x := range dst {
				if x < 0 {
					dst[j] = 0
				}
			}
		}
	}
}
