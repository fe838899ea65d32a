package engine

import (
	"fmt"

	"github.com/unslide/unslide/engine/kernel"
	"github.com/unslide/unslide/im2col"
)

// direct computes a product by the register-tile kernels of package kernel,
// which read the patches in place through offset tables: no patch matrix.
//
//	for each block of output pixels            about L2/4 of the source
//	    for each group, each panel of filters  as wide as the tile
//	        for each chunk of the depth        about L2/4 of the panel
//	            kernel: tiles of pixels × panel, all of the chunk
//
// A tile meets every row of its panel once, so the panel streams from the
// second-level cache; bias goes in before the first chunk, the activation on
// after the last. Every output is one chain of multiply-adds in the order of
// the kernel elements and channels, so its bits do not depend on these cuts.
//
// With few channels a kernel element is too little work for a turn of the
// kernel's inner loop. Then a block's input rows are copied to a strip, with
// the padding columns as zeros, in which the elements of a kernel row lie one
// after the other: one tap as deep as the kernel is wide.
type direct struct {
	product
	ops    *ops[float32]
	act    Activation
	isa    kernel.ISA
	merged bool // taps are kernel rows, read from a strip
	taps   int  // as the kernel sees them
	depth  int
	panels []panel // of one group
	packed int     // elements of all packed panels of one group
	grid   blockGrid
	tables []blockTable
	zero   []float32
}

// mergeChannels is the number of channels from which on copying to a strip is
// not worth while: the kernel's time for turning to the next pixel is hidden
// behind some 16 steps of multiply-adds.
const mergeChannels = 16

// directRunner returns the runner of a product, nil for one that direct does not
// compute.
func directRunner[T Float](p product, o options, v *ops[T]) runner[T] {
	if v, ok := any(v).(*ops[float32]); ok {
		if d := newDirect(p, o, v); d != nil {
			return any(d).(runner[T])
		}
	}
	return nil
}

// newDirect returns nil where the offset tables would be absurdly large.
func newDirect(p product, o options, ops *ops[float32]) *direct {
	g := &p.g
	r := &direct{product: p, ops: ops, act: o.activation, isa: o.isa, taps: g.Taps(), depth: g.GroupC()}
	if p.transposed != nil {
		r.act = None
	}
	if g.KW > 1 && g.DilationW == 1 && g.GroupC() < mergeChannels {
		r.merged, r.taps, r.depth = true, g.KH, g.KW*g.GroupC()
	}
	r.panels, r.packed = cutPanels(o.isa, g.GroupOC(), r.taps*r.depth)
	r.grid = newBlockGrid(g, r.tile().MR)
	if r.taps > maxTable/r.grid.rows() || !r.makeTables() {
		return nil
	}
	r.zero = make([]float32, r.depth)
	return r
}

// tile is the kernel of the first panel, the widest.
func (r *direct) tile() kernel.Tile { return r.panels[0].tile }

func (r *direct) String() string {
	s := fmt.Sprintf("direct %v in blocks of %d rows", r.tile(), r.grid.rows())
	if r.merged {
		s += fmt.Sprintf(", %d kernel rows × %d", r.taps, r.depth)
	}
	return s
}

// units are the panels of all groups.
func (r *direct) units() int { return r.g.Groups * len(r.panels) }

// directParts is how many parts a call's work is cut into at least, by panels
// if the blocks do not suffice, where a part is long enough.
const (
	directParts     = 64
	directPartFLOP  = 1e6
	directBlockFLOP = 250e3 // what waking a worker costs
)

// unitSplit returns into how many runs of units the work on a block is cut.
func (r *direct) unitSplit(n int) int {
	blocks, flop := r.grid.blocks(n), float64(n)*r.g.FLOP()
	split := min(ceilDiv(directParts, blocks), r.units(), int(flop/directPartFLOP)/blocks)
	return max(split, 1)
}

func (r *direct) parts(n int) int {
	if n == 0 {
		return 0
	}
	items := r.grid.blocks(n) * r.unitSplit(n)
	return max(1, min(items, int(float64(n)*r.g.FLOP()/directBlockFLOP)))
}

func (r *direct) scratch() int {
	if !r.merged {
		return 0
	}
	return r.grid.images * r.grid.stripRows(&r.g, r.grid.bh) * r.grid.stripLen(&r.g)
}

func (r *direct) compute(part, n int, dst, src, filter, bias, scratch []float32) {
	split := r.unitSplit(n)
	lo, hi := partRange(part, r.parts(n), r.grid.blocks(n)*split)
	for item := lo; item < hi; item++ {
		u0, u1 := partRange(item%split, split, r.units())
		r.block(r.grid.block(&r.g, item/split, n), n, u0, u1, dst, src, filter, bias, scratch)
	}
}

// block computes units [u0, u1) of one block.
func (r *direct) block(b block, n, u0, u1 int, dst, src, filter, bias, scratch []float32) {
	g := &r.g
	table := &r.tables[b.table]
	rows := b.images * b.bh * b.bw
	dst = dst[b.image*r.imageStep+r.offset+b.oh*r.rowStep+b.ow*r.colStep:]
	image := src[b.image*g.InputLen():]
	group := -1
	for unit := u0; unit < u1; unit++ {
		panel := &r.panels[unit%len(r.panels)]
		if unit/len(r.panels) != group {
			group = unit / len(r.panels)
			if r.merged {
				r.fillStrip(scratch, image, b, group)
				src = scratch
			} else {
				src = image[b.source(g)+group*g.GroupC():]
			}
		}
		oc := group*g.GroupOC() + panel.first
		a := kernel.ConvArgs{
			Dst: dst[oc:], Src: src, Zero: r.zero,
			DstOffsets: table.dst,
			Rows:       rows, Cols: panel.cols, TapStride: table.rows,
		}
		if bias != nil {
			a.Bias = bias[oc:]
		}
		if r.packs(n) {
			a.Filter, a.FilterStride = filter[group*r.packed+panel.offset:], panel.tile.NR
		} else {
			a.Filter, a.FilterStride = filter[oc:], g.OC
		}
		r.chunks(&a, panel, table.src)
		if r.act == Sigmoid || r.act == Tanh {
			r.ops.BiasAct(dst[oc:], g.OC, rows, panel.cols, nil, kernel.Activation(r.act))
		}
	}
}

// chunks runs the kernel over the taps and their depth, as much at a time as
// leaves a panel in the second-level cache.
func (r *direct) chunks(a *kernel.ConvArgs, p *panel, offsets []int32) {
	src, filter, zero := a.Src, a.Filter, a.Zero
	limit := max(1, cacheShare/2/4/p.tile.NR)
	tapStep := ceilDiv(r.taps, min(r.taps, ceilDiv(r.taps*r.depth, limit)))
	depthStep := r.depth
	if tapStep == 1 {
		depthStep = ceilDiv(r.depth, ceilDiv(r.depth, limit))
	}
	for t := 0; t < r.taps; t += tapStep {
		a.Taps = min(tapStep, r.taps-t)
		a.SrcOffsets = offsets[t*a.TapStride:]
		for c := 0; c < r.depth; c += depthStep {
			a.Depth = min(depthStep, r.depth-c)
			a.Src, a.Zero = src[c:], zero[c:]
			a.Filter = filter[(t*r.depth+c)*a.FilterStride:]
			a.ReLU = r.act == ReLU && t+a.Taps == r.taps && c+a.Depth == r.depth
			p.tile.Conv(a)
			a.Accumulate = true
		}
	}
}

// A panel is a run of filters of one group, as many as a tile has columns.
type panel struct {
	tile   kernel.Tile
	first  int // filter
	cols   int
	offset int // of the packed panel among those of its group
}

// cutPanels cuts the filters of a group into panels and returns the length of
// all of them packed: depth rows as wide as their tiles.
func cutPanels(isa kernel.ISA, filters, depth int) (panels []panel, length int) {
	for first := 0; first < filters; {
		t := kernel.TileFor(isa, filters-first)
		p := panel{tile: t, first: first, cols: min(t.NR, filters-first), offset: length}
		panels = append(panels, p)
		length += depth * t.NR
		first += p.cols
	}
	return panels, length
}

// packRows is the number of output pixels from which on packing the filter
// pays; below it the kernel reads the rows where they are.
const packRows = 256

// packs reports whether the work on n images begins with packing the filter.
// It must where the order of rows differs, or where a tile would read beyond a
// row's end.
func (r *direct) packs(n int) bool {
	last := r.panels[len(r.panels)-1]
	return r.transposed != nil || r.merged || last.cols != last.tile.NR || n*r.g.Rows() >= packRows
}

// packPart is how many elements of the filter one part packs.
const packPart = 1 << 14

func (r *direct) prepared(n int) (length, parts int) {
	if !r.packs(n) {
		return 0, 0
	}
	return r.g.Groups * r.packed, r.packParts()
}

func (r *direct) packParts() int {
	return min(r.units()*r.g.Taps(), ceilDiv(r.g.FilterLen(), packPart))
}

// prepare packs kernel element after kernel element:
//
//	packed[group][panel][tap][c][j] = filter[tap][c][group·GroupOC + first + j]
//
// for the columns j of the panel's tile, zero where there is no such filter.
func (r *direct) prepare(part int, dst, filter []float32) {
	g := &r.g
	lo, hi := partRange(part, r.packParts(), r.units()*g.Taps())
	for i := lo; i < hi; i++ {
		unit, tap := i/g.Taps(), i%g.Taps()
		group, p := unit/len(r.panels), &r.panels[unit%len(r.panels)]
		nr := p.tile.NR
		place := tap
		if r.merged && g.Flip {
			// The strip's pixels come in the image's order.
			place = tap/g.KW*g.KW + g.KW - 1 - tap%g.KW
		}
		size := g.GroupC() * nr
		out := dst[group*r.packed+p.offset+place*size:][:size]
		if r.transposed != nil {
			packTransposed(out, filter, g, r.transposed[tap], group, p)
		} else {
			packStraight(out, filter, g, tap, group, p)
		}
	}
}

func packStraight(out, filter []float32, g *im2col.Geometry, tap, group int, p *panel) {
	nr := p.tile.NR
	filter = filter[tap*g.GroupC()*g.OC+group*g.GroupOC()+p.first:]
	for c := range g.GroupC() {
		row := out[c*nr:][:nr]
		n := copy(row, filter[c*g.OC:][:p.cols])
		clear(row[n:])
	}
}

// packTransposed packs from the filter of the convolution whose gradient g is:
// there g's channels are the filters, and the other way round.
func packTransposed(out, filter []float32, g *im2col.Geometry, tap, group int, p *panel) {
	nr := p.tile.NR
	filter = filter[(tap*g.GroupOC()+p.first)*g.C+group*g.GroupC():]
	transpose(out, nr, filter, g.C, p.cols, g.GroupC())
	if p.cols < nr {
		for c := range g.GroupC() {
			clear(out[c*nr+p.cols : (c+1)*nr])
		}
	}
}
