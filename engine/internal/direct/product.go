package direct

import (
	"fmt"

	"github.com/unslide/unslide/engine/internal/conv"
	"github.com/unslide/unslide/engine/internal/cut"
	"github.com/unslide/unslide/engine/internal/kernel"
)

// product computes a product by the register-tile kernels of package kernel,
// which read the patches in place through offset tables: no patch matrix.
//
//	for each block of output pixels            about L2/2 of the source
//	    for each group, each panel of filters  as wide as the tile
//	        for each chunk of the depth        about L2/4 of the panel
//	            for each segment of the pixels, alike in their padding
//	                kernel: tiles of pixels × panel, all of the chunk
//
// A tile meets every row of its panel once, so the panel streams from the
// second-level cache; bias goes in before the first chunk, the activation on
// after the last. Every output is one chain of multiply-adds in the order of
// the kernel elements and channels, so its bits do not depend on these cuts.
//
// With few channels a kernel element is too little work for a turn of the
// kernel's inner loop. Then a kernel row, whose elements lie one after the other,
// is one tap as deep as the kernel is wide. Where columns are padded a block's
// input rows are copied to a strip for that, with the padding as zeros.
type product struct {
	conv.Product
	ops      *conv.Ops[float32]
	act      kernel.Activation
	set      *kernel.Set
	merged   bool    // taps are kernel rows
	stripped bool    // read from a strip, with zeros for the padding columns
	spread   *spread // pixels are read from a strip, further apart; else nil
	taps     int     // as the kernel sees them
	depth    int
	panels   []panel // of one group
	packed   int     // elements of all packed panels of one group
	grid     cut.Grid
	tables   []conv.Table
	zero     []float32
}

// NewProduct returns the runner of a product, nil where the offset tables would be
// large beside the caller's tensors.
func NewProduct(p conv.Product, c conv.Config[float32]) conv.Runner[float32] {
	if r := newProduct(p, c); r != nil {
		return r
	}
	return nil
}

func newProduct(p conv.Product, c conv.Config[float32]) *product {
	g := &p.G
	r := &product{Product: p, ops: c.Ops, act: c.Activation, set: c.Set, taps: g.Taps(), depth: g.GroupC()}
	// With many channels merging taps is not worth copying to a strip: the kernel's
	// time for turning to the next pixel is hidden behind some 16 steps of
	// multiply-adds.
	if g.KW > 1 && g.DilationW == 1 && g.GroupC() < conv.Narrow {
		r.merge()
	}
	if !r.merged {
		r.cut()
		r.spreadOut()
	}
	if !r.makeTables() {
		return nil
	}
	r.zero = make([]float32, r.depth)
	return r
}

// ForPacked returns the runner of the same product with a filter that outlives a
// call, which reads the same tables.
func (r *product) ForPacked() conv.Runner[float32] {
	packed := *r
	packed.Prepacked = true
	return &packed
}

// merge takes kernel rows as taps, unless that needs too large a strip.
func (r *product) merge() {
	g := &r.G
	r.merged, r.taps, r.depth = true, g.KH, g.KW*g.GroupC()
	r.stripped = g.Groups > 1 || g.PadLeft > 0 || g.PadRight() > 0
	r.cut()
	if r.stripped && !r.stripFits() {
		r.merged, r.stripped, r.taps, r.depth = false, false, g.Taps(), g.GroupC()
	}
}

// cut cuts the filters into panels and the pixels into blocks.
func (r *product) cut() {
	g := &r.G
	r.panels, r.packed = cutPanels(r.set, g.GroupOC(), r.taps*r.depth)
	r.grid = r.cutBlocks(g.C)
}

// tile is the kernel of the first panel, the widest.
func (r *product) tile() kernel.Tile { return r.panels[0].tile }

func (r *product) String() string {
	s := fmt.Sprintf("direct %v in blocks of %d rows", r.tile(), r.grid.Rows())
	if r.merged {
		s += fmt.Sprintf(", %d kernel rows × %d", r.taps, r.depth)
	}
	if r.stripLen() > 0 {
		s += ", copied to a strip"
	}
	return s
}

// units are the panels of all groups.
func (r *product) units() int {
	return r.G.Groups * len(r.panels)
}

// leastParts is how many parts a call's work is cut into at least, by panels
// if the blocks do not suffice, where a part is long enough.
const (
	leastParts    = 64
	leastPartFLOP = 1e6
)

// unitSplit returns into how many runs of units the work on a block is cut.
func (r *product) unitSplit(n int) int {
	blocks, flop := r.grid.Blocks(n), float64(n)*r.G.FLOP()
	split := min(cut.Ceil(leastParts, blocks), r.units(), int(flop/leastPartFLOP)/blocks)
	return max(split, 1)
}

func (r *product) Parts(n int) int {
	if n == 0 {
		return 0
	}
	items := r.grid.Blocks(n) * r.unitSplit(n)
	return max(1, min(items, int(float64(n)*r.G.FLOP()/cut.MinPartFLOP)))
}

// Scratch is a strip with its note and a chunk of a panel.
func (r *product) Scratch() int { return r.noteLen() + r.stripLen() + r.chunkLen() }

func (r *product) Compute(part, n int, dst, src, filter, bias, scratch []float32) {
	split := r.unitSplit(n)
	lo, hi := cut.Range(part, r.Parts(n), r.grid.Blocks(n)*split)
	for item := lo; item < hi; item++ {
		u0, u1 := cut.Range(item%split, split, r.units())
		r.block(item/split, n, u0, u1, dst, src, filter, bias, scratch)
	}
}

// block computes units [u0, u1) of a block.
func (r *product) block(number, n, u0, u1 int, dst, src, filter, bias, scratch []float32) {
	g := &r.G
	b := r.grid.Block(g, number, n)
	table, rows := r.tables[b.At].Of(b.Images), b.Images*b.BH*b.BW
	image := src[b.Image*r.imageLen():]
	dst = dst[b.Image*r.ImageStep+r.Offset+b.OH*r.RowStep+b.OW*r.ColStep:]
	chunk := scratch[r.noteLen()+r.stripLen():]
	group := -1
	for unit := u0; unit < u1; unit++ {
		cold := false
		panel := &r.panels[unit%len(r.panels)]
		if unit/len(r.panels) != group {
			group = unit / len(r.panels)
			if r.stripLen() > 0 {
				src = r.strip(scratch, image, b, number, group)
			} else {
				src, cold = image[b.Source(g)+group*g.GroupC():], true
			}
		}
		oc := group*g.GroupOC() + panel.first
		a := kernel.ConvArgs{
			Dst: dst[oc:], Src: src, Zero: r.zero,
			Cols: panel.cols, TapStride: table.Rows, Cold: cold,
		}
		if bias != nil {
			a.Bias = bias[oc:]
		}
		r.chunks(&a, panel, group, table, b.Images, filter, chunk, r.packing(n))
		if r.act > kernel.ReLU {
			r.ops.BiasAct(dst[oc:], g.OC, rows, panel.cols, nil, r.act)
		}
	}
}

// chunks runs the kernel over the taps and their depth, a chunk at a time, and
// over the segments of the table.
func (r *product) chunks(a *kernel.ConvArgs, p *panel, group int, table *conv.Offsets, images int, filter, chunk []float32, how packing) {
	src := a.Src
	tapStep, depthStep := r.steps(p)
	inPlace := r.rowsInPlace(p, group) // of those from the chunk's first on
	for t, c := 0, 0; t < r.taps; {
		a.Taps, a.Depth = min(tapStep, r.taps-t), min(depthStep, r.depth-c)
		how := how
		if how == notPacked && inPlace < a.Taps*a.Depth {
			switch {
			case inPlace >= r.depth:
				a.Taps = inPlace / r.depth
			case inPlace > 0 && a.Taps == 1 && !r.merged:
				a.Depth = inPlace
			default:
				how = packedByWorker
			}
		}
		a.Src = src[c:]
		switch how {
		case packedByCall:
			a.Filter, a.FilterStride = filter[group*r.packed+p.offset+(t*r.depth+c)*p.tile.NR:], p.tile.NR
		case packedByWorker:
			r.pack(chunk, filter, group, p, t, t+a.Taps, c, c+a.Depth)
			a.Filter, a.FilterStride = chunk, p.tile.NR
		case notPacked, turnedByCall:
			a.Filter, a.FilterStride = filter[(t*r.depth+c)*r.G.OC+group*r.G.GroupOC()+p.first:], r.G.OC
		}
		a.ReLU = r.act == kernel.ReLU && t+a.Taps == r.taps && c+a.Depth == r.depth
		for _, s := range table.Segments {
			a.SrcOffsets, a.DstOffsets = table.Src[t*table.Rows+s.First:], table.Dst[s.First:]
			a.Rows, a.Inside = images*s.Each, s.Inside
			p.tile.Conv(a)
		}
		a.Accumulate = true
		inPlace -= a.Taps * a.Depth
		if c += a.Depth; c == r.depth {
			t, c = t+a.Taps, 0
		}
	}
}
