package direct

import (
	"github.com/unslide/unslide/im2col"
)

// A span is a run of kernel elements in one kernel row, taps of them from kw
// on, which the window's column col is the first to meet.
type span struct{ kh, kw, taps, col int }

// longRow is the width of a kernel whose elements by themselves would be too many
// calls.
const longRow = 16

// spanTaps chooses the length of a span: a kernel row, a part of one whose transpose
// fills the vectors better, or an element.
func (r *gradient) spanTaps(merged bool) int {
	g := &r.g
	switch k := g.GroupC(); {
	case !merged:
		return 1
	case g.KW*k > r.tile.NR && r.turnPays(r.tile.NR/k*k):
		return r.tile.NR / k
	}
	return g.KW
}

// spansOf cuts a kernel row into spans of so many elements.
func (r *gradient) spansOf(taps int) (row []span) {
	for kw := 0; kw < r.g.KW; kw += taps {
		s := span{kw: kw, taps: min(taps, r.g.KW-kw), col: r.g.TapCol(kw)}
		if r.backwards {
			s.col = kw
		}
		row = append(row, s)
	}
	return row
}

// spansByOutputs cuts a kernel row, counted along the window, where its elements
// meet other outputs.
func (r *gradient) spansByOutputs() (row []span) {
	g := &r.g
	var last im2col.Extent
	for kw := range g.KW {
		lo, hi := g.Horizontal().OutputsAt(kw)
		outputs := im2col.Extent{Lo: lo, Hi: max(lo, hi)}
		if n := len(row) - 1; n >= 0 && (outputs == last || outputs.Size()+last.Size() == 0) {
			row[n].taps++
			continue
		}
		row, last = append(row, span{kw: kw, taps: 1, col: kw}), outputs
	}
	return row
}

// span returns one of the spans, counted kernel row by kernel row.
func (r *gradient) span(i int) span {
	s := r.row[i%len(r.row)]
	s.kh = i / len(r.row)
	return s
}
