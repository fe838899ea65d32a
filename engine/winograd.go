package engine

import (
	"fmt"

	"github.com/unslide/unslide/engine/internal/cut"
	"github.com/unslide/unslide/engine/internal/kernel"
	"github.com/unslide/unslide/im2col"
)

// winograd computes a 3×3 convolution of stride 1 by Winograd's minimal
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
// [Winograd] promises, and tests hold it to, is 24·ε·S with the S of values as
// large as the largest.
type winograd struct {
	product
	tiling winogradTiling
	ops    *ops[float32]
	act    Activation
	set    *kernel.Set
	tile   kernel.Tile
	panels int // of OC
	planeU int
	zero   []float32

	many winogradBlocks // with U made beforehand
	few  winogradBlocks // with U made in place
}

// winogradFits reports whether F(4×4, 3×3) computes a geometry: not one with a
// row or column of the kernel that meets nothing but padding, whose elements no
// output depends on, nor one with a single row or column of outputs. Of that a tile
// would make as many products as the definition, and a gradient to the filter of
// few terms would have the rounding errors of a whole tile.
func winogradFits(g *im2col.Geometry) bool {
	meets := func(size, pad, outputs int) bool { return outputs > max(1, pad) && size+pad >= 3 }
	return g.KH == 3 && g.KW == 3 && g.StrideH == 1 && g.StrideW == 1 && g.DilationH == 1 && g.DilationW == 1 && g.Groups == 1 &&
		meets(g.H, g.PadTop, g.OH) && meets(g.W, g.PadLeft, g.OW)
}

func newWinograd(p product, o options, ops *ops[float32]) *winograd {
	g := &p.g
	tiles := o.set.Tiles()
	r := &winograd{product: p, tiling: newWinogradTiling(*g), ops: ops, act: o.activation, set: o.set, tile: tiles[len(tiles)-1]}
	if p.transposed != nil {
		r.act = None
	}
	r.panels = cut.Ceil(g.OC, r.tile.NR)
	r.planeU = cut.OddLines(g.C * r.tile.NR)
	r.zero = make([]float32, g.C)
	r.many, r.few = newWinogradBlocks(g, r.tile, false), newWinogradBlocks(g, r.tile, true)
	return r
}

func (r *winograd) String() string {
	b := r.blocks(1 << 20) // a batch of many tiles
	return fmt.Sprintf("winograd 4×4 %v in blocks of %d tiles × %d channels × %d filters", r.tile, b.tiles, b.channels, b.filters)
}

// blocks returns how the work on n images is cut.
func (r *winograd) blocks(n int) *winogradBlocks {
	if 4*r.lenU() > maxU || !r.prepacked && r.tiling.tiles(n) <= 2*r.few.tiles {
		return &r.few
	}
	return &r.many
}

// maxU is the size of U in bytes from which on it comes from memory again for
// every block, which takes longer than to transform the filter again.
const maxU = 16 << 20

// lenU is the length of U.
func (r *winograd) lenU() int { return r.panels * kernel.WinogradPlanes * r.planeU }

// prepared: the filter is transformed, a part for each panel.
func (r *winograd) prepared(n int) (length, parts int) {
	if r.blocks(n).inPlace {
		return 0, 0
	}
	return r.lenU() + kernel.PackSlack, r.panels
}

func (r *winograd) prepare(part int, dst, filter []float32) {
	r.filterOf(part, 0, r.g.C, filter, dst[part*kernel.WinogradPlanes*r.planeU:], r.planeU)
}

// filterOf transforms channels [c0, c1) of a panel's filters to U[36][c1-c0][NR].
func (r *winograd) filterOf(panel, c0, c1 int, filter, u []float32, planeU int) {
	g := &r.g
	first := panel * r.tile.NR
	cols, channels := min(r.tile.NR, g.OC-first), c1-c0
	for i := range 3 {
		for j := range 3 {
			tap := 3*i + j
			if g.Flip {
				tap = 8 - tap
			}
			to := u[kernel.WinogradTapPlane(i, j)*planeU:]
			if r.transposed == nil {
				r.tile.PackRows(to, r.tile.NR, filter[(tap*g.C+c0)*g.OC+first:], g.OC, channels, cols)
			} else {
				tap = r.transposed[tap]
				r.tile.PackColumns(to, r.tile.NR, filter[(tap*g.OC+first)*g.C+c0:], g.C, channels, cols)
			}
		}
	}
	r.set.WinogradFilter(u, planeU, channels*r.tile.NR)
}

const (
	// winogradParts is into how many parts a call's work is cut at least, by
	// chunks if the blocks do not suffice; a block's windows are then transformed
	// for each of them.
	winogradParts = 8
	// fewParts is the same where chunks have to be narrower for that.
	fewParts = 4
)

// cut returns how many blocks there are, how many filters a chunk has and into
// how many runs of chunks the work on a block is cut.
func (r *winograd) cut(n int) (blocks, filters, split int) {
	b, oc := r.blocks(n), r.g.OC
	blocks, filters = cut.Ceil(r.tiling.tiles(n), b.tiles), b.filters
	if chunks := cut.Ceil(fewParts, blocks); cut.Ceil(oc, filters) < chunks {
		filters = cut.Ceil(cut.Ceil(oc, chunks), r.tile.NR) * r.tile.NR
	}
	return blocks, filters, min(cut.Ceil(winogradParts, blocks), cut.Ceil(oc, filters))
}

func (r *winograd) parts(n int) int {
	if n == 0 {
		return 0
	}
	blocks, _, split := r.cut(n)
	return max(1, min(blocks*split, int(float64(n)*r.g.FLOP()/cut.MinPartFLOP)))
}

func (r *winograd) scratch() int { return max(r.many.scratch(), r.few.scratch()) }

func (r *winograd) compute(part, n int, dst, src, filter, bias, scratch []float32) {
	b, tiles := r.blocks(n), r.tiling.tiles(n)
	blocks, filters, split := r.cut(n)
	chunks := cut.Ceil(r.g.OC, filters)
	lo, hi := cut.Range(part, r.parts(n), blocks*split)
	done := -1 // the block whose windows are in scratch
	for item := lo; item < hi; item++ {
		block := item / split
		t0, t1 := block*tiles/blocks, (block+1)*tiles/blocks
		for chunk := item % split * chunks / split; chunk < (item%split+1)*chunks/split; chunk++ {
			first, last := chunk*filters, min((chunk+1)*filters, r.g.OC)
			for c := 0; c < r.g.C; c += b.channels {
				channels := min(b.channels, r.g.C-c)
				if block != done {
					r.windowsOf(b, t0, t1, c, channels, src, scratch)
				}
				r.multiply(b, t1-t0, c, channels, first, last, filter, scratch)
			}
			if b.channels >= r.g.C {
				done = block
			}
			r.outputsOf(b, t0, t1, first, last, dst, bias, scratch)
		}
	}
}

// windowsOf transforms the windows of tiles [t0, t1) to V.
func (r *winograd) windowsOf(b *winogradBlocks, t0, t1, c, channels int, src, scratch []float32) {
	v, _, _, edge := b.share(scratch)
	for t := t0; t < t1; t++ {
		from, row, col := r.tiling.window(t, src, c, channels, edge)
		r.set.WinogradInput(v[(t-t0)*b.rowV:], b.planeV, from, row, col, channels)
	}
}

// multiply adds channels channels from c0 on to M of filters [lo, hi): a tile is
// a row, as a pixel of a 1×1 convolution is.
func (r *winograd) multiply(b *winogradBlocks, tiles, c0, channels, lo, hi int, filter, scratch []float32) {
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
func (r *winograd) outputsOf(b *winogradBlocks, t0, t1, first, last int, dst, bias, scratch []float32) {
	const size = kernel.WinogradTile
	g := &r.g
	cols := last - first
	_, m, _, edge := b.share(scratch)
	if bias != nil {
		bias = bias[first : first+cols]
	}
	for t := t0; t < t1; t++ {
		image, oh, ow := r.tiling.at(t)
		rows, width := min(size, g.OH-oh), min(size, g.OW-ow)
		to := dst[image*r.imageStep+r.offset+oh*r.rowStep+ow*r.colStep+first:]
		from := m[(t-t0)*b.rowM:]
		if rows == size && width == size {
			r.set.WinogradOutput(to, r.rowStep, r.colStep, from, b.planeM, cols)
		} else {
			r.set.WinogradOutput(edge, size*cols, cols, from, b.planeM, cols)
			for i := range rows {
				for j := range width {
					copy(to[i*r.rowStep+j*r.colStep:][:cols], edge[(i*size+j)*cols:])
				}
			}
		}
		if bias != nil || r.act != None {
			for i := range rows {
				r.ops.BiasAct(to[i*r.rowStep:], r.colStep, width, cols, bias, kernel.Activation(r.act))
			}
		}
	}
}
