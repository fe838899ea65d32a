package engine

import "github.com/unslide/unslide/im2col"

// A product is a convolution as the algorithms compute it: src → dst under a
// geometry, where dst's pixels need not be dense. The forward pass is one
// product. The gradient to the data is one product for each phase of the
// stride: the input pixels whose row leaves the same remainder modulo StrideH,
// and whose column modulo StrideW, see the same kernel elements, and for them
// the gradient is a convolution of dDst, stride 1, with those elements turned.
type product struct {
	g im2col.Geometry
	// Output pixel (oh, ow) of an image begins at element
	// offset + oh·rowStep + ow·colStep of its imageStep elements.
	offset, rowStep, colStep, imageStep int
	// transposed says that the filter is the plan's with channels and filters
	// exchanged, and lists, for each kernel element of g, the kernel element of the
	// plan's filter it stands for; nil means the same one.
	transposed []int
	// phases is how many products compute the pass.
	phases int
	// prepacked says that the filter outlives a call as the runner prepares it, so
	// that it pays to prepare it however few images there are.
	prepacked bool
}

// dense reports whether the output's pixels follow each other without a gap.
func (p *product) dense() bool {
	return p.offset == 0 && p.colStep == p.g.OC && p.rowStep == p.g.OW*p.g.OC && p.imageStep == p.g.OutputLen()
}

func forwardProduct(g im2col.Geometry) product {
	return product{g: g, rowStep: g.OW * g.OC, colStep: g.OC, imageStep: g.OutputLen(), phases: 1}
}

// phases are those of the gradient to the data of a convolution, along rows and
// along columns.
type phases struct {
	g          im2col.Geometry
	rows, cols []im2col.Phase
}

func newPhases(g im2col.Geometry) phases {
	return phases{g: g, rows: g.Vertical().Phases(), cols: g.Horizontal().Phases()}
}

func (p *phases) count() int { return len(p.rows) * len(p.cols) }

// covered reports whether the phases have every element of the gradient: with a
// stride wider than the kernel some input pixels have none.
func (p *phases) covered() bool {
	return len(p.rows) == min(p.g.StrideH, p.g.H) && len(p.cols) == min(p.g.StrideW, p.g.W)
}

// depthwise reports whether every channel has one filter of its own.
func (p *phases) depthwise() bool {
	return p.g.Groups > 1 && p.g.Groups == p.g.C && p.g.Groups == p.g.OC
}

// work is how many times the products of all phases multiply for one
// multiplication of the forward pass, padding included.
func (p *phases) work() float64 {
	return axisWork(p.rows) * axisWork(p.cols) / (float64(p.g.Rows()) * float64(p.g.Taps()))
}

func axisWork(axes []im2col.Phase) float64 {
	n := 0
	for _, a := range axes {
		n += a.Size * a.Kernel
	}
	return float64(n)
}

// products returns the product of each phase, the first ones of the image's
// first row.
func (p *phases) products() []product {
	products := make([]product, 0, p.count())
	for _, rows := range p.rows {
		for _, cols := range p.cols {
			products = append(products, p.product(rows, cols))
		}
	}
	return products
}

// geometry is that of a phase's product: channels and filters exchanged.
func (p *phases) geometry(rows, cols im2col.Phase) im2col.Geometry {
	g := &p.g
	return im2col.Geometry{
		H: g.OH, W: g.OW, C: g.OC, OC: g.C,
		KH: rows.Kernel, KW: cols.Kernel,
		StrideH: 1, StrideW: 1,
		DilationH: rows.Dilation, DilationW: cols.Dilation,
		Groups: g.Groups,
		PadTop: rows.Pad, PadLeft: cols.Pad,
		OH: rows.Size, OW: cols.Size,
		Flip: true,
	}
}

func (p *phases) product(rows, cols im2col.Phase) product {
	g := &p.g
	q := product{
		g:          p.geometry(rows, cols),
		offset:     (rows.First*g.W + cols.First) * g.C,
		rowStep:    g.StrideH * g.W * g.C,
		colStep:    g.StrideW * g.C,
		imageStep:  g.InputLen(),
		phases:     p.count(),
		transposed: make([]int, 0, rows.Kernel*cols.Kernel),
	}
	for i := range rows.Kernel {
		for j := range cols.Kernel {
			kh, kw := rows.Element+i*rows.Step, cols.Element+j*cols.Step
			if g.Flip {
				kh, kw = g.KH-1-kh, g.KW-1-kw
			}
			q.transposed = append(q.transposed, kh*g.KW+kw)
		}
	}
	return q
}
