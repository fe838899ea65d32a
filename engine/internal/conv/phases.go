package conv

import "github.com/unslide/unslide/im2col"

// Phases are those of the gradient to the data of a convolution, along rows and
// along columns.
type Phases struct {
	G          im2col.Geometry
	Rows, Cols []im2col.Phase
}

// NewPhases returns the phases of a convolution's gradient to the data.
func NewPhases(g im2col.Geometry) Phases {
	return Phases{G: g, Rows: g.Vertical().Phases(), Cols: g.Horizontal().Phases()}
}

// Count returns how many there are.
func (p *Phases) Count() int { return len(p.Rows) * len(p.Cols) }

// Covered reports whether the phases have every element of the gradient: with a
// stride wider than the kernel some input pixels have none.
func (p *Phases) Covered() bool {
	return len(p.Rows) == min(p.G.StrideH, p.G.H) && len(p.Cols) == min(p.G.StrideW, p.G.W)
}

// Work is how many times the products of all phases multiply for one
// multiplication of the forward pass, padding included.
func (p *Phases) Work() float64 {
	return axisWork(p.Rows) * axisWork(p.Cols) / (float64(p.G.Rows()) * float64(p.G.Taps()))
}

func axisWork(axes []im2col.Phase) float64 {
	n := 0
	for _, a := range axes {
		n += a.Size * a.Kernel
	}
	return float64(n)
}

// Products returns the product of each phase, the first ones of the image's
// first row.
func (p *Phases) Products() []Product {
	products := make([]Product, 0, p.Count())
	for _, rows := range p.Rows {
		for _, cols := range p.Cols {
			products = append(products, p.product(rows, cols))
		}
	}
	return products
}

// Geometry is that of a phase's product: channels and filters exchanged.
func (p *Phases) Geometry(rows, cols im2col.Phase) im2col.Geometry {
	g := &p.G
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

func (p *Phases) product(rows, cols im2col.Phase) Product {
	g := &p.G
	q := Product{
		G:          p.Geometry(rows, cols),
		Offset:     (rows.First*g.W + cols.First) * g.C,
		RowStep:    g.StrideH * g.W * g.C,
		ColStep:    g.StrideW * g.C,
		ImageStep:  g.InputLen(),
		Phases:     p.Count(),
		Transposed: make([]int, 0, rows.Kernel*cols.Kernel),
	}
	for i := range rows.Kernel {
		for j := range cols.Kernel {
			kh, kw := rows.Element+i*rows.Step, cols.Element+j*cols.Step
			if g.Flip {
				kh, kw = g.KH-1-kh, g.KW-1-kw
			}
			q.Transposed = append(q.Transposed, kh*g.KW+kw)
		}
	}
	return q
}

// Depthwise reports whether every channel has one filter of its own.
func Depthwise(g *im2col.Geometry) bool {
	return g.Groups > 1 && g.Groups == g.C && g.Groups == g.OC
}
