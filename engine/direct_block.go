package engine

import (
	"math"

	"github.com/unslide/unslide/im2col"
)

// blockGrid cuts the output pixels of a batch into blocks: a few images where
// they are small, else a rectangle of one image, whole rows where they fit.
type blockGrid struct {
	target int // output pixels per block, about
	images int // per block
	bh, bw int // rows and columns per block, at most
	down   int // blocks per image, one below the other
	across int // and side by side
}

const (
	blockTiles    = 16 // tiles of pixels in a block, about
	minBlockTiles = 4
	maxTable      = 1 << 20 // entries of one offset table
)

// cutBlocks chooses blocks of about 16 tiles of pixels, fewer where so many
// elements of the source for each would not fit half of the second-level cache,
// and where a tile of a panel is a part's work and there are few of them.
func (r *direct) cutBlocks(read int) blockGrid {
	g, mr := &r.g, r.tile().MR
	tiles := min(max(cacheShare/4/read/mr, minBlockTiles), blockTiles)
	if r.deep() {
		tiles = min(tiles, max(1, g.Rows()*r.units()/mr/enoughParts))
	}
	return cutGrid(g, tiles*mr)
}

// cutGrid cuts blocks of about target pixels.
func cutGrid(g *im2col.Geometry, target int) blockGrid {
	b := blockGrid{target: target, images: max(1, target/g.Rows()), bh: g.OH, bw: g.OW, down: 1, across: 1}
	b.images = min(b.images, max(1, math.MaxInt32/max(g.InputLen(), g.OutputLen())))
	if g.Rows() > target {
		b.across = ceilDiv(g.OW, target)
		b.bw = ceilDiv(g.OW, b.across)
		b.across = ceilDiv(g.OW, b.bw)
		b.down = ceilDiv(g.OH, max(1, target/b.bw))
		b.bh = ceilDiv(g.OH, b.down)
		b.down = ceilDiv(g.OH, b.bh)
	}
	return b
}

// rows returns how many output pixels a block has at most.
func (b *blockGrid) rows() int { return b.images * b.bh * b.bw }

// blocks returns how many blocks n images make.
func (b *blockGrid) blocks(n int) int { return ceilDiv(n, b.images) * b.down * b.across }

// A block is bh rows of bw output pixels, from (oh, ow) on, of one image or,
// where that is all of it, of several.
type block struct {
	image, images  int
	oh, ow, bh, bw int
	table          int
}

// block returns block i of n images.
func (b *blockGrid) block(g *im2col.Geometry, i, n int) block {
	each := b.down * b.across
	at := i % each
	image := i / each * b.images
	oh, ow := at/b.across*b.bh, at%b.across*b.bw
	return block{
		image: image, images: min(b.images, n-image),
		oh: oh, ow: ow, bh: min(b.bh, g.OH-oh), bw: min(b.bw, g.OW-ow),
		table: at,
	}
}

// window is where block b's patches begin: the first input row, which lies
// above the image where it is negative, and the first column.
func (b *block) window(g *im2col.Geometry) (h, w int) {
	return b.oh*g.StrideH - g.PadTop, b.ow*g.StrideW - g.PadLeft
}

// inputRows returns the input rows [h0, h1) that lie in the image and in the
// block's patches; h0 == h1 where there is none.
func (b *block) inputRows(g *im2col.Geometry) (h0, h1 int) {
	h, _ := b.window(g)
	h0 = min(max(h, 0), g.H)
	h1 = min(h+(b.bh-1)*g.StrideH+(g.KH-1)*g.DilationH+1, g.H)
	return h0, max(h0, h1)
}

// source is where the offsets of the block's table count from: the first
// column of the first row that it reads.
func (b *block) source(g *im2col.Geometry) int {
	h0, _ := b.inputRows(g)
	return min(h0, g.H-1) * g.W * g.C
}
