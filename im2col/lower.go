package im2col

// Block is a part of one image's patch matrix: output pixels [Row0, Row1),
// counted oh·OW + ow, by kernel elements [Tap0, Tap1), counted kh·KW + kw, of
// one group's channels.
type Block struct{ Group, Row0, Row1, Tap0, Tap1 int }

// Outside marks a tap that lies outside the image in the table of [Indirect].
const Outside = -1

// Indirect fills the pointer table of a block:
// table[(row−Row0)·(Tap1−Tap0) + tap−Tap0] is the element of the image at which
// the group's channels of that pixel begin, or Outside.
func Indirect(table []int, g *Geometry, b Block) {
	i := 0
	for row := b.Row0; row < b.Row1; row++ {
		h0, w0 := row/g.OW*g.StrideH-g.PadTop, row%g.OW*g.StrideW-g.PadLeft
		for tap := b.Tap0; tap < b.Tap1; tap++ {
			h, w := h0+g.TapRow(tap/g.KW), w0+g.TapCol(tap%g.KW)
			table[i] = Outside
			if h >= 0 && h < g.H && w >= 0 && w < g.W {
				table[i] = (h*g.W+w)*g.C + b.Group*g.GroupC()
			}
			i++
		}
	}
}

// Lower writes a block of the patch matrix of one image to cols, dense, a row
// for each output pixel.
func Lower[T Float](cols, src []T, g *Geometry, b Block) {
	gc := g.GroupC()
	for row := b.Row0; row < b.Row1; row++ {
		h0, w0 := row/g.OW*g.StrideH-g.PadTop, row%g.OW*g.StrideW-g.PadLeft
		for tap := b.Tap0; tap < b.Tap1; tap++ {
			h, w := h0+g.TapRow(tap/g.KW), w0+g.TapCol(tap%g.KW)
			if h >= 0 && h < g.H && w >= 0 && w < g.W {
				at := (h*g.W+w)*g.C + b.Group*gc
				copy(cols[:gc], src[at:at+gc])
			} else {
				clear(cols[:gc])
			}
			cols = cols[gc:]
		}
	}
}
