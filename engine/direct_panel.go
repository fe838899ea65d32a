package engine

import "github.com/unslide/unslide/engine/kernel"

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

// steps returns how many taps, and how deep, a chunk of a panel is: a quarter of
// the second-level cache.
func (r *direct) steps(p *panel) (taps, depth int) {
	limit := max(1, cacheShare/2/4/p.tile.NR)
	taps, depth = ceilDiv(r.taps, min(r.taps, ceilDiv(r.taps*r.depth, limit))), r.depth
	if taps == 1 && !r.merged {
		depth = ceilDiv(depth, ceilDiv(depth, limit))
	}
	return taps, depth
}

// chunkLen is the length of the largest chunk, packed.
func (r *direct) chunkLen() int {
	if r.depthwise {
		return 0
	}
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
	// notPacked: the kernel reads its rows, OC apart, where they are.
	notPacked packing = iota
	// packedByCall: all panels are packed before all else.
	packedByCall
	// packedByWorker: a chunk is packed when its turn comes.
	packedByWorker
)

// inPlaceBlocks is for how many blocks panels are read where they are.
const inPlaceBlocks = 4

// packing chooses for n images. Panels that meet many blocks are packed once for
// all of them. Those that meet a few are read where they are, unless their rows
// are in another order or the last tile would read beyond a row's end: then they
// are packed for one block in the worker's cache.
func (r *direct) packing(n int) packing {
	last, blocks := r.panels[len(r.panels)-1], r.grid.blocks(n)
	asStored := r.transposed == nil && !r.merged && last.cols == last.tile.NR
	switch {
	case r.depthwise && r.transposed == nil:
		return notPacked
	case r.depthwise:
		return packedByCall
	case r.prepacked:
		return packedByCall
	case asStored && blocks <= inPlaceBlocks:
		return notPacked
	case blocks > 1:
		return packedByCall
	}
	return packedByWorker
}

// packPart is how many elements of the filter one part packs.
const packPart = 1 << 14

func (r *direct) packParts() int {
	if r.depthwise {
		return 1
	}
	return min(r.units()*r.taps, ceilDiv(r.g.FilterLen(), packPart))
}

func (r *direct) prepared(n int) (length, parts int) {
	if r.packing(n) != packedByCall {
		return 0, 0
	}
	if r.depthwise {
		return r.packed, 1
	}
	return r.g.Groups*r.packed + kernel.PackSlack, r.packParts()
}

// prepare packs panels tap by tap:
//
//	packed[group][panel][tap][c][j] = filter[tap][c][group·GroupOC + first + j]
func (r *direct) prepare(part int, dst, filter []float32) {
	if r.depthwise {
		for tap, from := range r.transposed {
			copy(dst[tap*r.g.OC:][:r.g.OC], filter[from*r.g.OC:])
		}
		return
	}
	lo, hi := partRange(part, r.packParts(), r.units()*r.taps)
	for i := lo; i < hi; i++ {
		unit, tap := i/r.taps, i%r.taps
		group, p := unit/len(r.panels), &r.panels[unit%len(r.panels)]
		at := group*r.packed + p.offset + tap*r.depth*p.tile.NR
		r.pack(dst[at:], filter, group, p, tap, tap+1, 0, r.depth)
	}
}

// pack packs taps [t0, t1) of a panel, of each the depth [c0, c1). The tile's
// columns beyond the panel's get any values.
func (r *direct) pack(dst, filter []float32, group int, p *panel, t0, t1, c0, c1 int) {
	for t := t0; t < t1; t++ {
		if !r.merged {
			r.packElement(dst, filter, group, p, t, c0, c1)
			dst = dst[(c1-c0)*p.tile.NR:]
			continue
		}
		for w := range r.g.KW {
			if r.g.Flip {
				w = r.g.KW - 1 - w // a strip's pixels come in the image's order
			}
			r.packElement(dst, filter, group, p, t*r.g.KW+w, 0, r.g.GroupC())
			dst = dst[r.g.GroupC()*p.tile.NR:]
		}
	}
}

// packElement packs the channels [c0, c1) of one kernel element. In the
// gradient to the data, filter is the plan's, whose filters are g's channels.
func (r *direct) packElement(dst, filter []float32, group int, p *panel, tap, c0, c1 int) {
	g, nr := &r.g, p.tile.NR
	if r.transposed != nil {
		from := (r.transposed[tap]*g.GroupOC()+p.first)*g.C + group*g.GroupC() + c0
		p.tile.PackColumns(dst, nr, filter[from:], g.C, c1-c0, p.cols)
		return
	}
	from := (tap*g.GroupC()+c0)*g.OC + group*g.GroupOC() + p.first
	p.tile.PackRows(dst, nr, filter[from:], g.OC, c1-c0, p.cols)
}
