package engine

import (
	"slices"

	"github.com/unslide/unslide/im2col"
)

// The kernel leaves a kernel element out where all pixels of a tile meet padding
// there, and it takes as long for a pixel of a low tile as for one of a high
// tile. So the pixels of a block are sorted by the kernel elements that lie in
// the image for them, and cut into segments where that saves time: for each, the
// kernel is called by itself.

// A segment is a run of a table's rows: some pixels of each image.
type segment struct {
	first, each int
	inside      bool // no padding
}

// extent is a run [lo, hi) along an axis: of kernel elements, counted along the
// window, or of pixels.
type extent struct{ lo, hi int }

func (e extent) size() int { return max(0, e.hi-e.lo) }

// with is the smallest extent that has both.
func (e extent) with(o extent) extent {
	if e.size() == 0 {
		return o
	}
	if o.size() == 0 {
		return e
	}
	return extent{min(e.lo, o.lo), max(e.hi, o.hi)}
}

// axisClasses cuts the outputs along an axis of the given size where other
// kernel elements lie in the image: classes[i] does for outputs [at[i], at[i+1]).
func axisClasses(size, k, stride, dilation, pad, outputs int) (classes []extent, at []int) {
	for o := range outputs {
		first := o*stride - pad
		e := extent{min(k, ceilDiv(max(0, -first), dilation)), 0}
		if last := size - 1 - first; last >= 0 {
			e.hi = min(k, last/dilation+1)
		}
		if n := len(classes); n == 0 || classes[n-1] != e {
			classes, at = append(classes, e), append(at, o)
		}
	}
	return classes, append(at, outputs)
}

// insideShare is the share of the kernel elements along an axis that lie in the
// image, over all outputs.
func insideShare(size, k, stride, dilation, pad, outputs int) float64 {
	inside := 0
	classes, at := axisClasses(size, k, stride, dilation, pad, outputs)
	for i, e := range classes {
		inside += e.size() * (at[i+1] - at[i])
	}
	return float64(inside) / float64(k*outputs)
}

// segmentPixels cuts the pixels of a block, g by itself, for so many images
// where the kernel takes the least time. The candidates for a cut are the places
// where the share of the kernel changes, row by row of such classes.
func (r *direct) segmentPixels(g *im2col.Geometry, images int) [][]int {
	rows, ohs := axisClasses(g.H, g.KH, g.StrideH, g.DilationH, g.PadTop, g.OH)
	cols, ows := axisClasses(g.W, g.KW, g.StrideW, g.DilationW, g.PadLeft, g.OW)
	if r.depthwise {
		rows, ohs, cols, ows = rows[:1], []int{0, g.OH}, cols[:1], []int{0, g.OW}
	}
	// Class i is of the pixels that meet rows[i/len(cols)], cols[i%len(cols)].
	classes := len(rows) * len(cols)
	// best[j] is the least time for the first j classes, cut[j] where their last
	// segment begins.
	best, cut := make([]int, classes+1), make([]int, classes+1)
	for j := 1; j <= classes; j++ {
		var kh, kw extent
		pixels := 0
		for i := j - 1; i >= 0; i-- {
			y, x := i/len(cols), i%len(cols)
			kh, kw = kh.with(rows[y]), kw.with(cols[x])
			pixels += (ohs[y+1] - ohs[y]) * (ows[x+1] - ows[x])
			t := best[i] + r.time(images*pixels, kh.size()*kw.size())
			if i == j-1 || t < best[j] {
				best[j], cut[j] = t, i
			}
		}
	}
	var segments [][]int
	all := make([]int, 0, g.Rows())
	for j := classes; j > 0; j = cut[j] {
		first := len(all)
		for i := cut[j]; i < j; i++ {
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
func (r *direct) time(rows, taps int) int {
	tile := func(height int) int { return tileSteps + taps*r.depth*max(height, shortTile) }
	mr := r.tile().MR
	// As the kernel cuts them: the last two tiles share what is left.
	full := max(0, rows/mr-1)
	rest := rows - full*mr
	t := callSteps + full*tile(mr)
	if rest > mr {
		return t + tile(ceilDiv(rest, 2)) + tile(rest/2)
	}
	return t + tile(rest)
}
