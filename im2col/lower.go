package im2col

// Block is a part of one image's patch matrix: output pixels [Row0, Row1),
// counted oh·OW + ow, by kernel elements [Tap0, Tap1), counted kh·KW + kw, of
// one group's channels.
type Block struct{ Group, Row0, Row1, Tap0, Tap1 int }

const (
	badBlock = "im2col: block outside the patch matrix"
	badCols  = "im2col: cols is not rows × taps × C/Groups of the block long"
	badImage = "im2col: image is not H×W×C long"
)

// check panics on a block that is no part of g's patch matrix and returns the
// number of its rows and its kernel elements.
func (b Block) check(g *Geometry) (rows, taps int) {
	if b.Group < 0 || b.Group >= g.Groups ||
		b.Row0 < 0 || b.Row1 < b.Row0 || b.Row1 > g.Rows() ||
		b.Tap0 < 0 || b.Tap1 < b.Tap0 || b.Tap1 > g.Taps() {
		panic(badBlock)
	}
	return b.Row1 - b.Row0, b.Tap1 - b.Tap0
}

// checkSlices panics on slices that do not fit g and b.
func checkSlices[T Float](cols, image []T, g *Geometry, b Block) {
	rows, taps := b.check(g)
	if len(cols) != rows*taps*g.GroupC() {
		panic(badCols)
	}
	if len(image) != g.InputLen() {
		panic(badImage)
	}
}

// Lower writes a block of the patch matrix of one image:
//
//	cols[row−Row0][tap−Tap0][c] = src[h][w][Group·C/Groups + c]
//
// for the C/Groups channels of the group, where (h, w) is the input pixel that
// the tap meets at that output pixel, and zero where it lies outside the image.
// cols is dense, src is [H][W][C]. It panics where a length differs.
func Lower[T Float](cols, src []T, g *Geometry, b Block) {
	checkSlices(cols, src, g, b)
	g.runs(b, 0, g.H, func(r run) {
		if r.image == Outside {
			clearRun(cols, r)
		} else {
			copyRun(cols, src, r)
		}
	})
}
