package engine

import (
	"math"
	"math/bits"

	"github.com/unslide/unslide/engine/internal/cut"
	"github.com/unslide/unslide/im2col"
)

// blockTable holds the offsets that the kernel takes for the pixels of a block.
// Blocks inside an image have the same one; those at its borders differ. Blocks
// of fewer images than others, as the last of a batch, have one of their own:
// table k is for up to 2ᵏ images.
type blockTable []offsetTable

// of returns the table for a number of images.
func (t blockTable) of(images int) *offsetTable { return &t[bits.Len(uint(images-1))] }

// offsetTable holds offsets of the source, [tap][row], and of the destination,
// [row], a row for every pixel of every image. The rows are in segments, with
// all images of a segment, one after the other, before those of the next.
type offsetTable struct {
	rows     int
	src, dst []int32
	segments []segment
}

// tableKey is what a block's table depends on.
type tableKey struct {
	padTop, inputRows, ow, bh, bw int
}

// key returns what the table of block b depends on. Blocks that read nothing
// have the same one.
func (r *direct) key(b cut.Block) tableKey {
	h0, h1 := b.InputRows(&r.g)
	h, _ := b.Window(&r.g)
	k := tableKey{h0 - h, h1 - h0, b.OW, b.BH, b.BW}
	if r.stripped || h0 == h1 {
		k.ow = 0
	}
	if h0 == h1 {
		k.padTop = 0
	}
	return k
}

// freeEntries is how many entries the tables of a pass may have beyond the
// elements of the tensors of one image. Those of the layers of the measured
// networks have fewer entries than there are elements.
const freeEntries = 1 << 17

// makeTables makes the tables of all blocks of an image, of smaller blocks where
// the tables would be large beside the caller's tensors, and reports whether
// they are not and their offsets fit.
func (r *direct) makeTables() bool {
	for !r.tablesFit() {
		if r.grid.Target <= min(r.tile().MR, r.g.Rows()) {
			return false
		}
		r.grid = cut.NewGrid(&r.g, r.grid.Target/2)
	}
	known := map[tableKey]blockTable{}
	r.tables = make([]blockTable, r.grid.Down*r.grid.Across)
	for i := range r.tables {
		b := r.grid.Block(&r.g, i, r.grid.Images)
		key := r.key(b)
		if known[key] == nil {
			known[key] = r.makeTable(b)
		}
		r.tables[i] = known[key]
	}
	return true
}

func (r *direct) tablesFit() bool {
	g := &r.g
	limit := (freeEntries+g.InputLen())/r.phases + g.OutputLen() + g.FilterLen()
	known := map[tableKey]bool{}
	for i := range r.grid.Down * r.grid.Across {
		b := r.grid.Block(g, i, r.grid.Images)
		if key := r.key(b); !known[key] {
			known[key] = true
			for images := 1; images < 2*b.Images; images *= 2 {
				limit -= r.taps * b.BH * b.BW * min(images, b.Images)
			}
			if limit < 0 || !r.offsetsFit(b) {
				return false
			}
		}
	}
	return true
}

// sourceLen is how far images lie apart where block b reads them.
func (r *direct) sourceLen(b cut.Block) int {
	if r.stripLen() > 0 {
		return r.grid.InputRows(&r.g, b.BH) * r.stripWidth()
	}
	return r.g.InputLen()
}

func (r *direct) offsetsFit(b cut.Block) bool {
	g := r.blockGeometry(b)
	return (b.Images-1)*r.sourceLen(b)+g.InputLen() <= math.MaxInt32 &&
		(b.Images-1)*r.imageStep+b.BH*r.rowStep+b.BW*r.colStep <= math.MaxInt32
}

func (r *direct) makeTable(b cut.Block) (t blockTable) {
	g := r.blockGeometry(b)
	for images := 1; images < 2*b.Images; images *= 2 {
		t = append(t, r.offsets(&g, min(images, b.Images), r.sourceLen(b)))
	}
	return t
}

// blockGeometry is a block by itself: an image of the input rows that it reads,
// or of its strip, where the columns are all there. A kernel row that is one tap
// is known by its first column.
func (r *direct) blockGeometry(b cut.Block) im2col.Geometry {
	g := r.g
	h, w := b.Window(&g)
	h0, h1 := b.InputRows(&g)
	if r.stripped {
		w = 0
		g.W, g.C, g.OC, g.Groups = r.stripWidth()/g.GroupC(), g.GroupC(), g.GroupOC(), 1
	}
	if r.merged {
		g.KW = 1
	}
	if r.spread != nil {
		g.C, g.OC, g.Groups = r.spread.pixel, g.GroupOC(), 1
	}
	g.PadTop, g.PadLeft, g.OH, g.OW, g.H = h0-h, -w, b.BH, b.BW, h1-h0
	return g
}

// offsets orders the pixels of a block, g by itself, of some images.
func (r *direct) offsets(g *im2col.Geometry, images, imageLen int) offsetTable {
	taps := make([]int, g.Taps())
	t := offsetTable{rows: images * g.Rows()}
	t.src, t.dst = make([]int32, len(taps)*t.rows), make([]int32, t.rows)
	first := 0
	for _, pixels := range r.segmentPixels(g, images) {
		s := segment{first: first, each: len(pixels), inside: true}
		for i, pixel := range pixels {
			im2col.Indirect(taps, g, im2col.Block{Row0: pixel, Row1: pixel + 1, Tap1: len(taps)})
			for image := range images {
				row := first + image*len(pixels) + i
				for tap, offset := range taps {
					if offset != im2col.Outside {
						offset += image * imageLen
					} else {
						s.inside = false
					}
					t.src[tap*t.rows+row] = int32(offset)
				}
				t.dst[row] = int32(image*r.imageStep + pixel/g.OW*r.rowStep + pixel%g.OW*r.colStep)
			}
		}
		t.segments = append(t.segments, s)
		first += images * len(pixels)
	}
	return t
}
