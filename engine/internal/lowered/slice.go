package lowered

import (
	"github.com/unslide/unslide/engine/internal/cut"
	"github.com/unslide/unslide/im2col"
)

// patchSlice says how the patch matrix of one group is cut along its depth for
// lowering: in runs of whole kernel elements or, where one of them is deep
// already, in equal parts of its channels.
type patchSlice struct {
	taps  int             // kernel elements of a slice
	split int             // slices of one kernel element; 1 unless taps is 1
	g     im2col.Geometry // with split times as many groups
}

// newPatchSlice cuts slices of about the given depth, or one kernel element
// each where singly is set.
func newPatchSlice(g im2col.Geometry, depth int, singly bool) patchSlice {
	s := patchSlice{taps: 1, split: 1, g: g}
	gc := g.GroupC()
	if 2*gc >= 3*depth {
		for q := 2; q <= gc/2; q++ {
			if gc%q == 0 && gc/q <= depth+depth/4 {
				if 2*gc/q > depth { // not where the next divisor is far
					s.split = q
					s.g.Groups *= q
				}
				break
			}
		}
	} else if !singly {
		slices := max(1, (g.Depth()+depth/2)/depth)
		s.taps = cut.Ceil(g.Taps(), min(slices, g.Taps()))
	}
	return s
}

// count returns the number of slices of a group.
func (s *patchSlice) count() int {
	return cut.Ceil(s.g.Taps(), s.taps) * s.split
}

// depth returns the depth of the deepest slice.
func (s *patchSlice) depth() int { return s.taps * s.g.GroupC() }

// at returns a slice's kernel elements [t0, t1) and the channels [c0, c1) of
// its group that it has.
func (s *patchSlice) at(slice int) (t0, t1, c0, c1 int) {
	t0 = slice / s.split * s.taps
	t1 = min(t0+s.taps, s.g.Taps())
	c0 = slice % s.split * s.g.GroupC()
	return t0, t1, c0, c0 + s.g.GroupC()
}

// meets reports whether rows [r0, r1) of the whole batch's patch matrix may have
// more than padding in a slice: whether its kernel rows reach the image.
func (s *patchSlice) meets(slice, r0, r1 int) bool {
	g := &s.g
	oh0, oh1 := r0%g.Rows()/g.OW, (r1-1)%g.Rows()/g.OW
	if r0/g.Rows() != (r1-1)/g.Rows() {
		oh0, oh1 = 0, g.OH-1
	}
	t0, t1, _, _ := s.at(slice)
	top, bottom := g.TapRow(t0/g.KW), g.TapRow((t1-1)/g.KW)
	if top > bottom {
		top, bottom = bottom, top
	}
	return oh1*g.StrideH-g.PadTop+bottom >= 0 && oh0*g.StrideH-g.PadTop+top < g.H
}

// lower writes rows [r0, r1) of the whole batch's patch matrix, one slice of a
// group, and returns its depth.
func lowerSlice[T im2col.Float](cols, src []T, s *patchSlice, group, slice, r0, r1 int) (depth int) {
	g := &s.g
	t0, t1, _, _ := s.at(slice)
	b := im2col.Block{Group: group*s.split + slice%s.split, Tap0: t0, Tap1: t1}
	depth = (t1 - t0) * g.GroupC()
	for r0 < r1 {
		image := r0 / g.Rows()
		b.Row0 = r0 % g.Rows()
		b.Row1 = min(b.Row0+r1-r0, g.Rows())
		size := (b.Row1 - b.Row0) * depth
		im2col.Lower(cols[:size], src[image*g.InputLen():(image+1)*g.InputLen()], g, b)
		cols = cols[size:]
		r0 += b.Row1 - b.Row0
	}
	return depth
}

// isMatmul reports whether the patch matrix is the source itself.
func isMatmul(g *im2col.Geometry) bool {
	return g.KH == 1 && g.KW == 1 && g.StrideH == 1 && g.StrideW == 1 &&
		g.PadTop == 0 && g.PadLeft == 0 && g.OH == g.H && g.OW == g.W
}
