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
	// prepacked says that the filter outlives a call as the runner prepares it, so
	// that it pays to prepare it however few images there are.
	prepacked bool
}

// dense reports whether the output's pixels follow each other without a gap.
func (p *product) dense() bool {
	return p.offset == 0 && p.colStep == p.g.OC && p.rowStep == p.g.OW*p.g.OC && p.imageStep == p.g.OutputLen()
}

func forwardProduct(g im2col.Geometry) product {
	return product{g: g, rowStep: g.OW * g.OC, colStep: g.OC, imageStep: g.OutputLen()}
}

// gradientProducts returns the phases of the gradient to the data of g.
// covered reports whether they write every element of it: with a stride wider
// than the kernel some input pixels have no gradient.
func gradientProducts(g im2col.Geometry) (phases []product, covered bool) {
	covered = true
	for ph := range min(g.StrideH, g.H) {
		for pw := range min(g.StrideW, g.W) {
			rows := phaseAxis(ph, g.H, g.KH, g.StrideH, g.DilationH, g.PadTop)
			cols := phaseAxis(pw, g.W, g.KW, g.StrideW, g.DilationW, g.PadLeft)
			if rows.taps == 0 || cols.taps == 0 {
				covered = false
				continue
			}
			p := product{
				g: im2col.Geometry{
					H: g.OH, W: g.OW, C: g.OC, OC: g.C,
					KH: rows.taps, KW: cols.taps,
					StrideH: 1, StrideW: 1,
					DilationH: rows.dilation, DilationW: cols.dilation,
					Groups: g.Groups,
					PadTop: rows.pad, PadLeft: cols.pad,
					OH: rows.size, OW: cols.size,
					Flip: true,
				},
				offset:    (ph*g.W + pw) * g.C,
				rowStep:   g.StrideH * g.W * g.C,
				colStep:   g.StrideW * g.C,
				imageStep: g.InputLen(),
			}
			for i := range rows.taps {
				for j := range cols.taps {
					kh, kw := rows.first+i*rows.step, cols.first+j*cols.step
					if g.Flip {
						kh, kw = g.KH-1-kh, g.KW-1-kw
					}
					p.transposed = append(p.transposed, kh*g.KW+kw)
				}
			}
			phases = append(phases, p)
		}
	}
	return phases, covered
}

// An axis is one phase along rows or columns: which kernel elements its pixels
// see (first, first+step, …: taps of them, counted along the window) and the
// convolution of dDst with them.
type axis struct {
	size              int // input pixels of this phase
	first, step, taps int
	dilation, pad     int
}

// phaseAxis solves ih = oh·s − p + u·d for the pixels ih = phase + i·s: the
// kernel elements u with u·d ≡ phase + p (mod s) are u₀ + j·s/gcd(s,d), and
// element j reads oh = i + (phase + p − u₀·d)/s − j·d/gcd(s,d).
func phaseAxis(phase, h, k, s, d, p int) axis {
	div := gcd(s, d)
	a := axis{size: (h-1-phase)/s + 1, step: s / div, dilation: d / div}
	for a.first = 0; a.first < min(k, a.step); a.first++ {
		if (phase+p-a.first*d)%s == 0 {
			a.taps = (k-1-a.first)/a.step + 1
			a.pad = (a.taps-1)*a.dilation - (phase+p-a.first*d)/s
			return a
		}
	}
	return a
}

func gcd(a, b int) int {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}
