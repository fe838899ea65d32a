package im2col

// Outside marks a tap that lies outside the image in the table of [Indirect].
const Outside = -1

const badTable = "im2col: table is not rows × taps of the block long"

// Indirect fills the pointer table of a block:
//
//	table[(row−Row0)·(Tap1−Tap0) + tap−Tap0]
//
// is the offset in the image of the input pixel's element in the group's first
// channel, or [Outside]. A kernel with such a table reads patches in place. It
// panics where the table's length differs.
func Indirect(table []int, g *Geometry, b Block) {
	rows, taps := b.check(g)
	if len(table) != rows*taps {
		panic(badTable)
	}
	if taps == 0 {
		return
	}
	first := b.Group * g.GroupC()
	for row := b.Row0; row < b.Row1; row++ {
		h0 := row/g.OW*g.StrideH - g.PadTop
		w0 := row%g.OW*g.StrideW - g.PadLeft
		for tap := b.Tap0; tap < b.Tap1; {
			kh, kw := tap/g.KW, tap%g.KW
			n := min(g.KW-kw, b.Tap1-tap)
			g.indirectRow(table[:n], h0+g.TapRow(kh), w0, kw, first)
			table = table[n:]
			tap += n
		}
	}
}

// indirectRow fills the table for the kernel columns from kw on, whose row lies
// on input row h, of the window that begins at column w0.
func (g *Geometry) indirectRow(table []int, h, w0, kw, first int) {
	inside := h >= 0 && h < g.H
	step := g.DilationW
	if g.Flip {
		step = -step
	}
	w := w0 + g.TapCol(kw)
	for i := range table {
		if inside && w >= 0 && w < g.W {
			table[i] = (h*g.W+w)*g.C + first
		} else {
			table[i] = Outside
		}
		w += step
	}
}
