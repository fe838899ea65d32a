package direct

import (
	"fmt"
	"math"

	"github.com/unslide/unslide/engine/internal/conv"
	"github.com/unslide/unslide/engine/internal/cut"
	"github.com/unslide/unslide/engine/internal/kernel"
	"github.com/unslide/unslide/engine/internal/spare"
	"github.com/unslide/unslide/im2col"
)

// raised computes the gradient to the data as package lowered does, by the
// kernels that add to their destination: no patches are kept. An output pixel's
// gradient times a kernel row is added to a row of the image,
//
//	row[ow·StrideW − PadLeft + u·DilationW][c] += Σ_oc dDst[oh][ow][oc] · filter[kh][u][c][oc]
//
// where u counts along the window, for a panel of (u, c) at a time, as wide as
// the tile, and for so many outputs at once as do not overlap. The rows of a block
// are kept beside the image, one group's channels, the columns that leave the
// same remainder modulo DilationW side by side, with a margin on either side
// that a panel may reach into. Remainders that no column leaves share one place.
// A flipped kernel's rows meet the image from right to left, so there the columns
// of the image and of the outputs are counted from the right.
//
// An element is one chain of multiply-adds for each kernel row, panel and output,
// added up in this order, so its bits do not depend on the cut into blocks.
type raised struct {
	g          im2col.Geometry // of a flipped kernel, with the columns from the right
	tile       kernel.Tile
	cols       int // of all panels of a kernel row: KW·C/Groups
	panels     int
	depthStep  int   // filters that a call of the kernel sums over
	rowLen     int   // of a row of a block
	apart      int   // outputs so far apart do not overlap in a panel
	ow0, ow1   int   // outputs whose windows touch the image
	outputs    []int // these, by their remainder modulo apart
	rows, many int   // input rows of a block, and images where that is all of them
	front      int   // elements before a block, where windows may begin
	zero       []float32
	spaces     spare.List[raisedSpace]
}

// raisedSpace is what a worker needs beside floats.
type raisedSpace struct {
	args     kernel.ConvArgs
	src, dst []int32 // offsets of the outputs: by column, image and row
	oh0, oh1 int     // the rows they are of
}

// RaiseFrom is how many times the multiplications of the forward pass the phases of
// the stride may take, padding included: most of that is left out.
const RaiseFrom = 8

// NewRaised returns the runner of the gradient to the data, all phases at once,
// nil where one row does not fit a worker's share of the second-level cache.
func NewRaised(p *conv.Phases, c conv.Config[float32]) conv.Runner[float32] {
	g := p.G
	if g.Flip {
		g.PadLeft = g.PadRight()
	}
	r := &raised{g: g, cols: g.KW * g.GroupC()}
	r.tile = c.Set.TileFor(r.cols)
	r.panels = cut.Ceil(r.cols, r.tile.NR)
	space := cut.CacheShare / 2 / cut.SizeOf[float32]()
	r.depthStep = max(1, min(g.GroupOC(), space/r.tile.NR))
	r.rowLen = g.W*g.GroupC() + 2*min(g.DilationW, g.W+1)*r.tile.NR
	if r.rowLen > space || g.OutputLen() > math.MaxInt32 {
		return nil
	}
	r.rows = min(g.H, space/r.rowLen)
	r.many = max(1, min(space/r.rowLen/g.H, math.MaxInt32/g.OutputLen()))
	r.ow0, _ = g.Horizontal().OutputsAt((g.KW - 1) * g.DilationW)
	_, r.ow1 = g.Horizontal().OutputsAt(0)
	r.apart = min(cut.Ceil(min(r.tile.NR, r.cols)*g.DilationW, g.StrideW*g.GroupC()), r.ow1-r.ow0)
	for first := range r.apart {
		for ow := r.ow0 + first; ow < r.ow1; ow += r.apart {
			r.outputs = append(r.outputs, ow)
		}
	}
	r.front = max(0, g.PadLeft-r.ow0*g.StrideW+g.DilationW) / g.DilationW * g.GroupC()
	r.zero = make([]float32, r.depthStep)
	r.spaces.Keep = c.Workers
	return r
}

func (r *raised) String() string {
	return fmt.Sprintf("direct %v, raised in blocks of %d rows", r.tile, r.rows*r.many)
}

// panelLen is the length of a packed panel.
func (r *raised) panelLen() int { return r.g.GroupOC() * r.tile.NR }

func (r *raised) units() int { return r.g.Groups * r.g.KH * r.panels }

// packedByCall reports whether panels are packed before all else, as they meet
// more than two blocks of n images. Else a worker packs them, to its cache, when
// a block's turn comes: a filter as large as the image takes as long to write and
// to read again as all the rest.
func (r *raised) packedByCall(n int) bool {
	g := &r.g
	images, rows := r.block(n)
	down := cut.Ceil((g.OH-1)*g.StrideH, rows) + 1 // blocks of an image that a kernel row meets
	return cut.Ceil(n, images)*min(down, g.OH, cut.Ceil(g.H, g.StrideH)) > 2
}

func (r *raised) Prepared(n int) (length, parts int) {
	if n == 0 || !r.packedByCall(n) {
		return 0, 0
	}
	return r.units()*r.panelLen() + kernel.PackSlack, r.packParts()
}

func (r *raised) packParts() int { return min(r.units(), cut.Ceil(r.g.FilterLen(), packPart)) }

// Prepare packs panels, units of them one after the other.
func (r *raised) Prepare(part int, dst, filter []float32) {
	lo, hi := cut.Range(part, r.packParts(), r.units())
	for unit := lo; unit < hi; unit++ {
		r.pack(dst[unit*r.panelLen():], filter, unit, 0, r.g.GroupOC())
	}
}

// pack packs the filters [oc0, oc1) of a unit, (group, kh, panel): dst[oc][j] is
// for column j of the panel, (u, c). Kernel rows count along the window too.
func (r *raised) pack(dst, filter []float32, unit, oc0, oc1 int) {
	g := &r.g
	group, kh, j0 := unit/r.panels/g.KH, unit/r.panels%g.KH, unit%r.panels*r.tile.NR
	if g.Flip {
		kh = g.KH - 1 - kh
	}
	from := filter[(kh*r.cols+j0)*g.OC+group*g.GroupOC()+oc0:]
	r.tile.PackColumns(dst, r.tile.NR, from, g.OC, oc1-oc0, min(r.tile.NR, r.cols-j0))
}

// block returns how many images and rows a block of n images has, fewer than fit
// where that makes enough parts.
func (r *raised) block(n int) (images, rows int) {
	parts := max(1, min(cut.EnoughParts, int(float64(n)*r.g.FLOP()/cut.MinPartFLOP)))
	if n < parts {
		return 1, min(r.rows, cut.Ceil(r.g.H*n, parts))
	}
	return min(r.many, cut.Ceil(n, parts)), r.rows
}

func (r *raised) Parts(n int) int {
	if n == 0 {
		return 0
	}
	images, rows := r.block(n)
	return cut.Ceil(n, images) * cut.Ceil(r.g.H, rows)
}

// Scratch is the sums of a block and a panel.
func (r *raised) Scratch() int {
	return r.front + r.many*r.rows*r.rowLen + r.chunkLen()
}

// chunkLen is the length of what a worker packs at once.
func (r *raised) chunkLen() int { return r.depthStep*r.tile.NR + kernel.PackSlack }

func (r *raised) Compute(part, n int, dSrc, dDst, filter, _, scratch []float32) {
	g := &r.g
	images, rows := r.block(n)
	down := cut.Ceil(g.H, rows)
	first, h0 := part/down*images, part%down*rows
	b := raisedBlock{
		raised: r, images: min(images, n-first), h0: h0, h1: min(h0+rows, g.H),
		packed: r.packedByCall(n), space: r.spaces.Get(),
	}
	b.dDst = dDst[first*g.OutputLen():][:b.images*g.OutputLen()]
	if !b.met() {
		for i := range b.images {
			clear(dSrc[((first+i)*g.H+h0)*g.W*g.C : ((first+i)*g.H+b.h1)*g.W*g.C])
		}
		r.spaces.Put(b.space)
		return
	}
	b.chunk, scratch = scratch[:r.chunkLen()], scratch[r.chunkLen():]
	b.sums = scratch[:r.front+b.images*(b.h1-h0)*r.rowLen]
	b.space.oh1 = 0 // of another block
	for group := range g.Groups {
		clear(b.sums)
		for kh := range g.KH {
			b.kernelRow(group, kh, filter)
		}
		b.copyOut(dSrc[first*g.InputLen():], group)
	}
	b.space.args = kernel.ConvArgs{}
	r.spaces.Put(b.space)
}

// A raisedBlock is the input rows [h0, h1) of some images.
type raisedBlock struct {
	*raised
	images, h0, h1    int
	packed            bool // the filter is
	dDst, sums, chunk []float32
	space             *raisedSpace
}

// outputRows returns the output rows that a row of the window meets the block at.
func (b *raisedBlock) outputRows(kh int) (oh0, oh1 int) {
	return b.g.Vertical().Within(b.h0, b.h1).OutputsAt(kh * b.g.DilationH)
}

// met reports whether any output meets the block.
func (b *raisedBlock) met() bool {
	for kh := range b.g.KH {
		if oh0, oh1 := b.outputRows(kh); oh0 < oh1 {
			return b.ow0 < b.ow1
		}
	}
	return false
}

// kernelRow adds what a row of the window gives for the output rows that it meets
// the block at.
func (b *raisedBlock) kernelRow(group, kh int, filter []float32) {
	g, nr := &b.g, b.tile.NR
	at := kh*g.DilationH - g.PadTop // the input row of output row 0
	oh0, oh1 := b.outputRows(kh)
	if oh0 >= oh1 {
		return
	}
	b.offsets(oh0, oh1)
	lines := b.images * (oh1 - oh0)
	a := &b.space.args
	*a = kernel.ConvArgs{Zero: b.zero, Taps: 1, Accumulate: true, Inside: true, FilterStride: nr}
	most := max(1, int(4e6)/(nr*b.depthStep)) // rows of a call
	row := b.sums[(at+oh0*g.StrideH-b.h0)*b.rowLen:]
	for p := range b.panels {
		j0 := p * nr
		a.Cols = min(nr, b.cols-j0)
		lo, _ := g.Horizontal().OutputsAt((j0 + a.Cols - 1) / g.GroupC() * g.DilationW)
		_, hi := g.Horizontal().OutputsAt(j0 / g.GroupC() * g.DilationW)
		if lo >= hi {
			continue // nothing but padding
		}
		unit := (group*g.KH+kh)*b.panels + p
		a.Dst = row[j0:]
		for oc := 0; oc < g.GroupOC(); oc += b.depthStep {
			a.Depth = min(b.depthStep, g.GroupOC()-oc)
			a.Src, a.Filter = b.dDst[group*g.GroupOC()+oc:], b.chunk
			if b.packed {
				a.Filter = filter[unit*b.panelLen()+oc*nr:]
			} else {
				b.pack(b.chunk, filter, unit, oc, oc+a.Depth)
			}
			for first, from := 0, 0; first < b.apart; first++ {
				// The outputs ow0 + first + i·apart of [lo, hi).
				count := cut.Ceil(b.ow1-b.ow0-first, b.apart)
				i0 := cut.Ceil(max(0, lo-b.ow0-first), b.apart)
				i1 := cut.Ceil(max(0, min(hi, b.ow1)-b.ow0-first), b.apart)
				for i := (from + i0) * lines; i < (from+i1)*lines; i += most {
					a.Rows = min(most, (from+i1)*lines-i)
					a.SrcOffsets, a.DstOffsets = b.space.src[i:], b.space.dst[i:]
					b.tile.Conv(a)
				}
				from += count
			}
		}
	}
}

// offsets lists where the outputs of rows [oh0, oh1) lie in dDst and where their
// windows begin in the sums, from the row that oh0 meets on.
func (b *raisedBlock) offsets(oh0, oh1 int) {
	g, s := &b.g, b.space
	if oh0 == s.oh0 && oh1 == s.oh1 {
		return
	}
	s.oh0, s.oh1, s.src, s.dst = oh0, oh1, s.src[:0], s.dst[:0]
	for _, ow := range b.outputs {
		w := ow*g.StrideW - g.PadLeft
		at := cut.Floor(w, g.DilationW)
		col := b.phase(w-at*g.DilationW) + at*g.GroupC()
		if g.Flip {
			ow = g.OW - 1 - ow
		}
		for i := range b.images {
			for oh := oh0; oh < oh1; oh++ {
				s.src = append(s.src, int32(((i*g.OH+oh)*g.OW+ow)*g.OC))
				s.dst = append(s.dst, int32((i*(b.h1-b.h0)+(oh-oh0)*g.StrideH)*b.rowLen+col))
			}
		}
	}
}

// phase is where in a row's sums the columns begin that leave the given remainder
// modulo DilationW.
func (r *raised) phase(rest int) int {
	g := &r.g
	before := rest*(g.W/g.DilationW) + min(rest, g.W%g.DilationW)
	return r.front + before*g.GroupC() + (2*min(rest, g.W)+1)*r.tile.NR
}

// copyOut writes the sums of a group's channels to the image.
func (b *raisedBlock) copyOut(dSrc []float32, group int) {
	g, gc := &b.g, b.g.GroupC()
	rows := b.h1 - b.h0
	for i := range b.images * rows {
		dst := dSrc[((i/rows*g.H+b.h0+i%rows)*g.W)*g.C+group*gc:]
		sums := b.sums[i*b.rowLen:]
		for rest := range min(g.DilationW, g.W) {
			from := sums[b.phase(rest):]
			if g.DilationW == 1 && g.Groups == 1 && !g.Flip {
				copy(dst[:g.W*gc], from)
				continue
			}
			for w := rest; w < g.W; w += g.DilationW {
				at := w * g.C
				if g.Flip {
					at = (g.W - 1 - w) * g.C
				}
				for c, x := range from[:gc] { // mostly fewer than copy is quick for
					dst[at+c] = x
				}
				from = from[gc:]
			}
		}
	}
}
