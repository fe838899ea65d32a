package winograd

import (
	"math"

	"github.com/unslide/unslide/engine/internal/cut"
	"github.com/unslide/unslide/engine/internal/kernel"
	"github.com/unslide/unslide/im2col"
)

// blocks is how a product cuts its work: the sizes of its loops, and
// where in a worker's workspace V, M, U and a copy of an image's edge are.
type blocks struct {
	inPlace bool // U is made in the workspace, a panel at a time

	tiles, channels, filters int // of a block, a run and a chunk, at most

	rowV, rowM             int // elements from one tile to the next
	planeV, planeM, planeU int
	rowsV, rowsM           []int32 // where each tile of a block begins
}

// What a block's work costs beside its products, measured in multiply-adds of
// an element for each plane.
const (
	transformCost = 200.0 / kernel.WinogradPlanes // a row of V, U or W
	visitCost     = 4                             // of M again, for each of its sums
	streamCost    = 6                             // U from memory
)

// newBlocks chooses the sizes: of those that fit in L2 the ones with
// the least work.
func newBlocks(g *im2col.Geometry, tile kernel.Tile, inPlace bool) blocks {
	const most = 28 // tiles; more take turns in the first-level cache
	var best blocks
	least := math.Inf(1)
	for _, c := range cut.Evenly(g.C, 16) {
		for _, oc := range cut.Evenly(g.OC, tile.NR) {
			b := blocks{inPlace: inPlace}
			b.resize(tile, c, oc, 0)
			room := 2*cut.CacheShare/4 - b.scratch()
			tiles := min(most, room/(kernel.WinogradPlanes*(b.rowV+b.rowM)))
			b.resize(tile, c, oc, max(tiles, 0))
			if work := b.work(g); work < least {
				best, least = b, work
			}
		}
	}
	for i := range best.tiles {
		best.rowsV = append(best.rowsV, int32(i*best.rowV))
		best.rowsM = append(best.rowsM, int32(i*best.rowM))
	}
	return best
}

// work estimates the work for a tile, a channel and a filter.
func (b *blocks) work(g *im2col.Geometry) float64 {
	work := 1 + visitCost/float64(b.filters)
	if b.channels < g.C {
		work += visitCost/float64(b.channels) + transformCost/float64(b.filters)
	} else {
		work += transformCost / float64(g.OC)
	}
	if b.inPlace {
		return work + transformCost/float64(b.tiles)
	}
	return work + streamCost/float64(b.tiles)
}

func (b *blocks) resize(tile kernel.Tile, channels, filters, tiles int) {
	b.channels, b.filters, b.tiles = channels, filters, tiles
	// Neither rows nor planes a power of two apart, which would fall on the same
	// sets of the caches: the transforms write to all planes in turn.
	b.rowV, b.rowM = cut.UnevenRow(channels), cut.UnevenRow(filters)
	b.planeV, b.planeM = cut.OddLines(tiles*b.rowV), cut.OddLines(tiles*b.rowM)
	if b.inPlace {
		b.planeU = cut.OddLines(channels * tile.NR)
	}
}

// edge is room for a window or a tile at the edge of the image.
func (b *blocks) edge() int {
	return max(kernel.WinogradWindow*kernel.WinogradWindow*b.channels, kernel.WinogradTile*kernel.WinogradTile*b.filters)
}

func (b *blocks) scratch() int {
	return kernel.WinogradPlanes*(b.planeV+b.planeM+b.planeU) + b.edge() + kernel.PackSlack
}

// share cuts a workspace.
func (b *blocks) share(scratch []float32) (v, m, u, edge []float32) {
	take := func(n int) (s []float32) {
		s, scratch = scratch[:n], scratch[n:]
		return s
	}
	v, m = take(kernel.WinogradPlanes*b.planeV), take(kernel.WinogradPlanes*b.planeM)
	edge = take(b.edge())
	return v, m, scratch, edge
}
