package engine

import "github.com/unslide/unslide/im2col"

// stripRows returns how many input rows bh output rows read at most, the ones
// outside the image included.
func (b *blockGrid) stripRows(g *im2col.Geometry, bh int) int {
	return min((bh-1)*g.StrideH+(g.KH-1)*g.DilationH+1, g.H)
}

// stripWidth returns the length of one row of a strip: the columns that bw
// outputs read, for one group's channels.
func (b *blockGrid) stripWidth(g *im2col.Geometry) int {
	return ((b.bw-1)*g.StrideW + g.KW) * g.GroupC()
}

// stripLen is the length of a block's strip.
func (r *direct) stripLen() int {
	if !r.merged {
		return 0
	}
	return r.grid.images * r.grid.stripRows(&r.g, r.grid.bh) * r.grid.stripWidth(&r.g)
}

// fillStrip copies one group's channels of the input rows that a block reads:
//
//	strip[image][row][w][c] = image[h0+row][w0+w][group·GroupC + c]
//
// and zero for columns outside the image. Rows outside the image are left out.
func (r *direct) fillStrip(strip, image []float32, b block, group int) {
	g := &r.g
	rowLen := r.grid.stripWidth(g)
	imageLen := r.grid.stripRows(g, b.bh) * rowLen
	h0, h1 := b.inputRows(g)
	_, w0 := b.window(g)
	gc := g.GroupC()
	width := rowLen / gc
	left := min(max(-w0, 0), width)        // columns before the image
	right := max(min(width, g.W-w0), left) // and up to its end
	for i := range b.images {
		for h := h0; h < h1; h++ {
			row := strip[i*imageLen+(h-h0)*rowLen:][:rowLen]
			clear(row[:left*gc])
			clear(row[right*gc:])
			if left == right {
				continue
			}
			from := image[i*g.InputLen()+(h*g.W+w0+left)*g.C+group*gc:]
			if gc == g.C {
				copy(row[left*gc:right*gc], from)
				continue
			}
			for w := range right - left {
				copy(row[(left+w)*gc:][:gc], from[w*g.C:])
			}
		}
	}
}
