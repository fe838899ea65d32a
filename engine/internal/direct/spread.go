package direct

import (
	"github.com/unslide/unslide/engine/internal/cut"
	"github.com/unslide/unslide/im2col"
)

// A cache finds a line's set by the low bits of its address, so the pixels of a
// tile that lie whole pages apart fall on one set, which has fewer ways than the
// tile has rows, and every pixel's line is gone before its next element is read:
// a fifth slower on Zen 4. There the pixels are copied to a strip and read from
// it, an odd number of lines apart. That costs some 2 % of a 1×1 layer.
type spread struct {
	pixel      int // elements from one pixel of a strip to the next
	rows, cols lattice
	source     im2col.Geometry // before the rows and columns in between were left out
}

// First-level caches of 32 and 48 KiB with 64 sets of lines of 64 bytes.
const (
	cachePage = 64 * 64 / 4 // elements
	cacheWays = 8
)

// spreadOut sees to it that pixels are read from a strip where that pays and the
// strip fits in the worker's share of the second-level cache.
func (r *product) spreadOut() {
	g := &r.G
	if r.tile().MR <= cacheWays || g.StrideW*g.C%cachePage != 0 {
		return
	}
	old, grid := r.Product, r.grid
	s := &spread{pixel: cut.OddLines(g.GroupC()), source: *g}
	// The strip leaves out rows and columns that no 1 wide kernel meets.
	rows, cols := g.Vertical(), g.Horizontal()
	rows, s.rows = withoutGaps(rows)
	cols, s.cols = withoutGaps(cols)
	*g = g.WithVertical(rows).WithHorizontal(cols)
	read := g.C * min(g.StrideH, g.KH) * min(g.StrideW, g.KW)
	r.spread, r.grid = s, r.cutBlocks(read)
	if r.grid.Across > 1 || 4*r.stripLen() > cut.CacheShare*3/2 {
		r.Product, r.grid, r.spread = old, grid, nil
	}
}

// lattice is the elements first, first+step, … of an axis.
type lattice struct{ first, step int }

// withoutGaps returns an axis with the elements alone that a kernel of one
// element meets, and which those are.
func withoutGaps(a im2col.Axis) (im2col.Axis, lattice) {
	outside := max(0, cut.Ceil(a.Pad, a.Stride)) // outputs before the image
	l := lattice{a.Start(outside), a.Stride}
	if a.Kernel > 1 || l.first >= a.Size {
		return a, lattice{0, 1}
	}
	a.Size, a.Stride, a.Pad = cut.Ceil(a.Size-l.first, a.Stride), 1, outside
	return a, l
}

// imageLen is the length of an image of the source.
func (r *product) imageLen() int {
	if r.spread != nil {
		return r.spread.source.InputLen()
	}
	return r.G.InputLen()
}

// fillSpread copies one group's channels of the input rows that a block reads:
//
//	strip[image][row][w][c] = image[h0+row][w][group·GroupC + c]
//
// where h and w count the rows and columns of the strip's geometry.
func (r *product) fillSpread(strip, image []float32, b cut.Block, group int) {
	g, s := &r.G, r.spread
	imageLen := r.grid.InputRows(g, b.BH) * r.stripWidth()
	h0, h1 := b.InputRows(g)
	for i := range b.Images {
		to := strip[i*imageLen:]
		for h := h0; h < h1; h++ {
			row := i*s.source.H + s.rows.first + h*s.rows.step
			from := image[(row*s.source.W+s.cols.first)*s.source.C+group*g.GroupC():]
			for w := range g.W {
				copy(to[w*s.pixel:][:g.GroupC()], from[w*s.cols.step*s.source.C:])
			}
			to = to[r.stripWidth():]
		}
	}
}
