package winograd

import (
	"fmt"

	"github.com/unslide/unslide/engine/internal/conv"
	"github.com/unslide/unslide/engine/internal/cut"
	"github.com/unslide/unslide/engine/internal/kernel"
)

// product computes a 3×3 convolution of stride 1 by Winograd's minimal
// filtering F(4×4, 3×3): a quarter of the multiplications, for sums that are
// rounded in other places.
//
//	for each block of 4×4 tiles of the output
//	    for each chunk of filters
//	        for each run of channels
//	            V[36][tiles][channels] from the 6×6 windows of src
//	            M[36][tiles][filters] += V · U     36 matrix products
//	        dst tiles from M, then bias and activation
//
// U[36][C][OC] is the filter transformed, in panels of OC. A call of many tiles
// transforms it once beforehand. With few tiles, and where it is so large that
// it comes from memory each time, a panel's run of channels is transformed where
// it is used and does not leave the second-level cache. V, M and that part of U
// fit in there. The bits are the same.
//
// If the absolute values of no element's terms sum to more than S, no element was
// off by more than 9·ε·S in all tests of values of one size, ε = 2⁻²⁴, with 1 to
// 512 channels and fused multiply-adds (15·ε·S without). The direct sum's bound is
// K·ε·S with K terms. An element of few terms, as at a corner, has the error of
// its tile, and one whose filter has zeros that of a filter without them: what
// engine.Winograd promises, and tests hold it to, is 24·ε·S with the S of values as
// large as the largest.
type product struct {
	conv.Product
	tiling tiling
	ops    *conv.Ops[float32]
	act    kernel.Activation
	set    *kernel.Set
	tile   kernel.Tile
	panels int // of OC
	planeU int
	zero   []float32

	many blocks // with U made beforehand
	few  blocks // with U made in place
}

// NewProduct returns the runner of a product that [Fits].
func NewProduct(p conv.Product, c conv.Config[float32]) conv.Runner[float32] {
	g := &p.G
	tiles := c.Set.Tiles()
	r := &product{Product: p, tiling: newTiling(*g), ops: c.Ops, act: c.Activation, set: c.Set, tile: tiles[len(tiles)-1]}
	r.panels = cut.Ceil(g.OC, r.tile.NR)
	r.planeU = cut.OddLines(g.C * r.tile.NR)
	r.zero = make([]float32, g.C)
	r.many, r.few = newBlocks(g, r.tile, false), newBlocks(g, r.tile, true)
	return r
}

func (r *product) String() string {
	b := r.blocksOf(1 << 20) // a batch of many tiles
	return fmt.Sprintf("winograd 4×4 %v in blocks of %d tiles × %d channels × %d filters", r.tile, b.tiles, b.channels, b.filters)
}

// blocksOf returns how the work on n images is cut.
func (r *product) blocksOf(n int) *blocks {
	if 4*r.lenU() > maxU || !r.Prepacked && r.tiling.tiles(n) <= 2*r.few.tiles {
		return &r.few
	}
	return &r.many
}

// maxU is the size of U in bytes from which on it comes from memory again for
// every block, which takes longer than to transform the filter again.
const maxU = 16 << 20

// lenU is the length of U.
func (r *product) lenU() int { return r.panels * kernel.WinogradPlanes * r.planeU }

// Prepared: the filter is transformed, a part for each panel.
func (r *product) Prepared(n int) (length, parts int) {
	if r.blocksOf(n).inPlace {
		return 0, 0
	}
	return r.lenU() + kernel.PackSlack, r.panels
}

func (r *product) Prepare(part int, dst, filter []float32) {
	r.filterOf(part, 0, r.G.C, filter, dst[part*kernel.WinogradPlanes*r.planeU:], r.planeU)
}

// filterOf transforms channels [c0, c1) of a panel's filters to U[36][c1-c0][NR].
func (r *product) filterOf(panel, c0, c1 int, filter, u []float32, planeU int) {
	g := &r.G
	first := panel * r.tile.NR
	cols, channels := min(r.tile.NR, g.OC-first), c1-c0
	for i := range 3 {
		for j := range 3 {
			tap := 3*i + j
			if g.Flip {
				tap = 8 - tap
			}
			to := u[kernel.WinogradTapPlane(i, j)*planeU:]
			if r.Transposed == nil {
				r.tile.PackRows(to, r.tile.NR, filter[(tap*g.C+c0)*g.OC+first:], g.OC, channels, cols)
			} else {
				tap = r.Transposed[tap]
				r.tile.PackColumns(to, r.tile.NR, filter[(tap*g.OC+first)*g.C+c0:], g.C, channels, cols)
			}
		}
	}
	r.set.WinogradFilter(u, planeU, channels*r.tile.NR)
}

const (
	// manyParts is into how many parts a call's work is cut at least, by
	// chunks if the blocks do not suffice; a block's windows are then transformed
	// for each of them.
	manyParts = 8
	// fewParts is the same where chunks have to be narrower for that.
	fewParts = 4
)

// cut returns how many blocks there are, how many filters a chunk has and into
// how many runs of chunks the work on a block is cut.
func (r *product) cut(n int) (blocks, filters, split int) {
	b, oc := r.blocksOf(n), r.G.OC
	blocks, filters = cut.Ceil(r.tiling.tiles(n), b.tiles), b.filters
	if chunks := cut.Ceil(fewParts, blocks); cut.Ceil(oc, filters) < chunks {
		filters = cut.Ceil(cut.Ceil(oc, chunks), r.tile.NR) * r.tile.NR
	}
	return blocks, filters, min(cut.Ceil(manyParts, blocks), cut.Ceil(oc, filters))
}

func (r *product) Parts(n int) int {
	if n == 0 {
		return 0
	}
	blocks, _, split := r.cut(n)
	return max(1, min(blocks*split, int(float64(n)*r.G.FLOP()/cut.MinPartFLOP)))
}

func (r *product) Scratch() int { return max(r.many.scratch(), r.few.scratch()) }

func (r *product) Compute(part, n int, dst, src, filter, bias, scratch []float32) {
	b, tiles := r.blocksOf(n), r.tiling.tiles(n)
	blocks, filters, split := r.cut(n)
	chunks := cut.Ceil(r.G.OC, filters)
	lo, hi := cut.Range(part, r.Parts(n), blocks*split)
	done := -1 // the block whose windows are in scratch
	for item := lo; item < hi; item++ {
		block := item / split
		t0, t1 := block*tiles/blocks, (block+1)*tiles/blocks
		for chunk := item % split * chunks / split; chunk < (item%split+1)*chunks/split; chunk++ {
			first, last := chunk*filters, min((chunk+1)*filters, r.G.OC)
			for c := 0; c < r.G.C; c += b.channels {
				channels := min(b.channels, r.G.C-c)
				if block != done {
					r.windowsOf(b, t0, t1, c, channels, src, scratch)
				}
				r.multiply(b, t1-t0, c, channels, first, last, filter, scratch)
			}
			if b.channels >= r.G.C {
				done = block
			}
			r.outputsOf(b, t0, t1, first, last, dst, bias, scratch)
		}
	}
}

// windowsOf transforms the windows of tiles [t0, t1) to V.
func (r *product) windowsOf(b *blocks, t0, t1, c, channels int, src, scratch []float32) {
	v, _, _, edge := b.share(scratch)
	for t := t0; t < t1; t++ {
		from, row, col := r.tiling.window(t, src, c, channels, edge)
		r.set.WinogradInput(v[(t-t0)*b.rowV:], b.planeV, from, row, col, channels)
	}
}

// multiply adds channels channels from c0 on to M of filters [lo, hi): a tile is
// a row, as a pixel of a 1×1 convolution is.
func (r *product) multiply(b *blocks, tiles, c0, channels, lo, hi int, filter, scratch []float32) {
	nr := r.tile.NR
	v, m, u, _ := b.share(scratch)
	a := kernel.ConvArgs{
		Zero: r.zero, SrcOffsets: b.rowsV, DstOffsets: b.rowsM,
		Rows: tiles, Taps: 1, Depth: channels, FilterStride: nr, Inside: true, Accumulate: c0 > 0,
	}
	if b.inPlace {
		for first := lo; first < hi; first += nr {
			r.filterOf(first/nr, c0, c0+channels, filter, u, b.planeU)
			a.Cols = min(nr, hi-first)
			for i := range kernel.WinogradPlanes {
				a.Dst, a.Src, a.Filter = m[i*b.planeM+first-lo:], v[i*b.planeV:], u[i*b.planeU:]
				r.tile.Conv(&a)
			}
		}
		return
	}
	for i := range kernel.WinogradPlanes {
		a.Src = v[i*b.planeV:]
		for first := lo; first < hi; first += nr {
			a.Cols = min(nr, hi-first)
			a.Dst, a.Filter = m[i*b.planeM+first-lo:], filter[first/nr*kernel.WinogradPlanes*r.planeU+i*r.planeU+c0*nr:]
			r.tile.Conv(&a)
		}
	}
}

// outputsOf transforms M to filters [first, last) of tiles [t0, t1) of the output.
func (r *product) outputsOf(b *blocks, t0, t1, first, last int, dst, bias, scratch []float32) {
	const size = kernel.WinogradTile
	g := &r.G
	cols := last - first
	_, m, _, edge := b.share(scratch)
	if bias != nil {
		bias = bias[first : first+cols]
	}
	for t := t0; t < t1; t++ {
		image, oh, ow := r.tiling.at(t)
		rows, width := min(size, g.OH-oh), min(size, g.OW-ow)
		to := dst[image*r.ImageStep+r.Offset+oh*r.RowStep+ow*r.ColStep+first:]
		from := m[(t-t0)*b.rowM:]
		if rows == size && width == size {
			r.set.WinogradOutput(to, r.RowStep, r.ColStep, from, b.planeM, cols)
		} else {
			r.set.WinogradOutput(edge, size*cols, cols, from, b.planeM, cols)
			for i := range rows {
				for j := range width {
					copy(to[i*r.RowStep+j*r.ColStep:][:cols], edge[(i*size+j)*cols:])
				}
			}
		}
		if bias != nil || r.act != kernel.None {
			for i := range rows {
				r.ops.BiasAct(to[i*r.RowStep:], r.ColStep, width, cols, bias, r.act)
			}
		}
	}
}
