package cut

import (
	"math"

	"github.com/unslide/unslide/im2col"
)

// Grid cuts the output pixels of a batch into blocks: a few images where
// they are small, else a rectangle of one image, whole rows where they fit.
type Grid struct {
	Target int // output pixels per block, about
	Images int // per block
	BH, BW int // rows and columns per block, at most
	Down   int // blocks per image, one below the other
	Across int // and side by side
}

// NewGrid cuts blocks of about target pixels.
func NewGrid(g *im2col.Geometry, target int) Grid {
	b := Grid{Target: target, Images: max(1, target/g.Rows()), BH: g.OH, BW: g.OW, Down: 1, Across: 1}
	b.Images = min(b.Images, max(1, math.MaxInt32/max(g.InputLen(), g.OutputLen())))
	if g.Rows() > target {
		b.Across = Ceil(g.OW, target)
		b.BW = Ceil(g.OW, b.Across)
		b.Across = Ceil(g.OW, b.BW)
		b.Down = Ceil(g.OH, max(1, target/b.BW))
		b.BH = Ceil(g.OH, b.Down)
		b.Down = Ceil(g.OH, b.BH)
	}
	return b
}

// Rows returns how many output pixels a block has at most.
func (b *Grid) Rows() int { return b.Images * b.BH * b.BW }

// Blocks returns how many blocks n images make.
func (b *Grid) Blocks(n int) int { return Ceil(n, b.Images) * b.Down * b.Across }

// InputRows returns how many input rows bh output rows read at most, the ones
// outside the image included.
func (b *Grid) InputRows(g *im2col.Geometry, bh int) int {
	return min((bh-1)*g.StrideH+(g.KH-1)*g.DilationH+1, g.H)
}

// A Block is BH rows of BW output pixels, from (OH, OW) on, of one image or,
// where that is all of it, of several.
type Block struct {
	Image, Images  int
	OH, OW, BH, BW int
	At             int // which of an image's blocks
}

// Block returns block i of n images.
func (b *Grid) Block(g *im2col.Geometry, i, n int) Block {
	each := b.Down * b.Across
	at := i % each
	image := i / each * b.Images
	oh, ow := at/b.Across*b.BH, at%b.Across*b.BW
	return Block{
		Image: image, Images: min(b.Images, n-image),
		OH: oh, OW: ow, BH: min(b.BH, g.OH-oh), BW: min(b.BW, g.OW-ow),
		At: at,
	}
}

// Window is where block b's patches begin: the first input row, which lies
// above the image where it is negative, and the first column.
func (b *Block) Window(g *im2col.Geometry) (h, w int) {
	return b.OH*g.StrideH - g.PadTop, b.OW*g.StrideW - g.PadLeft
}

// InputRows returns the input rows [h0, h1) that lie in the image and in the
// block's patches; h0 == h1 where there is none.
func (b *Block) InputRows(g *im2col.Geometry) (h0, h1 int) {
	h, _ := b.Window(g)
	h0 = min(max(h, 0), g.H)
	h1 = min(h+(b.BH-1)*g.StrideH+(g.KH-1)*g.DilationH+1, g.H)
	return h0, max(h0, h1)
}

// Source is where offsets into the block's input count from: the first column of
// the first row that it reads.
func (b *Block) Source(g *im2col.Geometry) int {
	h0, _ := b.InputRows(g)
	return min(h0, g.H-1) * g.W * g.C
}

// The length of a sum between two visits to memory: at least minLinePixels,
// though the lines may then not fit the second-level cache, at most
// maxLinePixels.
const (
	minLinePixels = 256
	maxLinePixels = 2048
)

// Lines chooses how many output rows a gradient to the filter sums at a time,
// where each reads StrideH input rows of so many elements.
func Lines(g *im2col.Geometry, rowLen int) int {
	fit := float64(CacheShare/4) / (float64(g.StrideH)*float64(rowLen) + float64(g.OW)*float64(g.OC))
	return max(1, min(max(int(fit), minLinePixels/g.OW), maxLinePixels/g.OW))
}
