package mnist

import (
	"errors"
	"image"
	"math"
	"slices"
)

var (
	errFramed = errors.New("mnist: picture shows a page in a frame, or on a table of another shade: want the page alone, cut the picture to it")
	errEdge   = errors.New("mnist: picture has ink along its edge besides the digit, of a frame, a table or a shadow: want the digit's page alone, cut the picture to it")
)

// checkInk reports pictures whose ink is not one digit's: where the edge is a
// frame's, the page counts as ink, and where a part of the edge is, that part.
func checkInk(ink mask) error {
	// What paper the edge does not reach lies inside the ink: a digit's holes,
	// or what is written on a page.
	filled := ink.clone()
	for i := range filled.in {
		filled.in[i] = true
	}
	paper := ink.clone()
	for i, is := range ink.in {
		paper.in[i] = !is
	}
	for at := range paper.in {
		if paper.onEdge(at) {
			paper.take(at, func(at int) { filled.in[at] = false })
		}
	}
	if isPage(ink, filled) {
		return errFramed
	}
	return besides(ink)
}

// isPage reports whether the ink, its holes filled, is as full as a page that
// something is written on, and has a page's shape. A digit is less of either:
// of the data set's 70 000 four are taken for a page, zeros and eights of thick
// strokes.
func isPage(ink, filled mask) bool {
	const (
		leastShape = 0.85 // of the smallest rectangle around it, however turned
		leastFull  = 0.78 // a page less what is written on it
		mostSlim   = 2.5  // more is a 1
		square     = 1.6  // less is no 1, so that it needs no hole
	)
	area, full := 0, 0
	var rim []image.Point // the leftmost and rightmost of each row
	for y := range ink.h {
		first, last := -1, -1
		for x := range ink.w {
			at := y*ink.w + x
			if !filled.in[at] {
				continue
			}
			area++
			if ink.in[at] {
				full++
			}
			if first < 0 {
				first = x
			}
			last = x
		}
		if first >= 0 {
			rim = append(rim, image.Pt(first, y), image.Pt(last, y))
		}
	}
	if float64(full) < leastFull*float64(area) {
		return false
	}
	long, short := smallestRectangle(rim)
	return float64(area) >= leastShape*long*short && (long <= square*short || full < area && long <= mostSlim*short)
}

// smallestRectangle returns the sides of the smallest rectangle, at any of some
// angles, around all pixels.
func smallestRectangle(pixels []image.Point) (long, short float64) {
	least := math.Inf(1)
	const angles = 45 // of a quarter turn
	for i := range angles {
		sin, cos := math.Sincos(float64(i) * math.Pi / 2 / angles)
		var lo, hi [2]float64
		for i, p := range pixels {
			x, y := float64(p.X), float64(p.Y)
			for k, v := range [2]float64{cos*x + sin*y, cos*y - sin*x} {
				if i == 0 || v < lo[k] {
					lo[k] = v
				}
				if i == 0 || v > hi[k] {
					hi[k] = v
				}
			}
		}
		a, b := hi[0]-lo[0]+1, hi[1]-lo[1]+1
		if a*b < least {
			least, long, short = a*b, max(a, b), min(a, b)
		}
	}
	return long, short
}

// besides reports a piece of ink that lies along the edge while another one
// does not touch it.
func besides(ink mask) error {
	const (
		alongEdge = 0.05  // of the edge
		speck     = 0.002 // of the picture
	)
	along, inside := 0, 0
	rest := ink.clone()
	for at := range rest.in {
		size, edge := 0, 0
		rest.take(at, func(at int) {
			size++
			if rest.onEdge(at) {
				edge++
			}
		})
		if edge > 0 {
			along = max(along, edge)
		} else {
			inside = max(inside, size)
		}
	}
	if float64(along) > alongEdge*float64(2*(ink.w+ink.h)) && float64(inside) > speck*float64(ink.w*ink.h) {
		return errEdge
	}
	return nil
}

// mask is a set of a picture's pixels, row by row.
type mask struct {
	w, h int
	in   []bool
}

func (m mask) clone() mask { return mask{m.w, m.h, slices.Clone(m.in)} }

func (m mask) onEdge(at int) bool {
	x, y := at%m.w, at/m.w
	return x == 0 || y == 0 || x == m.w-1 || y == m.h-1
}

// take takes out the piece that a pixel belongs to, if it is in the set, and
// calls visit for each of its pixels.
func (m mask) take(at int, visit func(at int)) {
	var queue []int
	out := func(at int) {
		if m.in[at] {
			m.in[at] = false
			queue = append(queue, at)
		}
	}
	for out(at); len(queue) > 0; {
		at := queue[len(queue)-1]
		queue = queue[:len(queue)-1]
		visit(at)
		x, y := at%m.w, at/m.w
		if x > 0 {
			out(at - 1)
		}
		if x < m.w-1 {
			out(at + 1)
		}
		if y > 0 {
			out(at - m.w)
		}
		if y < m.h-1 {
			out(at + m.w)
		}
	}
}
