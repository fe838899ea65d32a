package sliding

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/unslide/unslide/bench/shapes"
	"github.com/unslide/unslide/naive"
)

// TestConvolveIsTheDefinition: whatever a geometry is made into, naive computes
// what the definition says, on small integers exactly, forward and back.
func TestConvolveIsTheDefinition(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	draw := func(n int) []float64 {
		x := make([]float64, n)
		for i := range x {
			x[i] = float64(r.IntN(9) - 4)
		}
		return x
	}
	ran := 0
	for _, c := range shapes.Cases() {
		g, n := &c.Geometry, c.Batch
		if c.Kind != shapes.Conv || testing.Short() && g.FLOP() > 1e6 {
			continue
		}
		ran++
		d := Data{Src: draw(n * g.InputLen()), Filter: draw(g.FilterLen()), Bias: draw(g.OC), DDst: draw(n * g.OutputLen())}
		want := Result{
			Dst: make([]float64, len(d.DDst)), DSrc: make([]float64, len(d.Src)),
			DFilter: make([]float64, len(d.Filter)), DBias: make([]float64, len(d.Bias)),
		}
		for i := range d.DDst {
			want.Dst[i] = d.Bias[i%g.OC]
			want.DBias[i%g.OC] += d.DDst[i]
			image, oh, ow, oc := i/g.OutputLen(), i/(g.OW*g.OC)%g.OH, i/g.OC%g.OW, i%g.OC
			for kh := range g.KH {
				for kw := range g.KW {
					h, w := oh*g.StrideH-g.PadTop+g.TapRow(kh), ow*g.StrideW-g.PadLeft+g.TapCol(kw)
					if h < 0 || h >= g.H || w < 0 || w >= g.W {
						continue
					}
					for c := range g.GroupC() {
						src := ((image*g.H+h)*g.W+w)*g.C + oc/g.GroupOC()*g.GroupC() + c
						filter := ((kh*g.KW+kw)*g.GroupC()+c)*g.OC + oc
						want.Dst[i] += d.Src[src] * d.Filter[filter]
						want.DSrc[src] += d.DDst[i] * d.Filter[filter]
						want.DFilter[filter] += d.DDst[i] * d.Src[src]
					}
				}
			}
		}
		got := Convolve(g, n, naive.None, d)
		for what, x := range map[string][2][]float64{
			"dst": {got.Dst, want.Dst}, "dSrc": {got.DSrc, want.DSrc}, "dFilter": {got.DFilter, want.DFilter}, "dBias": {got.DBias, want.DBias},
		} {
			if !slices.Equal(x[0], x[1]) {
				t.Errorf("%s: %v: %s is not the definition's", c.Name, g, what)
			}
		}
	}
	if ran < 30 {
		t.Errorf("%d cases: want most", ran)
	}
}
