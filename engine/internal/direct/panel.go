package direct

import (
	"github.com/unslide/unslide/engine/internal/cut"
	"github.com/unslide/unslide/engine/internal/kernel"
)

// A panel is a run of filters of one group, as many as a tile has columns.
type panel struct {
	tile   kernel.Tile
	first  int // filter
	cols   int
	offset int // of the packed panel among those of its group
}

// cutPanels cuts the filters of a group into panels and returns the length of
// all of them packed: depth rows as wide as their tiles.
func cutPanels(set *kernel.Set, filters, depth int) (panels []panel, length int) {
	for first := 0; first < filters; {
		t := set.TileFor(filters - first)
		p := panel{tile: t, first: first, cols: min(t.NR, filters-first), offset: length}
		panels = append(panels, p)
		length += depth * t.NR
		first += p.cols
	}
	return panels, length
}

// steps returns how many taps, and how deep, a chunk of a panel is: a quarter of
// the second-level cache.
func (r *product) steps(p *panel) (taps, depth int) {
	limit := max(1, cut.CacheShare/2/4/p.tile.NR)
	taps, depth = cut.Ceil(r.taps, min(r.taps, cut.Ceil(r.taps*r.depth, limit))), r.depth
	if taps == 1 && !r.merged {
		depth = cut.Ceil(depth, cut.Ceil(depth, limit))
	}
	return taps, depth
}

// chunkLen is the length of the largest chunk, packed.
func (r *product) chunkLen() int {
	n := 0
	for i := range r.panels {
		taps, depth := r.steps(&r.panels[i])
		n = max(n, taps*depth*r.panels[i].tile.NR)
	}
	return n + kernel.PackSlack
}

// packing is what happens to the filter before the kernel reads it.
type packing uint8

const (
	// notPacked: the kernel reads its rows, OC apart, where they are. The last ones
	// of the filter, behind which it would read on, are packedByWorker.
	notPacked packing = iota
	// turnedByCall: a copy, kernel rows from their ends on, is read like that.
	turnedByCall
	// packedByCall: all panels are packed before all else.
	packedByCall
	// packedByWorker: a chunk is packed when its turn comes.
	packedByWorker
)

// inPlaceBlocks is for how many blocks panels are read where they are.
const inPlaceBlocks = 4

const (
	// fewRows is the depth from which on it pays to read panels where they are
	// although the last rows are packed: below, a call for them costs as much.
	fewRows = 256
	// deepRows is the depth of a panel of which each tile takes long and that does
	// not fit a worker's cache.
	deepRows = 1 << 14
)

func (r *product) deep() bool { return r.taps*r.depth >= deepRows }

// packing chooses for n images. Panels that meet many blocks are packed once for
// all of them. Those that meet a few are read where they are, unless their rows
// are in another order: then they are packed for one block in the worker's cache.
// Deep ones of few filters, which would take many times their size, are never
// packed.
func (r *product) packing(n int) packing {
	last, blocks := r.panels[len(r.panels)-1], r.grid.Blocks(n)
	rows, padded := r.taps*r.depth, r.G.Groups*r.packed > 2*r.G.FilterLen()
	turned := r.merged && r.G.Flip || r.Transposed != nil
	inPlace := last.cols == last.tile.NR && !r.merged || rows >= fewRows
	switch {
	case turned && padded && rows >= fewRows && r.Transposed == nil:
		return turnedByCall
	case !turned && padded && r.deep():
		return notPacked
	case r.Prepacked:
		return packedByCall
	case !turned && inPlace && blocks <= inPlaceBlocks:
		return notPacked
	case blocks > 1:
		return packedByCall
	}
	return packedByWorker
}

// rowsInPlace is how many rows of a panel the kernel can read where they are,
// as wide as the tile, without reading behind the filter.
func (r *product) rowsInPlace(p *panel, group int) int {
	first := group*r.G.GroupOC() + p.first
	return min(r.taps*r.depth, max(0, r.G.FilterLen()-first-p.tile.NR+r.G.OC)/r.G.OC)
}

// packPart is how many elements of the filter one part packs.
const packPart = 1 << 14

func (r *product) packParts() int {
	return min(r.units()*r.taps, cut.Ceil(r.G.FilterLen(), packPart))
}

func (r *product) Prepared(n int) (length, parts int) {
	switch how := r.packing(n); {
	case how == turnedByCall:
		return r.G.FilterLen() + r.tile().NR, min(r.G.KH, cut.Ceil(r.G.FilterLen(), packPart))
	case how == packedByCall:
		return r.G.Groups*r.packed + kernel.PackSlack, r.packParts()
	}
	return 0, 0
}

// Prepare packs panels tap by tap:
//
//	packed[group][panel][tap][c][j] = filter[tap][c][group·GroupOC + first + j]
func (r *product) Prepare(part int, dst, filter []float32) {
	if r.packing(1) == turnedByCall { // for any number of images
		_, parts := r.Prepared(1)
		kh0, kh1 := cut.Range(part, parts, r.G.KH)
		r.turn(dst, filter, kh0, kh1)
		return
	}
	lo, hi := cut.Range(part, r.packParts(), r.units()*r.taps)
	for i := lo; i < hi; i++ {
		unit, tap := i/r.taps, i%r.taps
		group, p := unit/len(r.panels), &r.panels[unit%len(r.panels)]
		at := group*r.packed + p.offset + tap*r.depth*p.tile.NR
		r.pack(dst[at:], filter, group, p, tap, tap+1, 0, r.depth)
	}
}

// turn copies the kernel rows [kh0, kh1), the elements of each in the order in
// which they meet a strip's pixels.
func (r *product) turn(dst, filter []float32, kh0, kh1 int) {
	width, pixel := r.G.KW, r.G.GroupC()*r.G.OC
	for kh := kh0; kh < kh1; kh++ {
		for kw := range width {
			copy(dst[(kh*width+kw)*pixel:][:pixel], filter[(kh*width+width-1-kw)*pixel:])
		}
	}
}

// pack packs taps [t0, t1) of a panel, of each the depth [c0, c1). The tile's
// columns beyond the panel's get any values.
func (r *product) pack(dst, filter []float32, group int, p *panel, t0, t1, c0, c1 int) {
	for t := t0; t < t1; t++ {
		if !r.merged {
			r.packElement(dst, filter, group, p, t, c0, c1)
			dst = dst[(c1-c0)*p.tile.NR:]
			continue
		}
		for w := range r.G.KW {
			if r.G.Flip {
				w = r.G.KW - 1 - w // a strip's pixels come in the image's order
			}
			r.packElement(dst, filter, group, p, t*r.G.KW+w, 0, r.G.GroupC())
			dst = dst[r.G.GroupC()*p.tile.NR:]
		}
	}
}

// packElement packs the channels [c0, c1) of one kernel element. In the
// gradient to the data, filter is the plan's, whose filters are g's channels.
func (r *product) packElement(dst, filter []float32, group int, p *panel, tap, c0, c1 int) {
	g, nr := &r.G, p.tile.NR
	if r.Transposed != nil {
		from := (r.Transposed[tap]*g.GroupOC()+p.first)*g.C + group*g.GroupC() + c0
		p.tile.PackColumns(dst, nr, filter[from:], g.C, c1-c0, p.cols)
		return
	}
	from := (tap*g.GroupC()+c0)*g.OC + group*g.GroupOC() + p.first
	p.tile.PackRows(dst, nr, filter[from:], g.OC, c1-c0, p.cols)
}
