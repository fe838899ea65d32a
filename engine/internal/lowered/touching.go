package lowered

import "github.com/unslide/unslide/im2col"

// touching says which outputs' windows touch the image. The others meet nothing
// but padding, and of them the gradient to the filter has no term.
type touching struct {
	all        bool
	rows, cols []bool
}

func newTouching(g *im2col.Geometry) touching {
	t := touching{all: true, rows: make([]bool, g.OH), cols: make([]bool, g.OW)}
	axis := func(touch []bool, a im2col.Axis) {
		for o := range touch {
			lo, hi := a.Elements(o)
			touch[o] = lo < hi
			t.all = t.all && touch[o]
		}
	}
	axis(t.rows, g.Vertical())
	axis(t.cols, g.Horizontal())
	return t
}

// run returns the first run of output pixels in [p0, p1), counted over the batch,
// that touch their images; an empty one at p1 where there is none.
func (t *touching) run(p0, p1 int) (lo, hi int) {
	if t.all {
		return p0, p1
	}
	touches := func(p int) bool {
		return t.rows[p/len(t.cols)%len(t.rows)] && t.cols[p%len(t.cols)]
	}
	for lo = p0; lo < p1 && !touches(lo); lo++ {
	}
	for hi = lo; hi < p1 && touches(hi); hi++ {
	}
	return lo, hi
}
