package engine

import (
	"fmt"

	"github.com/unslide/unslide/engine/kernel"
	"github.com/unslide/unslide/im2col"
)

// winograd computes a 3×3 convolution of stride 1 by Winograd's minimal
// filtering F(4×4, 3×3): a quarter of the multiplications, for sums that are
// rounded in other places.
//
//	once a call: U[36][C][OC] from the filter, in panels of OC
//	for each block of 4×4 tiles of the output
//	    V[36][tiles][C] from the 6×6 windows of src
//	    for each chunk of OC                       as much of M as fits in L2/4
//	        M[36][tiles][OC] = V · U               36 matrix products
//	        dst tiles from M, then bias and activation
//
// If the absolute values of no element's terms sum to more than S, no element was
// off by more than 9·ε·S in all tests, ε = 2⁻²⁴, with 1 to 512 channels and fused
// multiply-adds (15·ε·S without); tests hold it to 24·ε·S. The direct sum's
// bound is K·ε·S with K terms. An element of few terms, as at a corner, has the
// error of its tile.
type winograd struct {
	product
	tiling winogradTiling
	ops    *ops[float32]
	act    Activation
	isa    kernel.ISA
	tile   kernel.Tile

	size    int // tiles of a block, at most
	row     int // elements from one tile's channels to the next in V
	planeU  int
	planeV  int
	panels  int // of OC
	chunk   int // panels at a time
	planeM  int
	vRows   []int32 // where each tile of a block is in V and in M
	mRows   []int32
	zero    []float32
	windows int // elements of a window, of an output tile
	outputs int
}

// winogradFits reports whether F(4×4, 3×3) computes a geometry.
func winogradFits(g *im2col.Geometry) bool {
	return g.KH == 3 && g.KW == 3 && g.StrideH == 1 && g.StrideW == 1 && g.DilationH == 1 && g.DilationW == 1 && g.Groups == 1
}

func newWinograd(p product, o options, ops *ops[float32]) *winograd {
	g := &p.g
	tiles := kernel.Tiles(o.isa)
	r := &winograd{product: p, tiling: newWinogradTiling(*g), ops: ops, act: o.activation, isa: o.isa, tile: tiles[len(tiles)-1]}
	if p.transposed != nil {
		r.act = None
	}
	// Two or more tiles of the kernel high, so that U streams less often.
	r.size = winogradTiles / r.tile.MR * r.tile.MR
	r.panels = ceilDiv(g.OC, r.tile.NR)
	// Neither rows nor planes a power of two apart, which would fall on the same
	// sets of the caches: the transforms write to all planes in turn.
	r.planeU = oddLines(g.C * r.tile.NR)
	r.row = (g.C+15)&^15 + 16
	r.planeV = oddLines(r.size * r.row)
	r.chunk = max(1, min(r.panels, cacheShare/2/4/(kernel.WinogradPlanes*r.size*r.tile.NR)))
	r.planeM = oddLines(r.size * r.chunkCols())
	for i := range r.size {
		r.vRows = append(r.vRows, int32(i*r.row))
		r.mRows = append(r.mRows, int32(i*r.chunkCols()))
	}
	r.zero = make([]float32, g.C)
	r.windows = kernel.WinogradWindow * kernel.WinogradWindow * g.C
	r.outputs = kernel.WinogradTile * kernel.WinogradTile * r.chunkCols()
	return r
}

const winogradTiles = 28

// oddLines rounds up to an odd number of cache lines.
func oddLines(n int) int { return (n+15)/16*16 | 16 }

func (r *winograd) chunkCols() int { return r.chunk * r.tile.NR }

func (r *winograd) String() string {
	return fmt.Sprintf("winograd 4×4 %v in blocks of %d tiles", r.tile, r.size)
}

// prepared: the filter is transformed once for a call, a part for each panel.
func (r *winograd) prepared(int) (length, parts int) {
	return r.panels*r.panelLen() + kernel.PackSlack, r.panels
}

// panelLen is the length of a panel of U: [36][C][NR].
func (r *winograd) panelLen() int { return kernel.WinogradPlanes * r.planeU }

func (r *winograd) prepare(part int, dst, filter []float32) {
	g := &r.g
	u := dst[part*r.panelLen():]
	first := part * r.tile.NR
	cols := min(r.tile.NR, g.OC-first)
	for i := range 3 {
		for j := range 3 {
			tap := 3*i + j
			if g.Flip {
				tap = 8 - tap
			}
			to := u[kernel.WinogradTapPlane(i, j)*r.planeU:]
			if r.transposed == nil {
				r.tile.PackRows(to, r.tile.NR, filter[tap*g.C*g.OC+first:], g.OC, g.C, cols)
			} else {
				tap = r.transposed[tap]
				r.tile.PackColumns(to, r.tile.NR, filter[tap*g.C*g.OC+first*g.C:], g.C, g.C, cols)
			}
		}
	}
	kernel.WinogradFilter(r.isa, u, r.planeU, g.C*r.tile.NR)
}

// winogradParts is into how many parts a call's work is cut at least, by
// chunks if the blocks do not suffice; a block's windows are then transformed
// for each of them.
const winogradParts = 8

func (r *winograd) cut(n int) (blocks, split int) {
	blocks = ceilDiv(r.tiling.tiles(n), r.size)
	return blocks, max(1, min(ceilDiv(winogradParts, blocks), ceilDiv(r.panels, r.chunk)))
}

func (r *winograd) parts(n int) int {
	if n == 0 {
		return 0
	}
	blocks, split := r.cut(n)
	return max(1, min(blocks*split, int(float64(n)*r.g.FLOP()/minPartFLOP)))
}

func (r *winograd) scratch() int {
	return kernel.WinogradPlanes*(r.planeV+r.planeM) + max(r.windows, r.outputs)
}

func (r *winograd) compute(part, n int, dst, src, u, bias, scratch []float32) {
	blocks, split := r.cut(n)
	tiles := r.tiling.tiles(n)
	lo, hi := partRange(part, r.parts(n), blocks*split)
	done := -1 // the block whose windows are in scratch
	for item := lo; item < hi; item++ {
		block := item / split
		t0, t1 := block*tiles/blocks, (block+1)*tiles/blocks
		if block != done {
			r.windowsOf(t0, t1, src, scratch)
			done = block
		}
		chunks := ceilDiv(r.panels, r.chunk)
		c0, c1 := item%split*chunks/split, (item%split+1)*chunks/split
		for c := c0; c < c1; c++ {
			r.multiply(c, t1-t0, u, scratch)
			r.outputsOf(c, t0, t1, dst, bias, scratch)
		}
	}
}

// windowsOf transforms the windows of tiles [t0, t1) to V.
func (r *winograd) windowsOf(t0, t1 int, src, scratch []float32) {
	edge := scratch[len(scratch)-r.windows:]
	for t := t0; t < t1; t++ {
		from, row, col := r.tiling.window(t, src, 0, r.g.C, edge)
		v := scratch[(t-t0)*r.row : kernel.WinogradPlanes*r.planeV]
		kernel.WinogradInput(r.isa, v, r.planeV, from, row, col, r.g.C)
	}
}

// multiply computes M of a chunk: a tile is a row, as a pixel of a 1×1
// convolution is.
func (r *winograd) multiply(chunk, tiles int, u, scratch []float32) {
	c, nr := r.g.C, r.tile.NR
	p0, p1 := chunk*r.chunk, min((chunk+1)*r.chunk, r.panels)
	v := scratch[:kernel.WinogradPlanes*r.planeV]
	m := scratch[len(v) : len(v)+kernel.WinogradPlanes*r.planeM]
	a := kernel.ConvArgs{
		Zero: r.zero, SrcOffsets: r.vRows, DstOffsets: r.mRows,
		Rows: tiles, Taps: 1, Depth: c, FilterStride: nr, Inside: true,
	}
	for i := range kernel.WinogradPlanes {
		a.Src = v[i*r.planeV:]
		for p := p0; p < p1; p++ {
			a.Dst = m[i*r.planeM+(p-p0)*nr:]
			a.Filter = u[p*r.panelLen()+i*r.planeU:]
			a.Cols = min(nr, r.g.OC-p*nr)
			r.tile.Conv(&a)
		}
	}
}

// outputsOf transforms M of a chunk to tiles [t0, t1) of the output.
func (r *winograd) outputsOf(chunk, t0, t1 int, dst, bias, scratch []float32) {
	const size = kernel.WinogradTile
	g := &r.g
	first := chunk * r.chunkCols()
	cols := min(r.chunkCols(), g.OC-first)
	m := scratch[kernel.WinogradPlanes*r.planeV:][:kernel.WinogradPlanes*r.planeM]
	edge := scratch[len(scratch)-r.outputs:]
	if bias != nil {
		bias = bias[first : first+cols]
	}
	for t := t0; t < t1; t++ {
		image, oh, ow := r.tiling.at(t)
		rows, width := min(size, g.OH-oh), min(size, g.OW-ow)
		to := dst[image*r.imageStep+r.offset+oh*r.rowStep+ow*r.colStep+first:]
		from := m[(t-t0)*r.chunkCols():]
		if rows == size && width == size {
			kernel.WinogradOutput(r.isa, to, r.rowStep, r.colStep, from, r.planeM, cols)
		} else {
			kernel.WinogradOutput(r.isa, edge, size*cols, cols, from, r.planeM, cols)
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
