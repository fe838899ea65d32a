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
	rows, cols []axis
}

func newPhases(g im2col.Geometry) phases {
	return phases{
		g:    g,
		rows: phaseAxes(g.H, g.KH, g.StrideH, g.DilationH, g.PadTop, g.OH),
		cols: phaseAxes(g.W, g.KW, g.StrideW, g.DilationW, g.PadLeft, g.OW),
	}
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

func axisWork(axes []axis) float64 {
	n := 0
	for _, a := range axes {
		n += a.size * a.taps
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
func (p *phases) geometry(rows, cols axis) im2col.Geometry {
	g := &p.g
	return im2col.Geometry{
		H: g.OH, W: g.OW, C: g.OC, OC: g.C,
		KH: rows.taps, KW: cols.taps,
		StrideH: 1, StrideW: 1,
		DilationH: rows.dilation, DilationW: cols.dilation,
		Groups: g.Groups,
		PadTop: rows.pad, PadLeft: cols.pad,
		OH: rows.size, OW: cols.size,
		Flip: true,
	}
}

func (p *phases) product(rows, cols axis) product {
	g := &p.g
	q := product{
		g:          p.geometry(rows, cols),
		offset:     (rows.phase*g.W + cols.phase) * g.C,
		rowStep:    g.StrideH * g.W * g.C,
		colStep:    g.StrideW * g.C,
		imageStep:  g.InputLen(),
		phases:     p.count(),
		transposed: make([]int, 0, rows.taps*cols.taps),
	}
	for i := range rows.taps {
		for j := range cols.taps {
			kh, kw := rows.first+i*rows.step, cols.first+j*cols.step
			if g.Flip {
				kh, kw = g.KH-1-kh, g.KW-1-kw
			}
			q.transposed = append(q.transposed, kh*g.KW+kw)
		}
	}
	return q
}

// An axis is one phase along rows or columns: which kernel elements its pixels
// see (first, first+step, …: taps of them, counted along the window) and the
// convolution of dDst with them.
type axis struct {
	phase, size       int // input pixels phase, phase+stride, …: size of them
	first, step, taps int
	dilation, pad     int
}

// meeting returns what input pixel phase + i·stride meets: kernel elements, a,
// one step after the other, and of so many outputs, b, one dilation before the
// other.
func (a *axis) meeting(i, outputs int) meeting {
	last := i + (a.taps-1)*a.dilation - a.pad // the output that the first element reads
	j0 := max(0, -floorDiv(outputs-1-last, a.dilation))
	j1 := min(a.taps, floorDiv(last, a.dilation)+1)
	return meeting{a: a.first + j0*a.step, b: last - j0*a.dilation, n: max(0, j1-j0)}
}

// phaseAxes solves ih = oh·s − p + u·d for the pixels ih = phase + i·s of every
// phase: the kernel elements u with u·d ≡ phase + p (mod s) are
// u₀ + j·s/gcd(s,d), and element j reads
// oh = i + (phase + p − u₀·d)/s − j·d/gcd(s,d). Elements that no pixel of the
// phase meets at one of the outputs are left out, and phases that see none.
func phaseAxes(h, k, s, d, p, outputs int) []axis {
	div := gcd(s, d)
	step := s / div
	inverse := inverseMod(d/div, step)
	var axes []axis
	for phase := range min(s, h) {
		at := phase + p
		if at%div != 0 {
			continue
		}
		first := int(int64((at/div%step+step)%step) * int64(inverse) % int64(step))
		if first >= k {
			continue
		}
		a := axis{phase: phase, size: (h-1-phase)/s + 1, first: first, step: step, dilation: d / div}
		// i + read − j·dilation is in [0, outputs) for some i < size.
		read := (at - first*d) / s
		lo := max(0, -floorDiv(outputs-1-read, a.dilation))
		hi := min((k-1-first)/step, floorDiv(read+a.size-1, a.dilation)) + 1
		if lo >= hi {
			continue
		}
		a.first += lo * step
		a.taps = hi - lo
		a.pad = (hi-1)*a.dilation - read
		axes = append(axes, a)
	}
	return axes
}

func gcd(a, b int) int {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}

// inverseMod returns the x in [0, m) with a·x ≡ 1 (mod m), for a and m without
// a common divisor; 0 for m = 1. It is Euclid's algorithm, which keeps
// r ≡ a·x and old ≡ a·oldX.
func inverseMod(a, m int) int {
	old, r := m, a%m
	oldX, x := 0, 1
	for r != 0 {
		q := old / r
		old, r = r, old-q*r
		oldX, x = x, oldX-q*x
	}
	return (oldX%m + m) % m
}
