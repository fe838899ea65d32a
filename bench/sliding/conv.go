package sliding

import (
	"github.com/unslide/unslide/im2col"
	"github.com/unslide/unslide/naive"
)

// Data are a batch of a layer: activations NHWC, filters HWIO.
type Data struct {
	Src, Filter, Bias []float64
	DDst              []float64 // gradient to the output, after the activation
}

// Result is what a layer computes of a batch: its output and the gradients to
// its input and its parameters.
type Result struct {
	Dst, DSrc, DFilter, DBias []float64
}

// Convolve computes a convolution of n images. The image is padded (or cut) by
// hand to exactly what the windows cover, the kernel is spread by zeros for
// dilation, each group is a layer of its own, and of strides that differ the
// outputs in between are left out. The gradients go the same way back: outputs
// that were left out get none, and what falls on padding is dropped.
func Convolve(g *im2col.Geometry, n int, act naive.Activation, d Data) Result {
	r := Result{
		Dst:     make([]float64, n*g.OutputLen()),
		DSrc:    make([]float64, n*g.InputLen()),
		DFilter: make([]float64, g.FilterLen()),
		DBias:   make([]float64, g.OC),
	}
	for i := range n {
		for group := range g.Groups {
			convolveGroup(g, act, d, &r, i, group)
		}
	}
	return r
}

// Conv is one group of a geometry as naive knows it.
type Conv struct {
	naive.Conv
	Rows, Cols   int // of the padded image
	stepH, stepW int // of the outputs naive computes, how many lie between two that count
}

// Of makes the layer that naive knows of one group of a geometry.
func Of(g *im2col.Geometry, act naive.Activation) Conv {
	r := Conv{
		Rows:  (g.OH-1)*g.StrideH + (g.KH-1)*g.DilationH + 1,
		Cols:  (g.OW-1)*g.StrideW + (g.KW-1)*g.DilationW + 1,
		stepH: g.StrideH, stepW: g.StrideW,
	}
	r.Conv = naive.Conv{
		Slide: naive.Slide{
			KH: (g.KH-1)*g.DilationH + 1, KW: (g.KW-1)*g.DilationW + 1,
			Stride: 1, Convolution: g.Flip,
		},
		Maps:       g.GroupOC(),
		Activation: act,
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

func convolveGroup(g *im2col.Geometry, act naive.Activation, d Data, out *Result, image, group int) {
	l := Of(g, act)
	c0, oc0 := group*g.GroupC(), group*g.GroupOC()

	x := make([]naive.Map, g.GroupC())
	for c := range x {
		x[c] = naive.NewMap(l.Rows, l.Cols)
		l.overImage(g, func(h, w, row, col int) {
			x[c][row][col] = d.Src[((image*g.H+h)*g.W+w)*g.C+c0+c]
		})
	}
	kernels := make([]naive.Map, g.GroupC()*l.Maps)
	at := func(kh, kw, c, oc int) int { return ((kh*g.KW+kw)*g.GroupC()+c)*g.OC + oc0 + oc }
	for c := range x {
		for oc := range l.Maps {
			k := naive.NewMap(l.KH, l.KW)
			for kh := range g.KH {
				for kw := range g.KW {
					k[kh*g.DilationH][kw*g.DilationW] = d.Filter[at(kh, kw, c, oc)]
				}
			}
			kernels[c*l.Maps+oc] = k
		}
	}
	y := l.Forward(x, kernels, d.Bias[oc0:oc0+l.Maps])

	dy := make([]naive.Map, l.Maps)
	for oc := range dy {
		dy[oc] = naive.NewMap(y[oc].Rows(), y[oc].Cols())
		for oh := range g.OH {
			for ow := range g.OW {
				i := ((image*g.OH+oh)*g.OW+ow)*g.OC + oc0 + oc
				out.Dst[i] = y[oc][oh*l.stepH][ow*l.stepW]
				dy[oc][oh*l.stepH][ow*l.stepW] = d.DDst[i]
			}
		}
	}
	dx, dKernels, dBias := l.Backward(x, kernels, y, dy)
	for c := range x {
		l.overImage(g, func(h, w, row, col int) {
			out.DSrc[((image*g.H+h)*g.W+w)*g.C+c0+c] = dx[c][row][col]
		})
		for oc := range l.Maps {
			for kh := range g.KH {
				for kw := range g.KW {
					out.DFilter[at(kh, kw, c, oc)] += dKernels[c*l.Maps+oc][kh*g.DilationH][kw*g.DilationW]
				}
			}
		}
	}
	for oc, v := range dBias {
		out.DBias[oc0+oc] += v
	}
}

// overImage visits the image's elements that the padded image holds, with
// their places there.
func (r *Conv) overImage(g *im2col.Geometry, visit func(h, w, row, col int)) {
	for h := range g.H {
		for w := range g.W {
			row, col := h+g.PadTop, w+g.PadLeft
			if 0 <= row && row < r.Rows && 0 <= col && col < r.Cols {
				visit(h, w, row, col)
			}
		}
	}
}
