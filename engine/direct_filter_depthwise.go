package engine

import "github.com/unslide/unslide/engine/kernel"

// depthwiseSpans cuts a kernel row into spans of as many elements as the kernel
// sums at once.
func depthwiseSpans(kh, width int) (spans []span) {
	for kw := 0; kw < width; kw += kernel.DepthwiseTaps {
		spans = append(spans, span{kh: kh, kw: kw, taps: min(kernel.DepthwiseTaps, width-kw)})
	}
	return spans
}

// depthwiseBlock adds output rows [l0, l1) to the gradient where every channel has
// one filter: products of pixels, channel by channel. The elements of a span
// share the pixels that none of them meets in the padding; what an element
// meets beside them, at the left and right border, follows by itself.
func (r *directFilter) depthwiseBlock(l0, l1 int, accumulate bool, dFilter, src, dPre []float32, space *filterSpace) {
	g := &r.g
	a := &space.depthwise
	a.A, a.B, a.AStep, a.BStep = src, dPre, g.StrideW*g.C, g.OC
	a.Cols, a.DstStride = g.C, g.C
	for _, s := range r.spans {
		lo, hi := 0, g.OW
		for tap := range s.taps {
			first, end := valid(g.TapCol(s.kw+tap)-g.PadLeft, g.StrideW, g.W, g.OW)
			lo, hi = max(lo, first), min(hi, end)
		}
		hi = max(lo, hi)
		a.Taps, a.Accumulate = s.taps, accumulate
		if s.taps > 1 {
			a.TapStep = (g.TapCol(s.kw+1) - g.TapCol(s.kw)) * g.C
		}
		a.Dst = dFilter[(s.kh*g.KW+s.kw)*g.C:]
		a.Runs = r.pixels(space.runs, s.kh, s.kw, l0, l1, lo, hi)
		if len(a.Runs) > 0 || !accumulate {
			if len(a.Runs) == 0 {
				a.Runs = append(a.Runs, kernel.Run{}) // to write zeros
			}
			kernel.DepthwiseFilter(r.isa, a)
		}
		a.Taps, a.Accumulate = 1, true
		for tap := range s.taps {
			first, end := valid(g.TapCol(s.kw+tap)-g.PadLeft, g.StrideW, g.W, g.OW)
			a.Runs = r.pixels(space.runs, s.kh, s.kw+tap, l0, l1, first, min(lo, end))
			a.Runs = r.pixels(a.Runs, s.kh, s.kw+tap, l0, l1, max(hi, first), end)
			if len(a.Runs) > 0 {
				a.Dst = dFilter[(s.kh*g.KW+s.kw+tap)*g.C:]
				kernel.DepthwiseFilter(r.isa, a)
			}
		}
	}
}

// pixels lists outputs [lo, hi) of output rows [l0, l1), and what kernel element
// (kh, kw) meets there, without rows that it meets in the padding.
func (r *directFilter) pixels(runs []kernel.Run, kh, kw, l0, l1, lo, hi int) []kernel.Run {
	g := &r.g
	if lo >= hi {
		return runs
	}
	for l := l0; l < l1; l++ {
		image, oh := l/g.OH, l%g.OH
		h := oh*g.StrideH - g.PadTop + g.TapRow(kh)
		if h < 0 || h >= g.H {
			continue
		}
		runs = append(runs, kernel.Run{
			A:     ((image*g.H+h)*g.W + lo*g.StrideW - g.PadLeft + g.TapCol(kw)) * g.C,
			B:     (l*g.OW + lo) * g.OC,
			Count: hi - lo,
		})
	}
	return runs
}
