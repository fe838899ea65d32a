package engine

import "github.com/unslide/unslide/im2col"

// folded returns the same convolution with kernel columns, and then kernel
// rows, counted as channels where that only renames the elements: where no two
// windows overlap and all of them lie on whole multiples of the kernel's width.
// In memory, KW pixels beside each other are one pixel of KW·C channels, and the
// [KW][C] rows of the filter are that pixel's.
//
// A kernel as large as the image and one that cuts it into patches become 1
// wide: what is left to compute, forward and back, is nearer to a plain product.
func folded(g im2col.Geometry) im2col.Geometry {
	g = laid(g)
	if g.Groups != 1 || g.Flip {
		return g
	}
	if foldable(g.W, g.KW, g.StrideW, g.DilationW, g.PadLeft, g.OW) {
		g.W, g.C, g.PadLeft, g.StrideW, g.KW = g.W/g.KW, g.C*g.KW, g.PadLeft/g.KW, max(1, g.StrideW/g.KW), 1
	}
	// Rows follow each other in memory where they are one pixel long.
	if g.W == 1 && g.KW == 1 && foldable(g.H, g.KH, g.StrideH, g.DilationH, g.PadTop, g.OH) {
		g.H, g.C, g.PadTop, g.StrideH, g.KH = g.H/g.KH, g.C*g.KH, g.PadTop/g.KH, max(1, g.StrideH/g.KH), 1
	}
	return g
}

// laid returns a convolution of a column of narrow pixels as that of a row of
// them, which the algorithms read in long runs.
func laid(g im2col.Geometry) im2col.Geometry {
	if g.C >= mergeChannels || g.W != 1 || g.KW != 1 || g.OW != 1 || g.PadLeft != 0 {
		return g
	}
	g.W, g.KW, g.StrideW, g.DilationW, g.PadLeft, g.OW = g.H, g.KH, g.StrideH, g.DilationH, g.PadTop, g.OH
	g.H, g.KH, g.StrideH, g.DilationH, g.PadTop, g.OH = 1, 1, 1, 1, 0, 1
	return g
}

// foldable reports whether the k kernel elements along an axis of the given
// size always meet the same k inputs together. The stride of a single output
// makes no difference.
func foldable(size, k, stride, dilation, pad, outputs int) bool {
	return k > 1 && dilation == 1 && size%k == 0 && pad%k == 0 && (stride%k == 0 || outputs == 1)
}
