package conv

import "github.com/unslide/unslide/im2col"

// Folded returns the same convolution with kernel columns, and then kernel
// rows, counted as channels where that only renames the elements: where no two
// windows overlap and all of them lie on whole multiples of the kernel's width.
// In memory, KW pixels beside each other are one pixel of KW·C channels, and the
// [KW][C] rows of the filter are that pixel's.
//
// A kernel as large as the image and one that cuts it into patches become 1
// wide: what is left to compute, forward and back, is nearer to a plain product.
func Folded(g im2col.Geometry) im2col.Geometry {
	g = laid(g)
	if g.Groups != 1 || g.Flip {
		return g
	}
	if a := g.Horizontal(); a.Folds() {
		g.C *= g.KW
		g = g.WithHorizontal(a.Folded())
	}
	// Rows follow each other in memory where they are one pixel long.
	if a := g.Vertical(); g.W == 1 && g.KW == 1 && a.Folds() {
		g.C *= g.KH
		g = g.WithVertical(a.Folded())
	}
	return g
}

// laid returns a convolution of a column of narrow pixels as that of a row of
// them, which the algorithms read in long runs.
func laid(g im2col.Geometry) im2col.Geometry {
	if g.C >= Narrow || g.W != 1 || g.KW != 1 || g.OW != 1 || g.PadLeft != 0 {
		return g
	}
	one := im2col.Axis{Size: 1, Kernel: 1, Stride: 1, Dilation: 1, Outputs: 1}
	return g.WithHorizontal(g.Vertical()).WithVertical(one)
}

// Narrow is the number of channels from which on a pixel is long enough by itself:
// with fewer, kernel elements or pixels beside each other are taken for one.
const Narrow = 16
