package im2col

import "fmt"

// Padding is the rule by which a Geometry's output size and top and left
// padding come about: [Same], [Valid], [Padded] or [Centred].
type Padding struct {
	apply func(*Geometry) error
}

// Same is TensorFlow's SAME: ⌈H/stride⌉ output rows, the padding shared between
// top and bottom, an odd row at the bottom.
func Same() Padding {
	return Padding{func(g *Geometry) error {
		g.OH, g.PadTop = same(g.H, g.KH, g.StrideH, g.DilationH)
		g.OW, g.PadLeft = same(g.W, g.KW, g.StrideW, g.DilationW)
		return nil
	}}
}

func same(h, k, s, d int) (oh, pad int) {
	oh = (h-1)/s + 1
	return oh, max((oh-1)*s+(k-1)*d+1-h, 0) / 2
}

// Valid pads nothing: an output exists where the whole kernel lies on the
// image.
func Valid() Padding { return Padded(0, 0, 0, 0) }

// Padded adds rows and columns of zeros around the image; negative numbers cut
// rows and columns off. An output exists where the whole kernel lies on what
// results.
func Padded(top, bottom, left, right int) Padding {
	return Padding{func(g *Geometry) error {
		for _, p := range []int{top, bottom, left, right} {
			if p > maxSize || p < -maxSize {
				return fmt.Errorf("im2col: padding top %d, bottom %d, left %d, right %d: want at most %d either way",
					top, bottom, left, right, maxSize)
			}
		}
		g.PadTop, g.PadLeft = top, left
		h, w := g.H+top+bottom, g.W+left+right
		kh, kw := (g.KH-1)*g.DilationH+1, (g.KW-1)*g.DilationW+1
		if h < kh || w < kw {
			return fmt.Errorf("im2col: padded input %d×%d: want at least the dilated kernel's %d×%d", h, w, kh, kw)
		}
		g.OH, g.OW = (h-kh)/g.StrideH+1, (w-kw)/g.StrideW+1
		return nil
	}}
}

// Centred is the article's rule ("moving centre"): the kernel's element
// (row, col) visits every stride-th input element, and an output exists where
// at least one kernel element lies on the image. The element is counted in the
// kernel as the article writes it down, before any turning.
func Centred(row, col int) Padding {
	return Padding{func(g *Geometry) error {
		if row < 0 || row >= g.KH || col < 0 || col >= g.KW {
			return fmt.Errorf("im2col: centre (%d,%d): want an element of the %d×%d kernel, from (0,0)", row, col, g.KH, g.KW)
		}
		g.OH, g.PadTop = g.centred(g.H, g.KH, g.StrideH, g.DilationH, row)
		g.OW, g.PadLeft = g.centred(g.W, g.KW, g.StrideW, g.DilationW, col)
		return nil
	}}
}

// centred places the window so that the centre of output 0 lies on input 0. Of
// a turned kernel the centre is the (k−1−c)-th element of the window. The last
// output is the last whose window begins inside the input; the article also
// never walks past H steps.
func (g *Geometry) centred(h, k, s, d, c int) (oh, pad int) {
	if g.Flip {
		c = k - 1 - c
	}
	pad = c * d
	return min(h, (h-1+pad)/s+1), pad
}
