package direct

import (
	"fmt"
	"math"

	"github.com/unslide/unslide/engine/internal/conv"
	"github.com/unslide/unslide/engine/internal/cut"
	"github.com/unslide/unslide/engine/internal/kernel"
	"github.com/unslide/unslide/im2col"
)

// planes computes the gradient to the data of a layer of few channels,
// all phases of the stride at once. The product is turned on its side: its rows
// are the elements of the kernel, which are many, instead of its columns the
// channels, which are few. Each column of the kernel sums to planes of its own,
// one for every channel and row phase, in which output pixels lie side by side:
//
//	for each block of input rows                    planes fit in L2/4
//	    for each run of output pixels               as wide as the tile
//	        panel[oc][pixel] = dDst[pixel][oc]
//	        plane[kw][c][oh·StrideH − PadTop + kh·DilationH][ow] += Σ_oc filter[kh][kw][c][oc] · panel[oc][pixel]
//	    for each input row
//	        dSrc[ih][ow·StrideW − PadLeft + kw·DilationW][c] = Σ_kw plane[kw][c][ih][ow]
//
// The kernel adds to the planes in its stores: there is no patch matrix. Output
// rows are taken from the top, kernel rows from the bottom, so an element of a
// plane is one chain of multiply-adds in the order of the output rows and
// filters, and its bits depend on no cut.
type planes struct {
	g     im2col.Geometry
	set   *kernel.Set
	tile  kernel.Tile
	rows  int           // input rows of a block, at most: a multiple of StrideH
	lift  int           // rows of a plane from what the first kernel row adds to, to the last
	pitch int           // elements from plane to plane
	width int           // input columns of one phase
	lines int           // input rows summed at a time
	flat  bool          // runs of pixels go on from one output row to the next
	step  int           // kernel rows of one product
	far   bool          // the output's gradient comes from beyond the second-level cache
	spans []kernel.Span // of each column of the window and channel, in planes and in lines
	src   []int32       // of each row of the product, [row of the window][column][c]
	dst   []int32
	zero  []float32
}

// NewPlanes returns the runner of the gradient to the data of few channels, nil
// where the planes of the fewest rows that are
// worth while, as many as the kernel spans, do not fit.
func NewPlanes(g im2col.Geometry, c conv.Config[float32]) conv.Runner[float32] {
	tiles := c.Set.Tiles()
	r := &planes{g: g, set: c.Set, tile: tiles[len(tiles)-1], width: cut.Ceil(g.W, g.StrideW)}
	space := cut.CacheShare / 2 / cut.SizeOf[float32]()
	if g.Groups > 1 || g.Depth() > maxTable || g.FilterLen() > math.MaxInt32 ||
		r.panelLen() > space/4 || r.lineLen() > space/4 {
		return nil
	}
	r.lift = cut.Floor(g.Vertical().Reach()-1-g.PadTop, g.StrideH) - cut.Floor(-g.PadTop, g.StrideH)
	if r.lift > space/g.OW {
		return nil
	}
	space -= r.marginLen()
	r.rows = min(space/(g.KW*g.C*g.StrideH)/g.OW, cut.Ceil(g.H, g.StrideH)) * g.StrideH
	if r.rows < min(g.H, g.Vertical().Reach()) {
		return nil
	}
	r.pitch = cut.OddLines(r.rows / g.StrideH * g.OW)
	// Kernel rows of one product add to different elements: to rows of
	// different phases, or farther apart than a run of pixels is long.
	period := g.Vertical().Period()
	r.far = 4*g.OutputLen() > 2*cut.CacheShare
	r.flat, r.step = true, g.KH
	if g.OW < r.tile.NR {
		if r.flat = g.KW*g.C*period >= r.tile.MR; r.flat {
			r.step = period
		}
	}
	const lineBytes = 16 << 10 // half of a first-level cache
	r.lines = max(1, lineBytes/4/r.lineLen())
	r.tables()
	r.addSpans()
	r.zero = make([]float32, g.OC)
	return r
}

// tables makes the offsets of the product's rows: in the filter and, where the
// first kernel row of the window adds to element 0 of a plane, in the planes.
func (r *planes) tables() {
	g := &r.g
	first := cut.Floor(-g.PadTop, g.StrideH)
	for i := range g.KH {
		row := i*g.DilationH - g.PadTop
		at := cut.Floor(row, g.StrideH)
		phase := row - at*g.StrideH
		for j := range g.KW {
			tap := i*g.KW + j
			if g.Flip {
				tap = g.Taps() - 1 - tap
			}
			for c := range g.C {
				r.src = append(r.src, int32((tap*g.C+c)*g.OC))
				r.dst = append(r.dst, int32(r.plane(j, c, phase)+(at-first)*g.OW))
			}
		}
	}
}

// addSpans says where the planes' rows are added to a line, [phase][c][width], or
// to an input row of one channel.
func (r *planes) addSpans() {
	g := &r.g
	for j := range g.KW {
		col := j*g.DilationW - g.PadLeft
		shift := cut.Floor(col, g.StrideW)
		phase := col - shift*g.StrideW
		ow0 := max(0, -shift)
		ow1 := min(g.OW, (g.W-phase+g.StrideW-1)/g.StrideW-shift)
		for c := range g.C {
			if ow0 < ow1 {
				r.spans = append(r.spans, kernel.Span{
					Dst: (phase*g.C+c)*r.width + ow0 + shift, Src: r.plane(j, c, 0) + ow0, Count: ow1 - ow0,
				})
			}
		}
	}
}

// plane is where the plane of a column of the window, a channel and a row phase
// begins.
func (r *planes) plane(col, c, phase int) int {
	return ((col*r.g.C+c)*r.g.StrideH + phase) * r.pitch
}

func (r *planes) String() string {
	return fmt.Sprintf("direct %v on its side, %d planes in blocks of %d rows", r.tile, r.g.KW*r.g.C, r.rows)
}

func (r *planes) Prepared(int) (length, parts int) { return 0, 0 }

func (r *planes) Prepare(int, []float32, []float32) {}

// blockRows is how many input rows a block has when n images are computed:
// fewer than fit where that makes enough parts. The output rows that two blocks
// share are packed twice.
func (r *planes) blockRows(n int) int {
	rows := max(cut.Ceil(n*r.g.H, cut.EnoughParts), 4*r.g.Vertical().Reach())
	return min(r.rows, cut.Ceil(rows, r.g.StrideH)*r.g.StrideH)
}

func (r *planes) blocks(n int) int { return n * cut.Ceil(r.g.H, r.blockRows(n)) }

func (r *planes) Parts(n int) int {
	if n == 0 {
		return 0
	}
	return max(1, min(r.blocks(n), int(float64(n)*r.g.FLOP()/cut.MinPartFLOP)))
}

// marginLen is the length of the planes' margin, which start to count before
// the block's first row, and planesLen that of all of them with it.
func (r *planes) marginLen() int { return r.lift * r.g.OW }
func (r *planes) planesLen() int {
	return r.marginLen() + r.g.KW*r.g.C*r.g.StrideH*r.pitch
}
func (r *planes) lineLen() int  { return r.width * r.g.StrideW * r.g.C }
func (r *planes) linesLen() int { return r.lines*r.lineLen() + kernel.InterleaveSlack }
func (r *planes) panelLen() int { return r.g.OC*r.tile.NR + kernel.PackSlack }

func (r *planes) Scratch() int { return r.planesLen() + r.linesLen() + r.panelLen() }

func (r *planes) Compute(part, n int, dSrc, dDst, filter, _, scratch []float32) {
	g, rows := &r.g, r.blockRows(n)
	down := cut.Ceil(g.H, rows)
	lo, hi := cut.Range(part, r.Parts(n), n*down)
	for b := lo; b < hi; b++ {
		image, h0 := b/down, b%down*rows
		r.block(h0, min(h0+rows, g.H), dSrc[image*g.InputLen():], dDst[image*g.OutputLen():], filter, scratch)
	}
}

// block computes the input rows [h0, h1) of an image.
func (r *planes) block(h0, h1 int, dSrc, dDst, filter, scratch []float32) {
	g := &r.g
	planes := scratch[:r.planesLen()]
	lines := scratch[len(planes):][:r.linesLen()]
	panel := scratch[len(planes)+len(lines):]
	used := cut.Ceil(h1-h0, g.StrideH) * g.OW
	for p := r.marginLen(); p < len(planes); p += r.pitch {
		clear(planes[p:][:used])
	}
	rows := g.Vertical().Within(h0, h1)
	first, _ := rows.OutputsAt(rows.Reach() - 1)
	_, end := rows.OutputsAt(0)
	for oh := first; oh < end; {
		t0, t1 := r.kernelRows(oh, h0, h1)
		next := oh + 1
		for ; r.flat && next < end; next++ {
			if u0, u1 := r.kernelRows(next, h0, h1); u0 != t0 || u1 != t1 {
				break
			}
		}
		if t0 < t1 {
			at := (cut.Floor(-g.PadTop, g.StrideH) - h0/g.StrideH + r.lift) * g.OW
			r.multiply(oh*g.OW, next*g.OW, t0, t1, planes[at+oh*g.OW:], dDst, filter, panel)
		}
		oh = next
	}
	for phase := range min(g.StrideH, h1-h0) {
		rows := cut.Ceil(h1-h0-phase, g.StrideH)
		r.raise(rows, dSrc[(h0+phase)*g.W*g.C:h1*g.W*g.C], planes[r.marginLen()+phase*r.pitch:], lines)
	}
}

// kernelRows returns the rows [t0, t1) of the window of output row oh that lie
// in the input rows [h0, h1): as im2col.Axis.Elements does, without a branch, for
// there is one call for every few kernel calls.
func (r *planes) kernelRows(oh, h0, h1 int) (t0, t1 int) {
	g := &r.g
	top := oh*g.StrideH - g.PadTop
	t0 = max(0, -cut.Floor(top-h0, g.DilationH))
	t1 = min(g.KH, cut.Floor(h1-1-top, g.DilationH)+1)
	return t0, t1
}

// multiply adds to planes, from the element that the first kernel row and pixel
// p0 of the image meet, what the rows [t0, t1) of the windows give for the
// output pixels [p0, p1).
func (r *planes) multiply(p0, p1, t0, t1 int, planes, dDst, filter, panel []float32) {
	g, nr := &r.g, r.tile.NR
	rows := g.KW * g.C
	a := kernel.ConvArgs{
		Src: filter, Filter: panel, Zero: r.zero, Taps: 1, Depth: g.OC, FilterStride: nr, Accumulate: true, Inside: true,
	}
	for p := p0; p < p1; p += nr {
		a.Cols = min(nr, p1-p)
		r.tile.PackColumns(panel, nr, dDst[p*g.OC:], g.OC, g.OC, a.Cols)
		a.Dst = planes[p-p0:]
		next, share, piece := r.ahead(dDst, p+nr, (t1-t0)*rows)
		for t := t1; t > t0; t -= r.step {
			hi := t * rows
			for lo := max(t0, t-r.step) * rows; lo < hi; lo += piece {
				n := min(share, len(next))
				r.set.Prefetch(next[:n])
				next = next[n:]
				end := min(lo+piece, hi)
				a.Rows, a.SrcOffsets, a.DstOffsets = end-lo, r.src[lo:end], r.dst[lo:end]
				r.tile.Conv(&a)
			}
		}
	}
}

// fetchLines is how many lines of the cache a core can wait for at once, about.
const fetchLines = 24

// ahead returns the pixels of the panel from p on, which are fetched while the
// one before it is multiplied: a share of them before each piece of so many of
// the product's rows. Where they come from the second-level cache there are
// none, and the product is one piece.
func (r *planes) ahead(dDst []float32, p, rows int) (next []float32, share, piece int) {
	if !r.far {
		return nil, 0, rows
	}
	size := r.tile.NR * r.g.OC
	next = dDst[min(p*r.g.OC, len(dDst)):]
	next = next[:min(size, len(next))]
	pieces := cut.Ceil(4*size, fetchLines*64)
	piece = cut.Ceil(rows, pieces)
	if piece > r.tile.MR {
		piece = cut.Ceil(piece, r.tile.MR) * r.tile.MR
	}
	return next, cut.Ceil(size, pieces), piece
}

// raise sums the planes of rows input rows, every StrideH-th from dst on, whose
// plane rows begin at planes.
func (r *planes) raise(rows int, dst, planes, lines []float32) {
	g := &r.g
	step := g.StrideH * g.W * g.C // from row to row
	if g.StrideW == 1 && g.C == 1 {
		for i := range rows {
			clear(dst[i*step:][:g.W])
		}
		r.set.AddSpans(dst, step, planes, g.OW, rows, r.spans)
		return
	}
	for rows > 0 {
		n := min(rows, r.lines)
		clear(lines[:n*r.lineLen()])
		r.set.AddSpans(lines, r.lineLen(), planes, g.OW, n, r.spans)
		// The last pixels of some phases may be missing.
		whole, streams := g.W/g.StrideW, g.StrideW*g.C
		r.set.Interleave(dst, step, lines, r.lineLen(), r.width, streams, whole, n)
		if rest := g.W % g.StrideW; rest > 0 {
			r.set.Interleave(dst[whole*streams:], step, lines[whole:], r.lineLen(), r.width, rest*g.C, 1, n)
		}
		rows -= n
		if rows > 0 {
			dst, planes = dst[n*step:], planes[n*g.OW:]
		}
	}
}
