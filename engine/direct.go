package engine

import (
	"fmt"

	"github.com/unslide/unslide/engine/internal/cut"
	"github.com/unslide/unslide/engine/internal/kernel"
)

// direct computes a product by the register-tile kernels of package kernel,
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
type direct struct {
	product
	ops       *ops[float32]
	act       Activation
	set       *kernel.Set
	merged    bool    // taps are kernel rows
	stripped  bool    // read from a strip, with zeros for the padding columns
	spread    *spread // pixels are read from a strip, further apart; else nil
	depthwise bool    // every channel has one filter of its own: depthwise
	taps      int     // as the kernel sees them
	depth     int
	panels    []panel // of one group
	packed    int     // elements of all packed panels of one group
	grid      cut.Grid
	tables    []blockTable
	zero      []float32
}

// mergeChannels is the number of channels from which on merging taps is not worth
// copying to a strip: the kernel's time for turning to the next pixel is hidden
// behind some 16 steps of multiply-adds.
const mergeChannels = 16

// directRunner returns the runner of a product, nil for one that direct does not
// compute.
func directRunner[T Float](p product, o options, v *ops[T]) runner[T] {
	if v, ok := any(v).(*ops[float32]); ok {
		if d := newDirect(p, o, v); d != nil {
			return any(d).(runner[T])
		}
		if g := &p.g; p.transposed == nil && g.Groups > 1 && g.GroupC() == 1 && g.GroupOC() == 1 {
			return any(newDepthwiseForward(g, o, v)).(runner[T])
		}
	}
	return nil
}

// newDirect returns nil where the offset tables would be large beside the
// caller's tensors.
func newDirect(p product, o options, ops *ops[float32]) *direct {
	g := &p.g
	r := &direct{product: p, ops: ops, act: o.activation, set: o.set, taps: g.Taps(), depth: g.GroupC()}
	if p.transposed != nil {
		r.act = None
	}
	r.depthwise = g.Groups > 1 && g.GroupC() == 1 && g.GroupOC() == 1
	if !r.depthwise && g.KW > 1 && g.DilationW == 1 && g.GroupC() < mergeChannels {
		r.merge()
	}
	if !r.merged {
		r.cut()
	}
	if !r.merged && !r.depthwise {
		r.spreadOut()
	}
	if !r.makeTables() {
		return nil
	}
	r.zero = make([]float32, r.depth)
	if r.depthwise {
		r.zero = make([]float32, g.C)
	}
	return r
}

// merge takes kernel rows as taps, unless that needs too large a strip.
func (r *direct) merge() {
	g := &r.g
	r.merged, r.taps, r.depth = true, g.KH, g.KW*g.GroupC()
	r.stripped = g.Groups > 1 || g.PadLeft > 0 || g.PadRight() > 0
	r.cut()
	if r.stripped && !r.stripFits() {
		r.merged, r.stripped, r.taps, r.depth = false, false, g.Taps(), g.GroupC()
	}
}

// cut cuts the filters into panels and the pixels into blocks.
func (r *direct) cut() {
	g := &r.g
	r.panels, r.packed = cutPanels(r.set, g.GroupOC(), r.taps*r.depth)
	if r.depthwise {
		r.panels, r.packed = []panel{{tile: r.set.TileFor(g.OC), cols: g.OC}}, r.taps*g.OC
	}
	r.grid = r.cutBlocks(g.C)
}

// tile is the kernel of the first panel, the widest.
func (r *direct) tile() kernel.Tile { return r.panels[0].tile }

func (r *direct) String() string {
	if r.depthwise {
		return fmt.Sprintf("direct depthwise %v in blocks of %d rows", r.set, r.grid.Rows())
	}
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
func (r *direct) units() int {
	if r.depthwise {
		return 1
	}
	return r.g.Groups * len(r.panels)
}

// directParts is how many parts a call's work is cut into at least, by panels
// if the blocks do not suffice, where a part is long enough.
const (
	directParts    = 64
	directPartFLOP = 1e6
)

// unitSplit returns into how many runs of units the work on a block is cut.
func (r *direct) unitSplit(n int) int {
	blocks, flop := r.grid.Blocks(n), float64(n)*r.g.FLOP()
	split := min(cut.Ceil(directParts, blocks), r.units(), int(flop/directPartFLOP)/blocks)
	return max(split, 1)
}

func (r *direct) parts(n int) int {
	if n == 0 {
		return 0
	}
	items := r.grid.Blocks(n) * r.unitSplit(n)
	return max(1, min(items, int(float64(n)*r.g.FLOP()/cut.MinPartFLOP)))
}

// scratch is a strip with its note and a chunk of a panel.
func (r *direct) scratch() int { return r.noteLen() + r.stripLen() + r.chunkLen() }

func (r *direct) compute(part, n int, dst, src, filter, bias, scratch []float32) {
	split := r.unitSplit(n)
	lo, hi := cut.Range(part, r.parts(n), r.grid.Blocks(n)*split)
	for item := lo; item < hi; item++ {
		u0, u1 := cut.Range(item%split, split, r.units())
		r.block(item/split, n, u0, u1, dst, src, filter, bias, scratch)
	}
}

// block computes units [u0, u1) of a block.
func (r *direct) block(number, n, u0, u1 int, dst, src, filter, bias, scratch []float32) {
	g := &r.g
	b := r.grid.Block(g, number, n)
	table, rows := r.tables[b.At].of(b.Images), b.Images*b.BH*b.BW
	image := src[b.Image*r.imageLen():]
	dst = dst[b.Image*r.imageStep+r.offset+b.OH*r.rowStep+b.OW*r.colStep:]
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
			Cols: panel.cols, TapStride: table.rows, Cold: cold,
		}
		if bias != nil {
			a.Bias = bias[oc:]
		}
		if r.depthwise {
			a.SrcOffsets, a.DstOffsets, a.Rows = table.src, table.dst, rows
			a.Taps, a.Filter, a.FilterStride = r.taps, filter, g.OC
			a.ReLU = r.act == ReLU
			r.set.Depthwise(&a)
		} else {
			r.chunks(&a, panel, group, table, b.Images, filter, chunk, r.packing(n))
		}
		if r.act == Sigmoid || r.act == Tanh {
			r.ops.BiasAct(dst[oc:], g.OC, rows, panel.cols, nil, kernel.Activation(r.act))
		}
	}
}

// chunks runs the kernel over the taps and their depth, a chunk at a time, and
// over the segments of the table.
func (r *direct) chunks(a *kernel.ConvArgs, p *panel, group int, table *offsetTable, images int, filter, chunk []float32, how packing) {
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
			a.Filter, a.FilterStride = filter[(t*r.depth+c)*r.g.OC+group*r.g.GroupOC()+p.first:], r.g.OC
		}
		a.ReLU = r.act == ReLU && t+a.Taps == r.taps && c+a.Depth == r.depth
		for _, s := range table.segments {
			a.SrcOffsets, a.DstOffsets = table.src[t*table.rows+s.first:], table.dst[s.first:]
			a.Rows, a.Inside = images*s.each, s.inside
			p.tile.Conv(a)
		}
		a.Accumulate = true
		inPlace -= a.Taps * a.Depth
		if c += a.Depth; c == r.depth {
			t, c = t+a.Taps, 0
		}
	}
}
