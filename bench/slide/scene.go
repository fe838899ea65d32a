package slide

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/unslide/unslide/naive"
)

// Scene is a demonstration: frames to be looked at one after the other.
type Scene struct {
	Title  string
	Means  Meanings
	Frames []Frame
}

// Meanings say what marks stand for in a scene; empty for one that it has not.
type Meanings struct{ Covered, Centre, Result string }

// A meaning is an entry of a scene's legend.
type meaning struct {
	mark Mark
	text string
}

// legend lists what a reader of the scene will meet: the marks that it has a
// meaning for, and the places without a number that its matrices have.
func (s Scene) legend() (marks, places []meaning) {
	for _, e := range []meaning{{Covered, s.Means.Covered}, {Centre, s.Means.Centre}, {Result, s.Means.Result}} {
		if e.text != "" {
			marks = append(marks, e)
		}
	}
	met := Mark(0)
	for _, f := range s.Frames {
		for _, row := range f.Rows {
			for _, g := range row {
				met |= g.places()
			}
		}
	}
	for _, e := range []meaning{{beyond, "beyond the edge"}, {unknown, "not yet known"}} {
		if met&e.mark != 0 {
			places = append(places, e)
		}
	}
	return marks, places
}

// sliding is what the marks mean where a kernel slides.
var sliding = Meanings{Covered: "covered by the kernel", Centre: "its centre", Result: "computed"}

// Frame is one step: what happens, the matrices that take part, the arithmetic.
type Frame struct {
	Caption string
	Rows    [][]Grid // matrices, in rows from left to right
	Lines   []string // formulas and remarks below
}

// Grid is a matrix in a frame.
type Grid struct {
	Before string // an operator to its left: *, =, ·, +, →
	Title  string
	Values naive.Map  // NaN where an element is not known yet
	Words  [][]string // what to write instead of the values, if set
	Marks  map[naive.Position]Mark
	// Margin is how many rows and columns around the matrix are shown, where a
	// kernel hangs over the edge.
	Margin Margin
	// Small asks for narrow cells, for matrices of many columns.
	Small bool
}

// Margin is a number of rows above and below, of columns left and right.
type Margin struct{ Top, Bottom, Left, Right int }

// Mark says what an element does in a frame. Marks can be joined.
type Mark uint8

const (
	Covered Mark = 1 << iota // the kernel lies on it
	Centre                   // the kernel's centre lies on it
	Result                   // it is being computed, or was chosen
	beyond                   // it lies beyond the matrix's edge
	unknown                  // it has not been computed yet
)

// mark returns an element's marks, with those that it has by its place.
func (g Grid) mark(i, j int) Mark {
	m := g.Marks[naive.Position{Row: i, Col: j}]
	switch {
	case i < 0 || j < 0 || i >= g.Values.Rows() || j >= g.Values.Cols():
		return m | beyond
	case math.IsNaN(g.Values[i][j]):
		return m | unknown
	}
	return m
}

// places returns the marks that elements of the matrix have by their place.
func (g Grid) places() (met Mark) {
	for i := -g.Margin.Top; i < g.Values.Rows()+g.Margin.Bottom; i++ {
		for j := -g.Margin.Left; j < g.Values.Cols()+g.Margin.Right; j++ {
			met |= g.mark(i, j) & (beyond | unknown)
		}
	}
	return met
}

// cell is what is written in an element: nothing where no number is.
func (g Grid) cell(i, j int) string {
	if g.mark(i, j)&(beyond|unknown) != 0 {
		return ""
	}
	if g.Words != nil {
		return g.Words[i][j]
	}
	return number(g.Values[i][j])
}

// blank returns a matrix of elements that are not known yet.
func blank(rows, cols int) naive.Map {
	m := naive.NewMap(rows, cols)
	for i := range m {
		for j := range m[i] {
			m[i][j] = math.NaN()
		}
	}
	return m
}

// copyOf returns a copy, for a frame to keep.
func copyOf(m naive.Map) naive.Map {
	c := make(naive.Map, len(m))
	for i := range m {
		c[i] = append([]float64(nil), m[i]...)
	}
	return c
}

// marks is shorthand for marks of one kind.
func marks(kind Mark, at ...naive.Position) map[naive.Position]Mark {
	m := make(map[naive.Position]Mark, len(at))
	for _, p := range at {
		m[p] |= kind
	}
	return m
}

// number prints an element as short as it can be told.
func number(x float64) string {
	switch {
	case x == math.Trunc(x) && math.Abs(x) < 1e6:
		return minus(strconv.FormatFloat(x, 'f', -1, 64))
	}
	return minus(strconv.FormatFloat(x, 'g', 3, 64))
}

// minus makes a hyphen the sign that mathematics writes.
func minus(s string) string { return strings.ReplaceAll(s, "-", "−") }

// factor prints a number in a product: negative ones in brackets.
func factor(x float64) string {
	if x < 0 {
		return "(" + number(x) + ")"
	}
	return number(x)
}

// sum prints a sum of products, which must be the given total.
func sum(products []string, total float64) string {
	if len(products) == 0 {
		return "= 0: no kernel element lies on the input"
	}
	return "= " + strings.Join(products, " + ") + " = " + number(total)
}

// Matrix reads a matrix: rows on lines of their own or parted by semicolons,
// elements parted by spaces or commas. Both a hyphen and the sign that is printed
// are a minus.
func Matrix(text string) (naive.Map, error) {
	var m naive.Map
	for _, line := range strings.FieldsFunc(text, func(r rune) bool { return r == '\n' || r == ';' }) {
		fields := strings.FieldsFunc(line, func(r rune) bool { return r == ' ' || r == '\t' || r == ',' || r == '\r' })
		if len(fields) == 0 {
			continue
		}
		if len(m) > 0 && len(fields) != len(m[0]) {
			return nil, fmt.Errorf("slide: matrix row %d has %d elements: want %d, as the first", len(m)+1, len(fields), len(m[0]))
		}
		row := make([]float64, len(fields))
		for j, f := range fields {
			x, err := strconv.ParseFloat(strings.ReplaceAll(f, "−", "-"), 64)
			if err != nil || math.IsNaN(x) || math.IsInf(x, 0) {
				return nil, fmt.Errorf("slide: matrix row %d, element %d: %q: want a number", len(m)+1, j+1, f)
			}
			row[j] = x
		}
		m = append(m, row)
	}
	if len(m) == 0 {
		return nil, fmt.Errorf("slide: matrix %q: want at least one element", text)
	}
	if m.Rows() > maxSide || m.Cols() > maxSide {
		return nil, fmt.Errorf("slide: matrix of %d×%d: want at most %d×%d, few enough to look at", m.Rows(), m.Cols(), maxSide, maxSide)
	}
	return m, nil
}

// maxSide bounds the rows and columns of a matrix.
const maxSide = 16
