package im2col

// run is the unit in which patches move: pieces of n elements, the i-th at
// cols[at+i·atStep:] in the patch matrix and at image[image+i·imageStep:] in
// the image. image is Outside where the pieces lie outside the image.
type run struct {
	n, count   int
	at, atStep int
	image      int
	imageStep  int
	turned     bool // pieces lie in the image the other way round
}

// runs visits a block's patch matrix once, in runs. Only the input rows
// [h0, h1) count as inside.
//
// Kernel elements beside each other read pixels beside each other where the
// kernel is neither dilated nor turned, and with one group all their channels
// are wanted: then a run's pieces are whole kernel rows. So they are of a turned
// kernel on a single channel, the other way round. Otherwise they are single kernel
// elements.
func (g *Geometry) runs(b Block, h0, h1 int, visit func(run)) {
	width := (b.Tap1 - b.Tap0) * g.GroupC()
	turned := g.Flip && g.C == 1
	merge := g.Groups == 1 && g.DilationW == 1 && (turned || !g.Flip)
	at := 0
	for row := b.Row0; row < b.Row1; {
		oh, ow0 := row/g.OW, row%g.OW
		ow1 := min(g.OW, ow0+b.Row1-row)
		tapAt := at
		for tap := b.Tap0; tap < b.Tap1; {
			kh, kw := tap/g.KW, tap%g.KW
			taps := 1
			if merge {
				taps = min(g.KW-kw, b.Tap1-tap)
			}
			s := span{
				at: tapAt, width: width, ow0: ow0, ow1: ow1,
				w: g.TapCol(kw) - g.PadLeft, taps: taps, row: Outside, turned: turned,
			}
			if turned {
				s.w -= taps - 1
			}
			if h := oh*g.StrideH - g.PadTop + g.TapRow(kh); h >= h0 && h < h1 {
				s.row = h*g.W*g.C + b.Group*g.GroupC()
			}
			g.spanRuns(s, visit)
			tapAt += taps * g.GroupC()
			tap += taps
		}
		at += (ow1 - ow0) * width
		row += ow1 - ow0
	}
}

// span is a piece of a kernel row along a piece of an output row: taps kernel
// elements that lie beside each other in the image, for the output columns
// [ow0, ow1).
type span struct {
	at, width int // of ow0 in the patch matrix, and from pixel to pixel
	ow0, ow1  int
	w         int // first input column at output column 0
	taps      int
	row       int // the input row's first element, Outside if there is none
	turned    bool
}

// spanRuns visits a span: the inner output columns, where every tap is inside
// the image, as one run, the columns at the border one by one.
func (g *Geometry) spanRuns(s span, visit func(run)) {
	n := s.taps * g.GroupC()
	if s.row == Outside {
		visit(run{n: n, count: s.ow1 - s.ow0, at: s.at, atStep: s.width, image: Outside})
		return
	}
	// 0 ≤ ow·stride + w and ow·stride + w + taps ≤ W.
	lo := min(max(ceilDiv(-s.w, g.StrideW), s.ow0), s.ow1)
	hi := min(max(ceilDiv(g.W-s.w-s.taps+1, g.StrideW), lo), s.ow1)
	for ow := s.ow0; ow < lo; ow++ {
		g.borderRuns(s, ow, visit)
	}
	if lo < hi {
		visit(run{
			n: n, count: hi - lo, at: s.at + (lo-s.ow0)*s.width, atStep: s.width,
			image: s.row + (lo*g.StrideW+s.w)*g.C, imageStep: g.StrideW * g.C, turned: s.turned,
		})
	}
	for ow := hi; ow < s.ow1; ow++ {
		g.borderRuns(s, ow, visit)
	}
}

// borderRuns visits one output column of a span whose taps lie partly or all
// outside the image: those left of it, those inside and those right of it.
func (g *Geometry) borderRuns(s span, ow int, visit func(run)) {
	w := ow*g.StrideW + s.w
	left := min(max(-w, 0), s.taps)
	right := min(max(g.W-w, left), s.taps)
	at, gc := s.at+(ow-s.ow0)*s.width, g.GroupC()
	place := func(from, to int) (n, where int) { // of the span's input columns
		if s.turned {
			from, to = s.taps-to, s.taps-from
		}
		return (to - from) * gc, at + from*gc
	}
	if left > 0 {
		n, at := place(0, left)
		visit(run{n: n, count: 1, at: at, image: Outside})
	}
	if left < right {
		n, at := place(left, right)
		visit(run{n: n, count: 1, at: at, image: s.row + (w+left)*g.C, turned: s.turned})
	}
	if right < s.taps {
		n, at := place(right, s.taps)
		visit(run{n: n, count: 1, at: at, image: Outside})
	}
}

// ceilDiv returns ⌈a/b⌉ for b > 0, 0 for negative a.
func ceilDiv(a, b int) int {
	if a <= 0 {
		return 0
	}
	if b == 1 {
		return a
	}
	return (a-1)/b + 1
}
