package engine

import (
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
		s.taps = ceilDiv(g.Taps(), min(slices, g.Taps()))
	}
	return s
}

// count returns the number of slices of a group.
func (s *patchSlice) count() int {
	return ceilDiv(s.g.Taps(), s.taps) * s.split
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
func lowerSlice[T Float](cols, src []T, s *patchSlice, group, slice, r0, r1 int) (depth int) {
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

// blockRows returns how many rows of the given number of elements fit in a
// worker's share of the second-level cache.
func blockRows[T Float](rowLen int) int {
	return max(16, cacheShare/sizeOf[T]()/rowLen&^15)
}

// What moving an element costs beside one multiply-add of a BLAS at its peak,
// measured with OpenBLAS's AVX-512 kernels: copying an element of a factor to
// the order of the kernels, lowering it, and writing, reading and adding a
// partial sum. They decide into how many parts work is cut.
const (
	packCost    = 10
	lowerCost   = 6
	partialCost = 30
)

const (
	// minPartFLOP is some microseconds of work: what waking a worker costs.
	minPartFLOP = 250e3
	// maxCutCost is how much more work, in parts of the product's own, the cut
	// of a product may make for the sake of more workers.
	maxCutCost = 0.1
	// enoughParts is how many parts are worth that.
	enoughParts = 16
)

// A cut is the number of parts along each of a product's dimensions.
type cut struct{ rows, cols, shards int }

func (c cut) parts() int { return c.rows * c.cols * c.shards }

// bestCut returns the cut with the most parts, enoughParts at most, that costs
// no more than maxCutCost above the first candidate's cost; of equal ones the
// cheapest. The candidates' parts are multiplied by factor. It looks at the
// shape alone, never at the number of workers.
func bestCut(factor int, flop float64, limit cut, cost func(cut) float64) cut {
	best := cut{1, 1, 1}
	if flop < 2*minPartFLOP {
		return best
	}
	base := cost(best)
	lowest := base
	for rows := 1; rows <= limit.rows; rows *= 2 {
		for cols := 1; cols <= limit.cols; cols *= 2 {
			for shards := 1; shards <= limit.shards; shards *= 2 {
				c := cut{rows, cols, shards}
				parts := c.parts() * factor
				if parts > enoughParts || flop/float64(parts) < minPartFLOP {
					break
				}
				x := cost(c)
				if x-base <= maxCutCost && (c.parts() > best.parts() || c.parts() == best.parts() && x < lowest) {
					best, lowest = c, x
				}
			}
		}
	}
	return best
}

// partRange returns the rows of one part.
func partRange(part, parts, rows int) (r0, r1 int) {
	return unitRange(part, parts, rows, partUnit(ceilDiv(rows, parts)))
}

// partUnit is what the bounds of parts of the given size are rounded to.
func partUnit(per int) int {
	if per > 256 {
		return 16
	}
	return 1
}

// unitRange cuts [0, n) into parts whose bounds are multiples of unit.
func unitRange(part, parts, n, unit int) (lo, hi int) {
	per := ceilDiv(ceilDiv(n, parts), unit) * unit
	return min(part*per, n), min((part+1)*per, n)
}

// transpose writes dst[j][i] = src[i][j] for rows × cols elements of src.
func transpose[T Float](dst []T, ldd int, src []T, lds, rows, cols int) {
	const tile = 16
	for i0 := 0; i0 < rows; i0 += tile {
		i1 := min(i0+tile, rows)
		for j := range cols {
			d := dst[j*ldd+i0 : j*ldd+i1]
			for i := range d {
				d[i] = src[(i0+i)*lds+j]
			}
		}
	}
}

func ceilDiv(a, b int) int { return (a + b - 1) / b }
