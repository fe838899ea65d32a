package bench

import (
	"github.com/unslide/unslide/engine"
	"github.com/unslide/unslide/im2col"
	"github.com/unslide/unslide/naive"
)

// slide computes a problem by the sliding reference. naive knows one stride,
// a centre, and neither dilation nor groups nor padding, so every geometry is
// made into one it knows: the image is padded (or cut) by hand to exactly what
// the windows cover, the kernel is spread by zeros for dilation, each group is
// a layer of its own, and of strides that differ the outputs in between are
// left out. The gradients go the same way back: outputs that were left out get
// none, and what falls on padding is dropped.
func slide(p *convProblem) convResult {
	g := &p.g
	r := convResult{
		dst:     make([]float64, p.n*g.OutputLen()),
		dSrc:    make([]float64, p.n*g.InputLen()),
		dFilter: make([]float64, g.FilterLen()),
		dBias:   make([]float64, g.OC),
	}
	for i := range p.n {
		for group := range g.Groups {
			slideGroup(p, &r, i, group)
		}
	}
	return r
}

// reduced is one group of a geometry as naive knows it.
type reduced struct {
	naive.Conv
	rows, cols   int // of the padded image
	stepH, stepW int // of the outputs naive computes, how many lie between two that count
}

func reduce(g *im2col.Geometry, act engine.Activation) reduced {
	r := reduced{
		rows:  (g.OH-1)*g.StrideH + (g.KH-1)*g.DilationH + 1,
		cols:  (g.OW-1)*g.StrideW + (g.KW-1)*g.DilationW + 1,
		stepH: g.StrideH, stepW: g.StrideW,
	}
	r.Conv = naive.Conv{
		Slide: naive.Slide{
			KH: (g.KH-1)*g.DilationH + 1, KW: (g.KW-1)*g.DilationW + 1,
			Stride: 1, Convolution: g.Flip,
		},
		Maps:       g.GroupOC(),
		Activation: naive.Activation(act.String()),
	}
	if g.StrideH == g.StrideW {
		r.Stride, r.stepH, r.stepW = g.StrideH, 1, 1
	}
	if g.Flip {
		// The turned kernel's last element is the window's first.
		r.CenterRow, r.CenterCol = r.KH-1, r.KW-1
	}
	return r
}

func slideGroup(p *convProblem, out *convResult, image, group int) {
	g := &p.g
	l := reduce(g, p.activation)
	c0, oc0 := group*g.GroupC(), group*g.GroupOC()

	x := make([]naive.Map, g.GroupC())
	for c := range x {
		x[c] = naive.NewMap(l.rows, l.cols)
		l.overImage(g, func(h, w, row, col int) {
			x[c][row][col] = p.src[((image*g.H+h)*g.W+w)*g.C+c0+c]
		})
	}
	kernels := make([]naive.Map, g.GroupC()*l.Maps)
	at := func(kh, kw, c, oc int) int { return ((kh*g.KW+kw)*g.GroupC()+c)*g.OC + oc0 + oc }
	for c := range x {
		for oc := range l.Maps {
			k := naive.NewMap(l.KH, l.KW)
			for kh := range g.KH {
				for kw := range g.KW {
					k[kh*g.DilationH][kw*g.DilationW] = p.filter[at(kh, kw, c, oc)]
				}
			}
			kernels[c*l.Maps+oc] = k
		}
	}
	y := l.Forward(x, kernels, p.bias[oc0:oc0+l.Maps])

	dy := make([]naive.Map, l.Maps)
	for oc := range dy {
		dy[oc] = naive.NewMap(y[oc].Rows(), y[oc].Cols())
		for oh := range g.OH {
			for ow := range g.OW {
				i := ((image*g.OH+oh)*g.OW+ow)*g.OC + oc0 + oc
				out.dst[i] = y[oc][oh*l.stepH][ow*l.stepW]
				dy[oc][oh*l.stepH][ow*l.stepW] = p.dDst[i]
			}
		}
	}
	dx, dKernels, dBias := l.Backward(x, kernels, y, dy)
	for c := range x {
		l.overImage(g, func(h, w, row, col int) {
			out.dSrc[((image*g.H+h)*g.W+w)*g.C+c0+c] = dx[c][row][col]
		})
		for oc := range l.Maps {
			for kh := range g.KH {
				for kw := range g.KW {
					out.dFilter[at(kh, kw, c, oc)] += dKernels[c*l.Maps+oc][kh*g.DilationH][kw*g.DilationW]
				}
			}
		}
	}
	for oc, d := range dBias {
		out.dBias[oc0+oc] += d
	}
}

// overImage visits the image's elements that the padded image holds, with
// their places there.
func (r *reduced) overImage(g *im2col.Geometry, visit func(h, w, row, col int)) {
	for h := range g.H {
		for w := range g.W {
			row, col := h+g.PadTop, w+g.PadLeft
			if 0 <= row && row < r.rows && 0 <= col && col < r.cols {
				visit(h, w, row, col)
			}
		}
	}
}
