package im2col

const badRows = "im2col: input rows outside the image"

// Raise is the transpose of [Lower]: it adds each element of a block of the
// patch matrix to the image element that Lower would have read there, and drops
// those that lie outside the image:
//
//	dSrc[h][w][Group·C/Groups + c] += cols[row−Row0][tap−Tap0][c]
//
// The caller clears dSrc, [H][W][C], before the first block. It panics where a
// length differs.
func Raise[T Float](dSrc, cols []T, g *Geometry, b Block) {
	RaiseRows(dSrc, cols, g, b, 0, g.H)
}

// RaiseRows is [Raise] for the input rows [h0, h1) alone: other rows are
// neither read nor written, so that several callers can share an image by rows.
func RaiseRows[T Float](dSrc, cols []T, g *Geometry, b Block, h0, h1 int) {
	checkSlices(cols, dSrc, g, b)
	if h0 < 0 || h1 < h0 || h1 > g.H {
		panic(badRows)
	}
	g.runs(b, h0, h1, func(r run) {
		if r.image != Outside {
			addRun(dSrc, cols, r)
		}
	})
}
