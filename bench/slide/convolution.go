package slide

import (
	"fmt"
	"slices"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/gonum"

	"github.com/unslide/unslide/im2col"
	"github.com/unslide/unslide/naive"
)

// window is a kernel over an input: where its elements lie for each output.
type window struct {
	slide naive.Slide
	g     im2col.Geometry
}

// newWindow checks that the kernel can slide over the input.
func newWindow(input naive.Map, s naive.Slide) (window, error) {
	opts := []im2col.Option{im2col.Stride(s.Stride, s.Stride)}
	if s.Convolution {
		opts = append(opts, im2col.Flip())
	}
	g, err := im2col.New(im2col.Input{H: input.Rows(), W: input.Cols(), C: 1}, im2col.Filter{KH: s.KH, KW: s.KW, OC: 1},
		im2col.Centred(s.CenterRow, s.CenterCol), opts...)
	return window{s, g}, err
}

// under returns the input element under kernel element (kh, kw) at output
// (oh, ow); inside says whether there is one.
func (w window) under(oh, ow, kh, kw int) (p naive.Position, inside bool) {
	p.Row = oh*w.g.StrideH - w.g.PadTop + w.g.TapRow(kh)
	p.Col = ow*w.g.StrideW - w.g.PadLeft + w.g.TapCol(kw)
	return p, 0 <= p.Row && p.Row < w.g.H && 0 <= p.Col && p.Col < w.g.W
}

// margin is how far the kernel hangs over the input's edges.
func (w window) margin() Margin {
	return Margin{
		Top: max(w.g.PadTop, 0), Bottom: max(w.g.PadBottom(), 0),
		Left: max(w.g.PadLeft, 0), Right: max(w.g.PadRight(), 0),
	}
}

// covered marks the input elements under the kernel at output (oh, ow), and
// the places beyond the edge.
func (w window) covered(oh, ow int) map[naive.Position]Mark {
	m := map[naive.Position]Mark{}
	for kh := range w.g.KH {
		for kw := range w.g.KW {
			p, _ := w.under(oh, ow, kh, kw)
			m[p] |= Covered
			if kh == w.slide.CenterRow && kw == w.slide.CenterCol {
				m[p] |= Centre
			}
		}
	}
	return m
}

// products prints what output (oh, ow) adds up, in the order of the input's
// rows and columns.
func (w window) products(input, kernel naive.Map, oh, ow int) (terms []string, total float64) {
	type term struct {
		at   naive.Position
		text string
	}
	var all []term
	for kh := range w.g.KH {
		for kw := range w.g.KW {
			if p, inside := w.under(oh, ow, kh, kw); inside {
				x, k := input[p.Row][p.Col], kernel[kh][kw]
				all = append(all, term{p, factor(x) + "·" + factor(k)})
				total += x * k
			}
		}
	}
	slices.SortFunc(all, func(a, b term) int {
		if a.at.Row != b.at.Row {
			return a.at.Row - b.at.Row
		}
		return a.at.Col - b.at.Col
	})
	for _, t := range all {
		terms = append(terms, t.text)
	}
	return terms, total
}

// laid returns the kernel as it lies on the input: turned by 180° for a
// mathematical convolution; and where its centre is then.
func (w window) laid(kernel naive.Map) (as naive.Map, centre naive.Position) {
	centre = naive.Position{Row: w.slide.CenterRow, Col: w.slide.CenterCol}
	if !w.slide.Convolution {
		return kernel, centre
	}
	as = naive.NewMap(kernel.Rows(), kernel.Cols())
	for i := range as {
		for j := range as[i] {
			as[i][j] = kernel[kernel.Rows()-1-i][kernel.Cols()-1-j]
		}
	}
	return as, naive.Position{Row: kernel.Rows() - 1 - centre.Row, Col: kernel.Cols() - 1 - centre.Col}
}

// kind names the operation.
func kind(s naive.Slide) string {
	if s.Convolution {
		return "convolution"
	}
	return "cross-correlation"
}

// Convolution shows a kernel that slides over an input: for each output the
// elements it covers, the products and their sum. Then the same as im2col: the
// patch matrix, the kernel as a column, their product. The error is the
// geometry's.
func Convolution(input, kernel naive.Map, s naive.Slide) (Scene, error) {
	s.KH, s.KW = kernel.Rows(), kernel.Cols()
	w, err := newWindow(input, s)
	if err != nil {
		return Scene{}, err
	}
	scene := Scene{Means: sliding, Title: fmt.Sprintf("%s of %d×%d with a %d×%d kernel, centre (%d,%d), stride %d",
		kind(s), input.Rows(), input.Cols(), s.KH, s.KW, s.CenterRow, s.CenterCol, s.Stride)}
	scene.slideOver(w, input, kernel)
	scene.lower(w, input, kernel)
	return scene, nil
}

// slideOver adds a frame for each output.
func (scene *Scene) slideOver(w window, input, kernel naive.Map) {
	laid, centre := w.laid(kernel)
	title := "kernel"
	if w.slide.Convolution {
		title = "kernel, turned by 180°"
	}
	output := blank(w.g.OH, w.g.OW)
	for oh := range w.g.OH {
		for ow := range w.g.OW {
			terms, total := w.products(input, kernel, oh, ow)
			output[oh][ow] = total
			at := naive.Position{Row: oh, Col: ow}
			scene.Frames = append(scene.Frames, Frame{
				Caption: fmt.Sprintf("%s: output (%d,%d): the kernel's centre visits input (%d,%d)", kind(w.slide), oh, ow, oh*w.slide.Stride, ow*w.slide.Stride),
				Rows: [][]Grid{{
					{Title: "input", Values: input, Margin: w.margin(), Marks: w.covered(oh, ow)},
					{Before: "*", Title: title, Values: laid, Marks: marks(Covered|Centre, centre)},
					{Before: "=", Title: "output", Values: copyOf(output), Marks: marks(Result, at)},
				}},
				Lines: []string{fmt.Sprintf("y[%d,%d] %s", oh, ow, sum(terms, total))},
			})
		}
	}
}

// lower adds a frame for each row of the patch matrix, and the comparison.
func (scene *Scene) lower(w window, input, kernel naive.Map) {
	rows, depth := w.g.Rows(), w.g.Depth()
	patches, column, product := lowered(w.g, input, kernel)
	slid := w.slide.Convolve(input, kernel)
	shown, results := blank(rows, depth), blank(rows, 1)
	for r := range rows {
		copy(shown[r], patches[r])
		results[r][0] = product[r][0]
		var patch, elements []naive.Position
		for k := range depth {
			patch = append(patch, naive.Position{Row: r, Col: k})
			elements = append(elements, naive.Position{Row: k})
		}
		scene.Frames = append(scene.Frames, Frame{
			Caption: fmt.Sprintf("im2col: what the kernel covers for output (%d,%d) becomes row %d of a matrix", r/w.g.OW, r%w.g.OW, r),
			Rows: [][]Grid{{
				{Title: "input", Values: input, Margin: w.margin(), Marks: w.covered(r/w.g.OW, r%w.g.OW)},
				{Before: "→", Title: fmt.Sprintf("patches %d×%d", rows, depth), Values: copyOf(shown), Marks: marks(Covered, patch...), Small: true},
				{Before: "·", Title: "kernel", Values: column, Marks: marks(Covered, elements...), Small: true},
				{Before: "=", Title: "output", Values: copyOf(results), Marks: marks(Result, naive.Position{Row: r}), Small: true},
			}},
			Lines: []string{"Places beyond the edge are zeros in the matrix. One product of matrices computes all outputs."},
		})
	}
	equal := "the results are equal: all " + fmt.Sprint(rows) + " outputs"
	for r := range rows {
		if product[r][0] != slid[r/w.g.OW][r%w.g.OW] {
			equal = fmt.Sprintf("the results differ at output (%d,%d) by rounding", r/w.g.OW, r%w.g.OW)
		}
	}
	back := naive.NewMap(w.g.OH, w.g.OW)
	for r := range rows {
		back[r/w.g.OW][r%w.g.OW] = product[r][0]
	}
	scene.Frames = append(scene.Frames, Frame{
		Caption: "im2col: the column, row by row, is the output; " + equal,
		Rows: [][]Grid{{
			{Title: "by sliding", Values: slid},
			{Before: "=", Title: "by im2col and GEMM", Values: back},
		}},
	})
}

// lowered returns the patch matrix, the kernel as a column, and their product.
func lowered(g im2col.Geometry, input, kernel naive.Map) (patches, column, product naive.Map) {
	rows, depth := g.Rows(), g.Depth()
	a, b, c := make([]float64, rows*depth), flat(kernel), make([]float64, rows)
	im2col.Lower(a, flat(input), &g, im2col.Block{Row1: rows, Tap1: g.Taps()})
	gonum.Implementation{}.Dgemm(blas.NoTrans, blas.NoTrans, rows, 1, depth, 1, a, depth, b, 1, 0, c, 1)
	return naive.MapOf(rows, depth, a), naive.MapOf(depth, 1, b), naive.MapOf(rows, 1, c)
}

// flat returns the elements row by row.
func flat(m naive.Map) (v []float64) {
	for _, row := range m {
		v = append(v, row...)
	}
	return v
}
