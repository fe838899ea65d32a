package im2col

import "fmt"

// Padding is the rule by which a Geometry's output size and top and left
// padding come about: [Same], [Valid], [Padded], [PaddedCeil] or [Centred].
type Padding struct {
	apply func(*Geometry) error
}

// Same is TensorFlow's SAME: ⌈H/stride⌉ output rows, the padding shared between
// top and bottom, an odd row at the bottom.
func Same() Padding {
	return Padding{func(g *Geometry) error {
		rows, top := same(g.H, g.KH, g.StrideH, g.DilationH)
		cols, left := same(g.W, g.KW, g.StrideW, g.DilationW)
		return g.place(rows, cols, top, left)
	}}
}

// The rules count in int64, because they do before products of sizes are bounded.
func same(h, k, s, d int) (outputs, pad int64) {
	outputs = int64(h-1)/int64(s) + 1
	return outputs, max((outputs-1)*int64(s)+reach(k, d)-int64(h), 0) / 2
}

// reach is how many inputs a kernel spans along an axis.
func reach(k, d int) int64 { return int64(k-1)*int64(d) + 1 }

// place sets the output's size and the padding.
func (g *Geometry) place(oh, ow, top, left int64) error {
	for _, p := range []int64{top, left} {
		if p > maxPad || p < -maxPad {
			return badPadding(fmt.Sprintf("top %d, left %d", top, left))
		}
	}
	if oh > maxSize || ow > maxSize {
		return fault("output", fmt.Sprintf("%d×%d", oh, ow), fmt.Sprintf("at most %d each", maxSize))
	}
	g.OH, g.OW, g.PadTop, g.PadLeft = int(oh), int(ow), int(top), int(left)
	return nil
}

func badPadding(value string) error {
	return fault("padding", value, fmt.Sprintf("at most %d either way", maxPad))
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
			if p > maxPad || p < -maxPad {
				return badPadding(fmt.Sprintf("top %d, bottom %d, left %d, right %d", top, bottom, left, right))
			}
		}
		h, w := int64(g.H)+int64(top)+int64(bottom), int64(g.W)+int64(left)+int64(right)
		kh, kw := reach(g.KH, g.DilationH), reach(g.KW, g.DilationW)
		if h < kh || w < kw {
			return fault("padded input", fmt.Sprintf("%d×%d", h, w), fmt.Sprintf("at least the dilated kernel's %d×%d", kh, kw))
		}
		return g.place((h-kh)/int64(g.StrideH)+1, (w-kw)/int64(g.StrideW)+1, int64(top), int64(left))
	}}
}

// PaddedCeil is Padded with the output rounded up, the ceil mode of poolings: one
// more row where rows of the padded input are left over, and one fewer if the last
// window would begin at or behind the image's rows and those above it; so for
// columns. What a window reaches beyond the padding is padding, too: PadBottom and
// PadRight of the Geometry say how far.
func PaddedCeil(top, bottom, left, right int) Padding {
	return Padding{func(g *Geometry) error {
		if err := Padded(top, bottom, left, right).apply(g); err != nil {
			return err
		}
		rows, cols := g.Vertical(), g.Horizontal()
		return g.place(rows.ceiled(bottom), cols.ceiled(right), int64(top), int64(left))
	}}
}

// ceiled returns the outputs of PaddedCeil, where a has those of Padded.
func (a Axis) ceiled(after int) int64 {
	outputs, before := int64(a.Outputs), int64(a.Size)+int64(a.Pad)
	if rest := before + int64(after) - reach(a.Kernel, a.Dilation); rest%int64(a.Stride) > 0 {
		outputs++
	}
	if outputs > 1 && (outputs-1)*int64(a.Stride) >= before {
		outputs--
	}
	return outputs
}

// Centred is the article's rule ("moving centre"): the kernel's element
// (row, col) visits every stride-th input element, and an output exists where
// at least one kernel element lies on the image. The element is counted in the
// kernel as the article writes it down, before any turning.
func Centred(row, col int) Padding {
	return Padding{func(g *Geometry) error {
		if row < 0 || row >= g.KH || col < 0 || col >= g.KW {
			return fault("centre", fmt.Sprintf("(%d,%d)", row, col), fmt.Sprintf("an element of the %d×%d kernel, from (0,0)", g.KH, g.KW))
		}
		oh, top := g.centred(g.H, g.KH, g.StrideH, g.DilationH, row)
		ow, left := g.centred(g.W, g.KW, g.StrideW, g.DilationW, col)
		return g.place(oh, ow, top, left)
	}}
}

// centred places the window so that the centre of output 0 lies on input 0. Of
// a turned kernel the centre is the (k−1−c)-th element of the window. The last
// output is the last whose window begins inside the input; the article also
// never walks past H steps.
func (g *Geometry) centred(h, k, s, d, c int) (outputs, pad int64) {
	if g.Flip {
		c = k - 1 - c
	}
	pad = int64(c) * int64(d)
	return min(int64(h), (int64(h-1)+pad)/int64(s)+1), pad
}
