package direct

import (
	"github.com/unslide/unslide/engine/internal/conv"
	"github.com/unslide/unslide/engine/internal/cut"
	"github.com/unslide/unslide/im2col"
)

// makeTables makes the tables of all blocks of an image, and reports whether they
// are in proportion to the caller's tensors. The grid may become finer for that.
func (r *product) makeTables() (ok bool) {
	l := conv.Layout{
		Product: &r.Product, Taps: r.taps, Least: r.tile().MR,
		Alone: r.alone, SourceLen: r.sourceLen, Key: r.key, Segments: r.segmentPixels,
	}
	r.tables, r.grid, ok = l.Tables(r.grid)
	return ok
}

// key returns what the table of block b depends on.
func (r *product) key(b cut.Block) conv.TableKey {
	k := conv.KeyOf(&r.G, b)
	if r.stripped {
		k.OW = 0
	}
	return k
}

// sourceLen is how far images lie apart where block b reads them.
func (r *product) sourceLen(b cut.Block) int {
	if r.stripLen() > 0 {
		return r.grid.InputRows(&r.G, b.BH) * r.stripWidth()
	}
	return r.G.InputLen()
}

// alone is a block by itself: an image of the input rows that it reads, or of its
// strip, where the columns are all there. A kernel row that is one tap is known by
// its first column.
func (r *product) alone(b cut.Block) im2col.Geometry {
	g := conv.Alone(r.G, b)
	if r.stripped {
		g.PadLeft = 0
		g.W, g.C, g.OC, g.Groups = r.stripWidth()/g.GroupC(), g.GroupC(), g.GroupOC(), 1
	}
	if r.merged {
		g.KW = 1
	}
	if r.spread != nil {
		g.C, g.OC, g.Groups = r.spread.pixel, g.GroupOC(), 1
	}
	return g
}
