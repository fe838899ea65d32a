package trial

import (
	"math/rand/v2"
	"testing"

	"github.com/unslide/unslide/im2col"
)

// Reference visits every product of a convolution of n images: the elements of src,
// filter and dst that it belongs to.
func Reference(g im2col.Geometry, n int, visit func(src, filter, dst int)) {
	for i := range n {
		for oh := range g.OH {
			for ow := range g.OW {
				for oc := range g.OC {
					group := oc / g.GroupOC()
					for kh := range g.KH {
						for kw := range g.KW {
							h, w := oh*g.StrideH-g.PadTop+g.TapRow(kh), ow*g.StrideW-g.PadLeft+g.TapCol(kw)
							if h < 0 || h >= g.H || w < 0 || w >= g.W {
								continue
							}
							for c := range g.GroupC() {
								visit(((i*g.H+h)*g.W+w)*g.C+group*g.GroupC()+c,
									((kh*g.KW+kw)*g.GroupC()+c)*g.OC+oc,
									((i*g.OH+oh)*g.OW+ow)*g.OC+oc)
							}
						}
					}
				}
			}
		}
	}
}

// Integers returns small integers, whose sums of products are exact.
func Integers[T im2col.Float](r *rand.Rand, n int) []T {
	x := make([]T, n)
	for i := range x {
		x[i] = T(r.IntN(9) - 4)
	}
	return x
}

// Normals returns values of a normal distribution.
func Normals[T im2col.Float](r *rand.Rand, n int) []T {
	x := make([]T, n)
	for i := range x {
		x[i] = T(r.NormFloat64())
	}
	return x
}

// RandomGeometry draws a small geometry of any kind.
func RandomGeometry(r *rand.Rand) im2col.Geometry {
	for {
		groups := 1
		c, oc := 1+r.IntN(6), 1+r.IntN(20)
		if r.IntN(4) == 0 {
			groups = 1 + r.IntN(3)
			c, oc = c*groups, groups*(1+r.IntN(5))
		}
		opts := []im2col.Option{
			im2col.Stride(1+r.IntN(3), 1+r.IntN(3)), im2col.Dilation(1+r.IntN(3), 1+r.IntN(3)), im2col.Groups(groups),
		}
		if r.IntN(2) == 0 {
			opts = append(opts, im2col.Flip())
		}
		f := im2col.Filter{KH: 1 + r.IntN(4), KW: 1 + r.IntN(4), OC: oc}
		p := []im2col.Padding{
			im2col.Same(), im2col.Valid(), im2col.Centred(r.IntN(f.KH), r.IntN(f.KW)),
			im2col.Padded(r.IntN(5)-1, r.IntN(5)-1, r.IntN(5)-1, r.IntN(5)-1),
		}[r.IntN(4)]
		if g, err := im2col.New(im2col.Input{H: 1 + r.IntN(14), W: 1 + r.IntN(14), C: c}, f, p, opts...); err == nil {
			return g
		}
	}
}

// Same makes a geometry with a square kernel whose outputs are as many as its inputs.
func Same(t testing.TB, h, w, c, k, oc int, opts ...im2col.Option) im2col.Geometry {
	t.Helper()
	g, err := im2col.New(im2col.Input{H: h, W: w, C: c}, im2col.Filter{KH: k, KW: k, OC: oc}, im2col.Same(), opts...)
	if err != nil {
		t.Fatal(err)
	}
	return g
}
