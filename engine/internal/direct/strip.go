package direct

import (
	"math"

	"github.com/unslide/unslide/engine/internal/cut"
	"github.com/unslide/unslide/engine/internal/kernel"
)

// stripWidth returns the length of one row of a strip, for one group's channels:
// the columns that a block's outputs read, or all that any output reads, spread.
// It is 0 where there is no strip.
func (r *product) stripWidth() int {
	switch g := &r.G; {
	case r.stripped:
		return ((r.grid.BW-1)*g.StrideW + g.KW) * g.GroupC()
	case r.spread != nil:
		return g.W * r.spread.pixel
	}
	return 0
}

// stripLen is the length of a block's strip, and of what copying to it may
// overwrite behind.
func (r *product) stripLen() int {
	if r.stripWidth() == 0 {
		return 0
	}
	return r.grid.Images*r.grid.InputRows(&r.G, r.grid.BH)*r.stripWidth() + kernel.PackSlack
}

// stripFits reports whether the strip of a stripped product is in proportion.
func (r *product) stripFits() bool {
	g, b := &r.G, &r.grid
	width := (float64(b.BW-1)*float64(g.StrideW) + float64(g.KW)) * float64(g.GroupC())
	return cut.StripPays(g, float64(b.Images)*float64(b.InputRows(g, b.BH))*width, b.Rows())
}

// noteLen is the length of the note before a strip, a cache line.
func (r *product) noteLen() int {
	if r.stripLen() > 0 {
		return 16
	}
	return 0
}

// strip returns the strip of a group's channels of block b, filled. Whose it is
// is noted in front of it, so that a worker that goes on with other filters of
// the same block need not fill it again.
func (r *product) strip(scratch, image []float32, b cut.Block, number, group int) []float32 {
	note := uint32(number*r.G.Groups + group + 1) // 0 is nobody's
	strip := scratch[r.noteLen():][:r.stripLen()]
	if math.Float32bits(scratch[0]) != note {
		if r.stripped {
			r.fillStrip(strip, image, b, group)
		} else {
			r.fillSpread(strip, image, b, group)
		}
		scratch[0] = math.Float32frombits(note)
	}
	return strip
}

// fillStrip copies one group's channels of the input rows that a block reads:
//
//	strip[image][row][w][c] = image[h0+row][w0+w][group·GroupC + c]
//
// and zero for columns outside the image. Rows outside the image are left out.
func (r *product) fillStrip(strip, image []float32, b cut.Block, group int) {
	g := &r.G
	rowLen := r.stripWidth()
	imageLen := r.grid.InputRows(g, b.BH) * rowLen
	h0, h1 := b.InputRows(g)
	_, w0 := b.Window(g)
	gc := g.GroupC()
	width := rowLen / gc
	left := min(max(-w0, 0), width)        // columns before the image
	right := max(min(width, g.W-w0), left) // and up to its end
	for i := range b.Images {
		for h := h0; h < h1; h++ {
			row := strip[i*imageLen+(h-h0)*rowLen:]
			if left < right {
				from := image[i*g.InputLen()+(h*g.W+w0+left)*g.C+group*gc:]
				copyChannels(r.set, row[left*gc:], from, right-left, g.C, gc)
			}
			clear(row[:left*gc])
			clear(row[right*gc : rowLen])
		}
	}
}

// copyChannels copies the first channels of pixels that lie step elements apart,
// so that they follow each other. It may overwrite kernel.PackSlack elements
// behind them.
func copyChannels(set *kernel.Set, dst, src []float32, pixels, step, channels int) {
	switch tile := set.TileFor(math.MaxInt); {
	case channels == step:
		copy(dst[:pixels*channels], src)
	case channels <= tile.NR/2:
		tile.PackRows(dst, channels, src, step, pixels, channels)
	default:
		for i := range pixels {
			copy(dst[i*channels:][:channels], src[i*step:])
		}
	}
}
