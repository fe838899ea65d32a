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

// entries lists the marks that a scene has.
func (m Meanings) entries() (list []meaning) {
	for _, e := range []meaning{{Covered, m.Covered}, {Centre, m.Centre}, {Result, m.Result}} {
		if e.text != "" {
			list = append(list, e)
		}
	}
	return list
}

type meaning struct {
	mark Mark
	text string
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
	Before string // an operator to its left: *, =, ·, +
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
)

// unknown marks an element that has not been computed yet.
var unknown = math.NaN()

// cell is what is written in an element.
func (g Grid) cell(i, j int) string {
	if i < 0 || j < 0 || i >= g.Values.Rows() || j >= g.Values.Cols() {
		return ""
	}
	if g.Words != nil {
		return g.Words[i][j]
	}
	return number(g.Values[i][j])
}

// blank returns a matrix of unknown elements.
func blank(rows, cols int) naive.Map {
	m := naive.NewMap(rows, cols)
	for i := range m {
		for j := range m[i] {
			m[i][j] = unknown
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
	case math.IsNaN(x):
		return ""
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
// elements parted by spaces or commas.
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
			x, err := strconv.ParseFloat(f, 64)
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
