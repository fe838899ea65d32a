package engine

import (
	"math"
	"math/bits"

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

// makeTables makes the tables of all blocks of an image and reports whether
// the offsets fit.
func (r *direct) makeTables() bool {
	g := &r.g
	known := map[tableKey]blockTable{}
	total := 0
	for i := range r.grid.down * r.grid.across {
		b := r.grid.block(g, i, r.grid.images)
		h0, h1 := b.inputRows(g)
		h, _ := b.window(g)
		key := tableKey{h0 - h, h1 - h0, b.ow, b.bh, b.bw}
		if r.stripped {
			key.ow = 0
		}
		table, ok := known[key]
		if !ok {
			if total += r.taps * b.bh * b.bw * b.images; total > 4*maxTable {
				return false
			}
			if table, ok = r.makeTable(b); !ok {
				return false
			}
			known[key] = table
		}
		r.tables = append(r.tables, table)
	}
	return true
}

func (r *direct) makeTable(b block) (blockTable, bool) {
	g := r.blockGeometry(b)
	imageLen := r.g.InputLen()
	if r.stripLen() > 0 {
		imageLen = r.grid.stripRows(&r.g, b.bh) * r.stripWidth()
	}
	if (b.images-1)*imageLen+g.InputLen() > math.MaxInt32 ||
		(b.images-1)*r.imageStep+b.bh*r.rowStep+b.bw*r.colStep > math.MaxInt32 {
		return nil, false
	}
	pixels := make([]int, g.Rows()*g.Taps())
	im2col.Indirect(pixels, &g, im2col.Block{Row1: g.Rows(), Tap1: g.Taps()})
	var t blockTable
	for images := 1; ; images *= 2 {
		images = min(images, b.images)
		t = append(t, r.offsets(&g, pixels, images, imageLen))
		if images == b.images {
			return t, true
		}
	}
}

// blockGeometry is a block by itself: an image of the input rows that it reads,
// or of its strip, where the columns are all there. A kernel row that is one tap
// is known by its first column.
func (r *direct) blockGeometry(b block) im2col.Geometry {
	g := r.g
	h, w := b.window(&g)
	h0, h1 := b.inputRows(&g)
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
	g.PadTop, g.PadLeft, g.OH, g.OW, g.H = h0-h, -w, b.bh, b.bw, h1-h0
	return g
}

// offsets orders the pixels of a block of some images, of which pixels has the
// offsets in one image.
func (r *direct) offsets(g *im2col.Geometry, pixels []int, images, imageLen int) offsetTable {
	taps := g.Taps()
	t := offsetTable{rows: images * g.Rows()}
	t.src, t.dst = make([]int32, taps*t.rows), make([]int32, t.rows)
	row := 0
	for _, some := range r.segmentPixels(g, images) {
		s := segment{first: row, each: len(some), inside: true}
		for image := range images {
			for _, pixel := range some {
				for tap, offset := range pixels[pixel*taps:][:taps] {
					if offset != im2col.Outside {
						offset += image * imageLen
					} else {
						s.inside = false
					}
					t.src[tap*t.rows+row] = int32(offset)
				}
				t.dst[row] = int32(image*r.imageStep + pixel/g.OW*r.rowStep + pixel%g.OW*r.colStep)
				row++
			}
		}
		t.segments = append(t.segments, s)
	}
	return t
}
