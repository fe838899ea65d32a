package engine

import "github.com/unslide/unslide/engine/internal/kernel"

// depthwiseBlock adds output rows [l0, l1) to the gradient where every channel has
// one filter: products of pixels, channel by channel. The elements of a span
// share the pixels that none of them meets in the padding; what an element
// meets beside them, at the left and right border, follows by itself.
func (r *directFilter) depthwiseBlock(l0, l1 int, accumulate bool, dFilter, src, dPre []float32, space *filterSpace) {
	g := &r.g
	a := &space.depthwise
	grad := dPre[l0*g.OW*g.OC:]
	a.A, a.B, a.AStep, a.BStep = src, grad, g.StrideW*g.C, g.OC
	a.Cols, a.DstStride = g.C, g.C
	for i := range r.spans {
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
		a.Runs = r.pixels(space.runs, s.kh, g.TapCol(s.kw), 0, g.OC, l0, l1, lo, hi)
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
			a.Runs = r.pixels(space.runs, s.kh, col, 0, g.OC, l0, l1, first, min(lo, end))
			a.Runs = r.pixels(a.Runs, s.kh, col, 0, g.OC, l0, l1, max(hi, first), end)
			if len(a.Runs) > 0 {
				a.Dst = dFilter[(s.kh*g.KW+s.kw+tap)*g.C:]
				r.set.DepthwiseFilter(a)
			}
		}
	}
}
