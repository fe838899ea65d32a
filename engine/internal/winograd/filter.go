package winograd

import (
	"fmt"
	"math"

	"github.com/unslide/unslide/engine/internal/conv"
	"github.com/unslide/unslide/engine/internal/cut"
	"github.com/unslide/unslide/engine/internal/kernel"
	"github.com/unslide/unslide/im2col"
)

// gradient computes the gradient to the filter of a 3×3 convolution of
// stride 1 by Winograd's F(3×3, 4×4): a quarter of the multiplications.
//
//	for each chunk of channels × filters        as much of U as fits in L2
//	    for each block of 4×4 tiles of the outputs
//	        V[36][tiles][channels] from the 6×6 windows of src
//	        W[36][tiles][filters] from the tiles of dPre
//	        U[36][channels][filters] += Vᵀ · W     36 sums of outer products
//	    dFilter[3][3] of the chunk from U
//
// V and W are made again for each chunk: to read them from memory would take
// longer. The errors are those of [NewProduct]: at most 9·ε·S in all tests.
//
// A part is a run of chunks summed over a shard of the tiles. Shard 0 writes to
// the destination, the others to partial sums, which are added in shard order
// afterwards.
type gradient struct {
	tiling tiling
	ops    *conv.Ops[float32]
	sums   conv.Sums[float32]
	set    *kernel.Set
	kernel kernel.Tile

	tiles          int // of a block, at most
	channels       int // of a chunk, at most
	filters        int
	rowV, rowW     int // elements from one tile to the next, from one channel of U to the next
	rowU           int
	planeV, planeW int
	planeU         int
}

// NewFilter returns the runner of the gradient to the filter of a geometry that
// [Fits].
func NewFilter(g im2col.Geometry, c conv.Config[float32]) conv.Gradient[float32] {
	tiles := c.Set.Tiles()
	r := &gradient{tiling: newTiling(g), ops: c.Ops, sums: conv.NewSums(&g, c.Ops.Vector), set: c.Set, kernel: tiles[len(tiles)-1]}
	r.sizes()
	return r
}

// sizes sets the sizes of chunks and blocks: of those that fit in L2 the ones
// with the least work for a tile.
func (r *gradient) sizes() {
	const (
		most  = 64 // tiles of a block
		visit = 3  // of U by a block, in multiply-adds of an element
	)
	g := &r.tiling.g
	least := math.Inf(1)
	for _, c := range cut.Evenly(g.C, 16) {
		for _, oc := range cut.Evenly(g.OC, r.kernel.NR) {
			s := *r
			s.resize(c, oc, 0)
			room := 2*cut.CacheShare/4 - s.Scratch()
			tiles := min(most, room/(kernel.WinogradPlanes*(s.rowV+s.rowW)))
			s.resize(c, oc, max(tiles, 0))
			work := float64(s.units()) * (float64(s.channels*s.filters)*(1+visit/float64(s.tiles)) +
				transformCost*float64(s.channels+s.filters))
			if work < least {
				*r, least = s, work
			}
		}
	}
}

func (r *gradient) resize(channels, filters, tiles int) {
	r.channels, r.filters, r.tiles = channels, filters, tiles
	r.rowV, r.rowW, r.rowU = cut.UnevenRow(channels), cut.UnevenRow(filters), cut.UnevenRow(filters)
	r.planeV, r.planeW = cut.OddLines(tiles*r.rowV), cut.OddLines(tiles*r.rowW)
	r.planeU = cut.OddLines(channels * r.rowU)
}

func (r *gradient) String() string {
	return fmt.Sprintf("winograd 4×4 %v in blocks of %d tiles, %d channels × %d filters", r.kernel, r.tiles, r.channels, r.filters)
}

// units are the chunks.
func (r *gradient) units() int {
	return cut.Ceil(r.tiling.g.C, r.channels) * cut.Ceil(r.tiling.g.OC, r.filters)
}

const (
	// shardTiles is how many tiles a shard has at least: below, to transform U
	// and to add partial sums takes more than some per cent.
	shardTiles = 128
	// minShardTiles is the same where there were fewer than manyParts/2 parts.
	minShardTiles = 32
)

// cut returns into how many shards of the tiles and slices of the chunks the
// work is cut.
func (r *gradient) cut(n int) (shards, slices int) {
	g, tiles := &r.tiling.g, r.tiling.tiles(n)
	parts := max(1, min(cut.FilterParts, int(float64(n)*g.FLOP()/cut.MinPartFLOP)))
	slices = min(r.units(), parts)
	fits := r.sums.Fit()
	shards = max(tiles/shardTiles, min(cut.Ceil(manyParts/2, slices), tiles/minShardTiles))
	return max(1, min(shards, cut.Ceil(parts, slices), fits)), slices
}

func (r *gradient) Parts(n int) int {
	shards, slices := r.cut(n)
	return shards * slices
}

func (r *gradient) Shards(n int) int {
	shards, _ := r.cut(n)
	return shards
}

func (r *gradient) Scratch() int {
	return kernel.WinogradPlanes*(r.planeV+r.planeW+r.planeU) + r.edge() + r.filters
}

// edge is room for a window or a tile at the edge of the image.
func (r *gradient) edge() int {
	return max(kernel.WinogradWindow*kernel.WinogradWindow*r.channels, kernel.WinogradTile*kernel.WinogradTile*r.filters)
}

func (r *gradient) Compute(part, n int, dFilter, dBias, src, dPre, partials, scratch []float32) {
	g, tiles := &r.tiling.g, r.tiling.tiles(n)
	shards, slices := r.cut(n)
	shard, slice := part/slices, part%slices
	t0, t1 := shard*tiles/shards, (shard+1)*tiles/shards
	dFilter, dBias = r.sums.Of(shard, dFilter, dBias, partials)
	u := scratch[:kernel.WinogradPlanes*r.planeU]
	scratch = scratch[len(u):]
	perRow := cut.Ceil(g.OC, r.filters)
	blocks := cut.Ceil(t1-t0, r.tiles)
	done := -1 // the first of the channels whose windows are all in scratch
	for unit := slice * r.units() / slices; unit < (slice+1)*r.units()/slices; unit++ {
		c, oc := unit/perRow*r.channels, unit%perRow*r.filters
		channels, filters := min(r.channels, g.C-c), min(r.filters, g.OC-oc)
		for b := range blocks {
			b0, b1 := t0+b*(t1-t0)/blocks, t0+(b+1)*(t1-t0)/blocks
			if c != done {
				r.windowsOf(b0, b1, c, channels, src, scratch)
			}
			r.outputsOf(b0, b1, oc, filters, dPre, scratch)
			r.multiply(b1-b0, channels, filters, b > 0, u, scratch)
			if c == 0 && dBias != nil {
				r.addBias(dBias[oc:oc+filters], dPre, oc, b0, b1, b > 0, scratch)
			}
		}
		if blocks == 1 {
			done = c
		}
		for i := range channels {
			r.set.WinogradFilterGradient(dFilter[(c+i)*g.OC+oc:], g.C*g.OC, g.Flip, u[i*r.rowU:], r.planeU, filters)
		}
	}
}

// planes returns where V, W and a copy of the image's edge are in scratch.
func (r *gradient) planes(scratch []float32) (v, w, edge []float32) {
	v, scratch = scratch[:kernel.WinogradPlanes*r.planeV], scratch[kernel.WinogradPlanes*r.planeV:]
	w, scratch = scratch[:kernel.WinogradPlanes*r.planeW], scratch[kernel.WinogradPlanes*r.planeW:]
	return v, w, scratch[:r.edge()]
}

// windowsOf transforms the windows of tiles [t0, t1) to V.
func (r *gradient) windowsOf(t0, t1, c, channels int, src, scratch []float32) {
	v, _, edge := r.planes(scratch)
	for t := t0; t < t1; t++ {
		from, row, col := r.tiling.window(t, src, c, channels, edge)
		r.set.WinogradInput(v[(t-t0)*r.rowV:], r.planeV, from, row, col, channels)
	}
}

// outputsOf transforms tiles [t0, t1) of dPre to W.
func (r *gradient) outputsOf(t0, t1, oc, filters int, dPre, scratch []float32) {
	_, w, edge := r.planes(scratch)
	for t := t0; t < t1; t++ {
		from, row, col := r.tiling.tile(t, dPre, oc, filters, edge)
		r.set.WinogradOutputGradient(w[(t-t0)*r.rowW:], r.planeW, from, row, col, filters)
	}
}

// multiply adds a block of tiles to U of a chunk.
func (r *gradient) multiply(tiles, channels, filters int, accumulate bool, u, scratch []float32) {
	v, w, _ := r.planes(scratch)
	runs := [1]kernel.Run{{Count: tiles}}
	a := kernel.OuterArgs[float32]{
		Runs: runs[:], Rows: channels, AStep: r.rowV, BStep: r.rowW, DstStride: r.rowU,
		Alpha: 1, Accumulate: accumulate,
	}
	for i := range kernel.WinogradPlanes {
		a.A = v[i*r.planeV:]
		for j := 0; j < filters; j += r.kernel.NR {
			a.B, a.Dst = w[i*r.planeW+j:], u[i*r.planeU+j:]
			a.Cols = min(r.kernel.NR, filters-j)
			r.kernel.Outer(&a)
		}
	}
}

// addBias adds the filters' sums over the rows of the images that tiles [t0, t1)
// are the last of.
func (r *gradient) addBias(dBias, dPre []float32, oc, t0, t1 int, accumulate bool, scratch []float32) {
	g := &r.tiling.g
	r0, r1 := r.line(t0)*g.OW, r.line(t1)*g.OW
	sums := scratch[len(scratch)-r.filters:][:len(dBias)]
	if !accumulate {
		sums = dBias
		clear(sums)
	}
	if r0 < r1 {
		r.ops.ColumnSums(sums, dPre[r0*g.OC+oc:], g.OC, r1-r0)
		if accumulate {
			r.ops.Add(dBias, sums)
		}
	}
}

// line returns how many rows of the images the first t tiles complete.
func (r *gradient) line(t int) int {
	image, oh, _ := r.tiling.at(t)
	return image*r.tiling.g.OH + oh
}
