package sliding

import (
	"github.com/unslide/unslide/im2col"
	"github.com/unslide/unslide/naive"
)

// Pooled is what a max-pooling computes of a batch, NHWC.
type Pooled struct {
	Dst, DSrc []float64
	Argmax    []int32 // of each output the place of its input in the image; nil: not known
}

// MaxPool pools n images. The padded image is made by hand, of values that never
// win; of a dilated window's elements those in between are made so, window by
// window, by pooling each output alone.
func MaxPool(g *im2col.Geometry, n int, src, dDst []float64) Pooled {
	r := Pooled{
		Dst: make([]float64, n*g.OutputLen()), DSrc: make([]float64, n*g.InputLen()), Argmax: make([]int32, n*g.OutputLen()),
	}
	for i := range n {
		maxPool(g, &r, i, src, dDst)
	}
	return r
}

func maxPool(g *im2col.Geometry, r *Pooled, image int, src, dDst []float64) {
	const never = -1e9
	for c := range g.C {
		dx := naive.NewMap(g.H, g.W)
		for oh := range g.OH {
			for ow := range g.OW {
				window := naive.NewMap(g.KH, g.KW)
				for kh := range g.KH {
					for kw := range g.KW {
						h, w := oh*g.StrideH-g.PadTop+g.TapRow(kh), ow*g.StrideW-g.PadLeft+g.TapCol(kw)
						window[kh][kw] = never
						if h >= 0 && h < g.H && w >= 0 && w < g.W {
							window[kh][kw] = src[((image*g.H+h)*g.W+w)*g.C+c]
						}
					}
				}
				l := naive.MaxPool{Slide: naive.Slide{KH: g.KH, KW: g.KW, Stride: max(g.KH, g.KW)}, Add: true}
				y, argmax := l.Forward([]naive.Map{window})
				at := argmax[0][0][0]
				h, w := oh*g.StrideH-g.PadTop+g.TapRow(at.Row), ow*g.StrideW-g.PadLeft+g.TapCol(at.Col)
				i := ((image*g.OH+oh)*g.OW+ow)*g.C + c
				r.Dst[i] = y[0][0][0]
				r.Argmax[i] = int32((h*g.W+w)*g.C + c)
				dx[h][w] += dDst[i]
			}
		}
		for h := range g.H {
			for w := range g.W {
				r.DSrc[((image*g.H+h)*g.W+w)*g.C+c] = dx[h][w]
			}
		}
	}
}
