package conv

import (
	"math"
	"math/bits"

	"github.com/unslide/unslide/engine/internal/cut"
	"github.com/unslide/unslide/im2col"
)

// Table holds the offsets that a kernel takes which reads the pixels of a block in
// place. Blocks inside an image have the same one; those at its borders differ.
// Blocks of fewer images than others, as the last of a batch, have one of their
// own: table k is for up to 2ᵏ images.
type Table []Offsets

// Of returns the table for a number of images.
func (t Table) Of(images int) *Offsets { return &t[bits.Len(uint(images-1))] }

// Offsets holds offsets of the source, [tap][row], and of the destination,
// [row], a row for every pixel of every image. The rows are in segments, with
// all images of a segment, one after the other, before those of the next.
type Offsets struct {
	Rows     int
	Src, Dst []int32
	Segments []Segment
}

// A Segment is a run of a table's rows: some pixels of each image.
type Segment struct {
	First, Each int
	Inside      bool // no padding
}

// A Layout says how an algorithm reads the blocks of a product.
type Layout struct {
	Product *Product
	Taps    int // kernel elements as the kernel sees them
	Least   int // pixels of a block
	// Alone is a block by itself: an image of the input rows that it reads.
	Alone func(b cut.Block) im2col.Geometry
	// SourceLen is how far images lie apart where the block is read.
	SourceLen func(b cut.Block) int
	// Key is what the table of a block depends on.
	Key func(b cut.Block) TableKey
	// Segments returns the pixels of a block by itself, for so many images, in
	// segments.
	Segments func(g *im2col.Geometry, images int) [][]int
}

// TableKey is what a block's table depends on.
type TableKey struct{ PadTop, InputRows, OW, BH, BW int }

// KeyOf returns what the table of a block depends on that is read in place. Blocks
// that read nothing have the same one.
func KeyOf(g *im2col.Geometry, b cut.Block) TableKey {
	h0, h1 := b.InputRows(g)
	h, _ := b.Window(g)
	if h0 == h1 {
		return TableKey{BH: b.BH, BW: b.BW}
	}
	return TableKey{h0 - h, h1 - h0, b.OW, b.BH, b.BW}
}

// freeEntries is how many entries the tables of a pass may have beyond the
// elements of the tensors of one image. Those of the layers of the measured
// networks have fewer entries than there are elements.
const freeEntries = 1 << 17

// Tables makes the tables of all blocks of an image, of smaller blocks where the
// tables would be large beside the caller's tensors, and reports whether they are
// not and their offsets fit. It returns the blocks' grid.
func (l *Layout) Tables(grid cut.Grid) (tables []Table, of cut.Grid, ok bool) {
	g := &l.Product.G
	for !l.fit(&grid) {
		if grid.Target <= min(l.Least, g.Rows()) {
			return nil, grid, false
		}
		grid = cut.NewGrid(g, grid.Target/2)
	}
	known := map[TableKey]Table{}
	tables = make([]Table, grid.Down*grid.Across)
	for i := range tables {
		b := grid.Block(g, i, grid.Images)
		key := l.Key(b)
		if known[key] == nil {
			known[key] = l.table(b)
		}
		tables[i] = known[key]
	}
	return tables, grid, true
}

func (l *Layout) fit(grid *cut.Grid) bool {
	g := &l.Product.G
	limit := (freeEntries+g.InputLen())/l.Product.Phases + g.OutputLen() + g.FilterLen()
	known := map[TableKey]bool{}
	for i := range grid.Down * grid.Across {
		b := grid.Block(g, i, grid.Images)
		if key := l.Key(b); !known[key] {
			known[key] = true
			for images := 1; images < 2*b.Images; images *= 2 {
				limit -= l.Taps * b.BH * b.BW * min(images, b.Images)
			}
			if limit < 0 || !l.offsetsFit(b) {
				return false
			}
		}
	}
	return true
}

func (l *Layout) offsetsFit(b cut.Block) bool {
	p, g := l.Product, l.Alone(b)
	return (b.Images-1)*l.SourceLen(b)+g.InputLen() <= math.MaxInt32 &&
		(b.Images-1)*p.ImageStep+b.BH*p.RowStep+b.BW*p.ColStep <= math.MaxInt32
}

func (l *Layout) table(b cut.Block) (t Table) {
	g := l.Alone(b)
	for images := 1; images < 2*b.Images; images *= 2 {
		t = append(t, l.offsets(&g, min(images, b.Images), l.SourceLen(b)))
	}
	return t
}

// offsets orders the pixels of a block, g by itself, of some images.
func (l *Layout) offsets(g *im2col.Geometry, images, imageLen int) Offsets {
	p := l.Product
	taps := make([]int, g.Taps())
	t := Offsets{Rows: images * g.Rows()}
	t.Src, t.Dst = make([]int32, len(taps)*t.Rows), make([]int32, t.Rows)
	first := 0
	for _, pixels := range l.Segments(g, images) {
		s := Segment{First: first, Each: len(pixels), Inside: true}
		for i, pixel := range pixels {
			im2col.Indirect(taps, g, im2col.Block{Row0: pixel, Row1: pixel + 1, Tap1: len(taps)})
			for image := range images {
				row := first + image*len(pixels) + i
				for tap, offset := range taps {
					if offset != im2col.Outside {
						offset += image * imageLen
					} else {
						s.Inside = false
					}
					t.Src[tap*t.Rows+row] = int32(offset)
				}
				t.Dst[row] = int32(image*p.ImageStep + pixel/g.OW*p.RowStep + pixel%g.OW*p.ColStep)
			}
		}
		t.Segments = append(t.Segments, s)
		first += images * len(pixels)
	}
	return t
}

// Alone returns a block of g by itself: an image of the input rows that it reads.
func Alone(g im2col.Geometry, b cut.Block) im2col.Geometry {
	h, w := b.Window(&g)
	h0, h1 := b.InputRows(&g)
	g.PadTop, g.PadLeft, g.OH, g.OW, g.H = h0-h, -w, b.BH, b.BW, h1-h0
	return g
}
