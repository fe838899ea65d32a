package direct

import (
	"slices"

	"github.com/unslide/unslide/engine/internal/cut"
	"github.com/unslide/unslide/im2col"
)

// The kernel leaves a kernel element out where all pixels of a tile meet padding
// there, and it takes as long for a pixel of a low tile as for one of a high
// tile. So the pixels of a block are sorted by the kernel elements that lie in
// the image for them, and cut into segments where that saves time: for each, the
// kernel is called by itself.

// segmentPixels cuts the pixels of a block, g by itself, for so many images
// where the kernel takes the least time. The candidates for a cut are the places
// where the share of the kernel changes, row by row of such classes.
func (r *product) segmentPixels(g *im2col.Geometry, images int) [][]int {
	rows, ohs := g.Vertical().Classes()
	cols, ows := g.Horizontal().Classes()
	// Class i is of the pixels that meet rows[i/len(cols)], cols[i%len(cols)].
	classes := len(rows) * len(cols)
	// best[j] is the least time for the first j classes, from[j] where their last
	// segment begins.
	best, from := make([]int, classes+1), make([]int, classes+1)
	for j := 1; j <= classes; j++ {
		var kh, kw im2col.Extent
		pixels := 0
		for i := j - 1; i >= 0; i-- {
			y, x := i/len(cols), i%len(cols)
			kh, kw = kh.With(rows[y]), kw.With(cols[x])
			pixels += (ohs[y+1] - ohs[y]) * (ows[x+1] - ows[x])
			t := best[i] + r.time(images*pixels, kh.Size()*kw.Size())
			if i == j-1 || t < best[j] {
				best[j], from[j] = t, i
			}
		}
	}
	var segments [][]int
	all := make([]int, 0, g.Rows())
	for j := classes; j > 0; j = from[j] {
		first := len(all)
		for i := from[j]; i < j; i++ {
			y, x := i/len(cols), i%len(cols)
			for oh := ohs[y]; oh < ohs[y+1]; oh++ {
				for ow := ows[x]; ow < ows[x+1]; ow++ {
					all = append(all, oh*g.OW+ow)
				}
			}
		}
		slices.Sort(all[first:])
		segments = append(segments, all[first:len(all):len(all)])
	}
	slices.Reverse(segments)
	return segments
}

// What the kernel takes beside its multiply-adds, in those of a row of a tile:
// for a call and for a tile. The latency of the multiply-adds makes tiles of
// fewer rows take as long as those of shortTile.
const (
	callSteps = 100
	tileSteps = 50
	shortTile = 4
)

// time estimates what the kernel takes for rows of a table that meet so many
// taps, in multiply-adds of a row of a tile.
func (r *product) time(rows, taps int) int {
	tile := func(height int) int { return tileSteps + taps*r.depth*max(height, shortTile) }
	mr := r.tile().MR
	// As the kernel cuts them: the last two tiles share what is left.
	full := max(0, rows/mr-1)
	rest := rows - full*mr
	t := callSteps + full*tile(mr)
	if rest > mr {
		return t + tile(cut.Ceil(rest, 2)) + tile(rest/2)
	}
	return t + tile(rest)
}
