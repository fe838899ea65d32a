package depthwise

import (
	"fmt"

	"github.com/unslide/unslide/engine/internal/conv"
	"github.com/unslide/unslide/engine/internal/cut"
	"github.com/unslide/unslide/engine/internal/kernel"
	"github.com/unslide/unslide/engine/internal/spare"
	"github.com/unslide/unslide/im2col"
)

// gradient computes the gradient to the filter: products of pixels, channel by
// channel, summed over the pixels of a shard of the output rows. Shard 0 writes to
// the destination, the others to partial sums, which are added in shard order
// afterwards.
type gradient struct {
	g      im2col.Geometry
	ops    *conv.Ops[float32]
	sums   conv.Sums[float32]
	set    *kernel.Set
	lines  int // output rows of a block
	spaces spare.List[space]
}

// space is what a worker needs beside floats.
type space struct {
	args kernel.DepthwiseFilterArgs
	runs []kernel.Run
}

// NewFilter returns the runner of the gradient to the filter.
func NewFilter(g im2col.Geometry, c conv.Config[float32]) conv.Gradient[float32] {
	r := &gradient{g: g, ops: c.Ops, sums: conv.NewSums(&g, c.Ops.Vector), set: c.Set, lines: cut.Lines(&g, g.W*g.C)}
	r.spaces.Keep = c.Workers
	return r
}

func (r *gradient) String() string {
	return fmt.Sprintf("depthwise %v in blocks of %d output rows", r.set, r.lines)
}

func (r *gradient) Shards(n int) int {
	shards, _ := cut.Shards(&r.g, n, 1, r.sums.Fit())
	return shards
}

// Parts: a shard is one.
func (r *gradient) Parts(n int) int { return r.Shards(n) }

// Scratch is room for the column sums of a block.
func (r *gradient) Scratch() int { return r.g.OC }

func (r *gradient) Compute(part, n int, dFilter, dBias, src, dPre, partials, scratch []float32) {
	g := &r.g
	l0, l1 := cut.Range(part, r.Shards(n), n*g.OH)
	dFilter, dBias = r.sums.Of(part, dFilter, dBias, partials)
	space := r.spaces.Get()
	if space.runs == nil {
		space.runs = make([]kernel.Run, 0, 2*r.lines)
	}
	for line := l0; line == l0 || line < l1; line += r.lines {
		l2 := min(line+r.lines, l1)
		if dBias != nil {
			conv.AddBias(r.ops.Vector, dBias, dPre[line*g.OW*g.OC:l2*g.OW*g.OC], scratch[:g.OC], line > l0)
		}
		r.block(line, l2, line > l0, dFilter, src, dPre, space)
	}
	space.args = kernel.DepthwiseFilterArgs{}
	r.spaces.Put(space)
}

// A span is up to kernel.DepthwiseTaps elements of one kernel row, from kw on.
type span struct{ kh, kw, taps int }

// perRow is how many spans a kernel row has.
func (r *gradient) perRow() int { return cut.Ceil(r.g.KW, kernel.DepthwiseTaps) }

// span returns one of the spans, counted kernel row by kernel row.
func (r *gradient) span(i int) span {
	s := span{kh: i / r.perRow(), kw: i % r.perRow() * kernel.DepthwiseTaps}
	s.taps = min(kernel.DepthwiseTaps, r.g.KW-s.kw)
	return s
}

// block adds output rows [l0, l1), counted over the batch. The elements of a span
// share the pixels that none of them meets in the padding; what an element
// meets beside them, at the left and right border, follows by itself.
func (r *gradient) block(l0, l1 int, accumulate bool, dFilter, src, dPre []float32, space *space) {
	g := &r.g
	a := &space.args
	grad := dPre[l0*g.OW*g.OC:]
	a.A, a.B, a.AStep, a.BStep = src, grad, g.StrideW*g.C, g.OC
	a.Cols, a.DstStride = g.C, g.C
	for i := range g.KH * r.perRow() {
		s := r.span(i)
		lo, hi := 0, g.OW
		for tap := range s.taps {
			first, end := g.Horizontal().OutputsAt(g.TapCol(s.kw + tap))
			lo, hi = max(lo, first), min(hi, end)
		}
		hi = max(lo, hi)
		a.Taps, a.Accumulate = s.taps, accumulate
		if s.taps > 1 {
			a.TapStep = (g.TapCol(s.kw+1) - g.TapCol(s.kw)) * g.C
		}
		a.Dst = dFilter[(s.kh*g.KW+s.kw)*g.C:]
		a.Runs = conv.Runs(space.runs, g, s.kh, g.TapCol(s.kw), 0, g.OC, l0, l1, lo, hi)
		if len(a.Runs) > 0 || !accumulate {
			if len(a.Runs) == 0 {
				// To write zeros; a shard without rows has no dPre either.
				a.A, a.B, a.Runs = dFilter, dFilter, append(a.Runs, kernel.Run{})
			}
			r.set.DepthwiseFilter(a)
			a.A, a.B = src, grad
		}
		a.Taps, a.Accumulate = 1, true
		for tap := range s.taps {
			col := g.TapCol(s.kw + tap)
			first, end := g.Horizontal().OutputsAt(col)
			a.Runs = conv.Runs(space.runs, g, s.kh, col, 0, g.OC, l0, l1, first, min(lo, end))
			a.Runs = conv.Runs(a.Runs, g, s.kh, col, 0, g.OC, l0, l1, max(hi, first), end)
			if len(a.Runs) > 0 {
				a.Dst = dFilter[(s.kh*g.KW+s.kw+tap)*g.C:]
				r.set.DepthwiseFilter(a)
			}
		}
	}
}
