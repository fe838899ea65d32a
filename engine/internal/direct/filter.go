package direct

import (
	"fmt"

	"github.com/unslide/unslide/engine/internal/conv"
	"github.com/unslide/unslide/engine/internal/cut"
	"github.com/unslide/unslide/engine/internal/kernel"
	"github.com/unslide/unslide/engine/internal/spare"
	"github.com/unslide/unslide/im2col"
)

// gradient computes the gradient to the filter as outer products summed
// over pixels, without a patch matrix.
//
//	dFilter[kh][kw][c][oc] = Σ over pixels of src[pixel of (kh,kw)][c] · dPre[pixel][oc]
//
//	for each block of output rows               src and dPre fit in L2/2
//	    for each group, each panel of filters   as wide as the tile
//	        for each span of kernel elements
//	            kernel: tiles of channels × panel, over the pixels of the block
//
// src is read in place, and so is dPre where few tiles read a panel; else it is
// copied first. Rows far apart defeat the processor's own prefetching, so the
// first tiles to read a row also fetch what lies where the next block begins.
//
// A span is one kernel element; the pixels it meets are a run of each output
// row, without those in the padding. With few channels it is a kernel row, whose
// elements lie one after the other, KW·C rows of the product. Where there is
// padding, the input rows of a block are copied to a strip for that, with the
// padding as zeros. Of a long kernel row that is read in place, elements that meet
// the same outputs are a span.
//
// If that fills the vectors better, the kernel computes the transpose of the
// spans, with src as the panel, and the part transposes its sums in the end.
//
// A part is a run of units (group, panel, span) summed over a shard of the
// output rows. Shard 0 writes to the destination, the others to partial sums,
// which are added in shard order afterwards.
type gradient struct {
	g         im2col.Geometry
	ops       *conv.Ops[float32]
	sums      conv.Sums[float32]
	tile      kernel.Tile
	strip     bool // few channels: read from a strip
	turned    bool // the kernel's rows are filters, its columns those of a span
	backwards bool // spans count along the window, against the filter's kernel rows
	packed    bool // a panel of dPre is copied before so many tiles of channels read it
	set       *kernel.Set
	row       []span // of a kernel row
	spans     int    // of all kernel rows
	panels    int    // of one group
	lines     int    // output rows of a block
	spaces    spare.List[filterSpace]
}

// filterSpace is what a worker needs beside floats.
type filterSpace struct {
	args kernel.OuterArgs[float32]
	runs []kernel.Run
}

// stripChannels is the number of channels from which on a kernel element by
// itself is a tile high enough.
const stripChannels = 14

// backwardsTaps is the width of a flipped kernel from which on copying a row of it
// to the filter, backwards, is little beside computing its elements together.
const backwardsTaps = 16

// NewFilter returns the runner of the gradient to the filter.
func NewFilter(g im2col.Geometry, c conv.Config[float32]) conv.Gradient[float32] {
	return newFilter(g, c)
}

func newFilter(g im2col.Geometry, c conv.Config[float32]) *gradient {
	tiles := c.Set.Tiles()
	r := &gradient{g: g, ops: c.Ops, sums: conv.NewSums(&g, c.Ops.Vector), set: c.Set, tile: tiles[len(tiles)-1]}
	r.panels = cut.Ceil(g.GroupOC(), r.tile.NR)
	few := g.GroupC() < stripChannels && g.KW > 1
	merged := few && g.DilationW == 1 && (!g.Flip || g.KW >= backwardsTaps)
	r.strip = few && !(merged && g.Groups == 1 && g.PadLeft <= 0 && g.PadRight() <= 0)
	if r.strip && !r.stripFits() {
		r.strip, merged = false, false
	}
	long := !merged && g.Groups == 1 && g.DilationW == 1 && g.KW >= longRow
	r.backwards = (merged || long) && g.Flip
	taps := min(r.spanTaps(merged), g.KW)
	if long {
		r.row = r.spansByOutputs()
	} else {
		r.row = r.spansOf(taps)
	}
	r.spans = g.KH * len(r.row)
	rows := taps * g.GroupC()
	r.turned = !long && rows <= r.tile.NR && r.turnPays(rows)
	if r.turned {
		r.panels = 1
	}
	r.lines = r.blockLines()
	r.packed = !r.turned && g.KH*g.KW*g.GroupC() >= packRows &&
		float64(r.lines*g.OW)*float64(r.tile.NR) <= cut.WorkspaceLimit(&g)
	r.spaces.Keep = c.Workers
	return r
}

// turnPays reports whether the transpose of a span of so many rows fills the
// vectors better.
func (r *gradient) turnPays(rows int) bool {
	filters, lanes := r.g.GroupOC(), r.tile.NR/2
	return filters*cut.Ceil(rows, lanes) < rows*cut.Ceil(filters, lanes)
}

// blockLines chooses the output rows of a block.
func (r *gradient) blockLines() int {
	g := &r.g
	rowLen := g.W * g.C
	if r.strip {
		rowLen = r.stripLen()
	}
	return cut.Lines(g, rowLen)
}

// packRows is the number of rows from which on copying a panel costs little
// beside multiplying with it.
const packRows = 256

func (r *gradient) String() string {
	s := fmt.Sprintf("direct %v in blocks of %d output rows", r.tile, r.lines)
	if r.strip {
		s += " from a strip"
	}
	return s
}

func (r *gradient) units() int {
	return r.g.Groups * r.panels * r.spans
}

// Scratch is room for the column sums of a block, for turned sums and for a
// strip.
func (r *gradient) Scratch() int {
	n := r.g.OC + r.stripSize(r.lines)
	if r.packed {
		n += r.lines*r.g.OW*r.tile.NR + kernel.PackSlack
	}
	if r.turned || r.backwards {
		n += r.g.FilterLen()
	}
	return n
}

func (r *gradient) Compute(part, n int, dFilter, dBias, src, dPre, partials, scratch []float32) {
	g := &r.g
	shards, slices := r.cut(n)
	shard, slice := part/slices, part%slices
	l0, l1 := cut.Range(shard, shards, n*r.g.OH)
	u0, u1 := cut.Range(slice, slices, r.units())
	dFilter, dBias = r.sums.Of(shard, dFilter, dBias, partials)
	if slice > 0 {
		dBias = nil
	}
	space := r.spaces.Get()
	if space.runs == nil {
		space.runs = make([]kernel.Run, 0, 2*r.lines)
	}
	out, strip := dFilter, scratch[g.OC:]
	var panel []float32
	if r.packed {
		size := min(r.lines, l1-l0)*g.OW*r.tile.NR + kernel.PackSlack
		panel, strip = strip[:size], strip[size:]
	}
	if r.turned || r.backwards {
		out, strip = strip[:g.FilterLen()], strip[g.FilterLen():]
	}
	strip = strip[:r.stripSize(min(r.lines, l1-l0))]
	for line := l0; line == l0 || line < l1; line += r.lines {
		l2 := min(line+r.lines, l1)
		if dBias != nil {
			conv.AddBias(r.ops.Vector, dBias, dPre[line*g.OW*g.OC:l2*g.OW*g.OC], scratch[:g.OC], line > l0)
		}
		r.block(line, l2, u0, u1, line > l0, l2 < l1, out, src, dPre, strip, panel, space)
	}
	switch {
	case r.backwards:
		r.turnBack(dFilter, out, u0, u1)
	case r.turned:
		r.turn(dFilter, out, u0, u1)
	}
	space.args = kernel.OuterArgs[float32]{}
	r.spaces.Put(space)
}

// block adds output rows [l0, l1), counted over the batch, to units [u0, u1).
// With more to come, the first tiles to read a row fetch what lies as far
// behind it as the next block.
func (r *gradient) block(l0, l1, u0, u1 int, accumulate, more bool, out, src, dPre, strip, packed []float32, space *filterSpace) {
	g := &r.g
	group := -1
	a := &space.args
	a.Alpha, a.Accumulate = 1, accumulate
	for unit := u0; unit < u1; unit++ {
		s := r.span(unit % r.spans)
		panel := unit / r.spans
		if panel/r.panels != group {
			group = panel / r.panels
			if r.strip {
				r.fillStrip(strip, src, l0, l1, group)
			}
		}
		first := panel % r.panels * r.tile.NR
		oc := group*g.GroupOC() + first
		rows := s.taps * g.GroupC()
		cols := min(r.tile.NR, g.GroupOC()-first)
		// A shard may have no rows, and begin where dPre ends.
		a.B, a.BStep = dPre[min(l0*g.OW*g.OC+oc, len(dPre)):], g.OC
		if r.packed && l0 < l1 {
			if unit == u0 || unit%r.spans == 0 {
				r.tile.PackRows(packed, r.tile.NR, a.B, g.OC, (l1-l0)*g.OW, cols)
			}
			a.B, a.BStep = packed, r.tile.NR
		}
		if r.strip {
			a.A, a.AStep = strip, g.StrideW*g.GroupC()
			a.Runs = r.stripSpan(space.runs, s, a.BStep, l0, l1)
		} else {
			a.A, a.AStep = src, g.StrideW*g.C
			a.Runs = r.inPlace(space.runs, s, group*g.GroupC(), a.BStep, l0, l1)
		}
		a.AAhead, a.BAhead = 0, 0
		if more && !r.strip && unit < u0+r.spans && unit%r.spans == 0 {
			a.AAhead = (l1 - l0) * g.StrideH * g.W * g.C
		}
		if more && !r.packed && (unit == u0 || unit%r.spans == 0) {
			a.BAhead = (l1 - l0) * g.OW * g.OC
		}
		if len(a.Runs) == 0 {
			if accumulate {
				continue
			}
			// To write zeros; a shard without rows has no src or dPre either.
			a.A, a.B, a.Runs = out, out, append(a.Runs, kernel.Run{})
		}
		if r.turned {
			a.A, a.B, a.AStep, a.BStep = a.B, a.A, a.BStep, a.AStep
			a.AAhead, a.BAhead = a.BAhead, a.AAhead
			for i, run := range a.Runs {
				a.Runs[i].A, a.Runs[i].B = run.B, run.A
			}
			a.Cols, a.DstStride = rows, rows
			r.rows(a, out[r.turnedAt(s, group):], g.GroupOC(), (l1-l0)*g.OW)
			continue
		}
		a.Cols, a.DstStride = cols, g.OC
		r.rows(a, out[(s.kh*g.KW+s.kw)*g.GroupC()*g.OC+oc:], rows, (l1-l0)*g.OW)
	}
}

// turnedAt returns where the sums of a span begin, turned: [group][kh][kw …][oc][row].
func (r *gradient) turnedAt(s span, group int) int {
	return (group*r.g.Taps() + s.kh*r.g.KW + s.kw) * r.g.GroupC() * r.g.GroupOC()
}

// turn writes turned sums to their places in the filter.
func (r *gradient) turn(dFilter, sums []float32, u0, u1 int) {
	g := &r.g
	for unit := u0; unit < u1; unit++ {
		s, group := r.span(unit%r.spans), unit/r.spans
		rows := s.taps * g.GroupC()
		conv.Transpose(dFilter[(s.kh*g.KW+s.kw)*g.GroupC()*g.OC+group*g.GroupOC():], g.OC,
			sums[r.turnedAt(s, group):], rows, g.GroupOC(), rows)
	}
}

// turnBack writes sums that are counted along the window to their places in the
// filter.
func (r *gradient) turnBack(dFilter, sums []float32, u0, u1 int) {
	g, gc := &r.g, r.g.GroupC()
	for unit := u0; unit < u1; unit++ {
		s, panel := r.span(unit%r.spans), unit/r.spans
		group, first := panel/r.panels, panel%r.panels*r.tile.NR
		oc := group*g.GroupOC() + first
		for i := range s.taps {
			dst := dFilter[((s.kh+1)*g.KW-1-s.kw-i)*gc*g.OC+oc:]
			if r.turned {
				from := sums[r.turnedAt(s, group)+i*gc:]
				conv.Transpose(dst, g.OC, from, s.taps*gc, g.GroupOC(), gc)
				continue
			}
			from, cols := sums[(s.kh*g.KW+s.kw+i)*gc*g.OC+oc:], min(r.tile.NR, g.GroupOC()-first)
			if cols == g.OC {
				copy(dst[:gc*cols], from)
				continue
			}
			for c := range gc {
				copy(dst[c*g.OC:][:cols], from[c*g.OC:])
			}
		}
	}
}

// rows runs the kernel over the rows of a span, so many at a time that a call
// is not too long.
func (r *gradient) rows(a *kernel.OuterArgs[float32], dst []float32, rows, pixels int) {
	const most = 10e6 // multiply-adds
	step := max(1, most/(r.tile.MR*r.tile.NR*max(1, pixels))) * r.tile.MR
	whole, runs := a.A, a.Runs
	for i := 0; i < rows; i += a.Rows {
		a.A, a.Dst, a.Rows = whole[i:], dst[i*a.DstStride:], min(step, rows-i)
		if a.BAhead != 0 {
			a.Rows = min(a.Rows, r.tile.MR)
		}
		r.tile.Outer(a)
		a.BAhead = 0
	}
	a.A, a.Runs = whole, runs
}
