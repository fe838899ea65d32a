package direct

import (
	"github.com/unslide/unslide/engine/internal/conv"
	"github.com/unslide/unslide/engine/internal/cut"
	"github.com/unslide/unslide/engine/internal/kernel"
)

// inPlace lists the pixels that a kernel element meets in output rows
// [l0, l1): at most a run for each, and one for several that follow each other
// in both tensors. Those of dPre are step apart, from row l0 on.
func (r *gradient) inPlace(runs []kernel.Run, s span, c, step, l0, l1 int) []kernel.Run {
	g := &r.g
	lo, hi := g.Horizontal().OutputsAt(s.col)
	return conv.Runs(runs, g, s.kh, s.col, c, step, l0, l1, lo, hi)
}

// stripLen is the length of a strip's row: the columns that windows meet.
func (r *gradient) stripLen() int {
	return ((r.g.OW-1)*r.g.StrideW + (r.g.KW-1)*r.g.DilationW + 1) * r.g.GroupC()
}

// stripRows is how many input rows the windows of some output rows meet.
func (r *gradient) stripRows(lines int) int {
	return (lines-1)*r.g.StrideH + (r.g.KH-1)*r.g.DilationH + 1
}

// stripSize is the most that the strip of a block of lines output rows takes,
// which may begin and end inside images, and what copying may overwrite behind it.
func (r *gradient) stripSize(lines int) int {
	if !r.strip {
		return 0
	}
	images := (lines+r.g.OH-2)/r.g.OH + 1
	return (lines*r.g.StrideH+images*r.stripRows(1))*r.stripLen() + kernel.PackSlack
}

// stripFits reports whether the strip of a block is in proportion.
func (r *gradient) stripFits() bool {
	g := &r.g
	reach := func(outputs, stride, k, dilation int) float64 {
		return float64(outputs-1)*float64(stride) + float64(k-1)*float64(dilation) + 1
	}
	length := reach(g.OW, g.StrideW, g.KW, g.DilationW) * float64(g.GroupC())
	if length > cut.WorkspaceLimit(g) {
		return false
	}
	lines := r.blockLines()
	images := (lines+g.OH-2)/g.OH + 1
	rows := float64(lines)*float64(g.StrideH) + float64(images)*reach(1, 1, g.KH, g.DilationH)
	return cut.StripPays(g, rows*length, lines*g.OW)
}

// fillStrip copies the input rows that output rows [l0, l1) meet, of one group
// of channels, image after image, with zeros in the padding.
func (r *gradient) fillStrip(strip, src []float32, l0, l1, group int) {
	g := &r.g
	k := g.GroupC()
	length := r.stripLen()
	lo, hi := max(0, -g.PadLeft), min(g.W, length/k-g.PadLeft) // input columns
	for l0 < l1 {
		image, oh := l0/g.OH, l0%g.OH
		lines := min(l1-l0, g.OH-oh)
		for i := range r.stripRows(lines) {
			row := strip[i*length:]
			h := oh*g.StrideH - g.PadTop + i
			if h < 0 || h >= g.H || lo >= hi {
				clear(row[:length])
				continue
			}
			left, right := (lo+g.PadLeft)*k, (hi+g.PadLeft)*k
			copyChannels(r.set, row[left:], src[((image*g.H+h)*g.W+lo)*g.C+group*k:], hi-lo, g.C, k)
			clear(row[:left])
			clear(row[right:length])
		}
		strip = strip[r.stripRows(lines)*length:]
		l0 += lines
	}
}

// stripSpan lists the pixels that a span meets in the strip of output rows
// [l0, l1): those for which some of it lies in the image.
func (r *gradient) stripSpan(runs []kernel.Run, s span, step, l0, l1 int) []kernel.Run {
	g := &r.g
	length := r.stripLen()
	lo, _ := g.Horizontal().OutputsAt(s.col + s.taps - 1)
	_, hi := g.Horizontal().OutputsAt(s.col)
	if lo >= hi {
		return runs
	}
	base := g.TapRow(s.kh)*length + (s.col+lo*g.StrideW)*g.GroupC()
	for l := l0; l < l1; {
		lines := min(l1-l, g.OH-l%g.OH)
		for i := range lines {
			if h := (l%g.OH+i)*g.StrideH - g.PadTop + g.TapRow(s.kh); h < 0 || h >= g.H {
				continue
			}
			runs = append(runs, kernel.Run{
				A:     base + i*g.StrideH*length,
				B:     ((l-l0+i)*g.OW + lo) * step,
				Count: hi - lo,
			})
		}
		base += r.stripRows(lines) * length
		l += lines
	}
	return runs
}
