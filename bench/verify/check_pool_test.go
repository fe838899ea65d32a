package verify

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/unslide/unslide/engine"
	"github.com/unslide/unslide/im2col"
	"github.com/unslide/unslide/naive"
)

// The engine chooses the places that the sliding reference chooses, in both of
// the article's modes: of equal values, which small integers are full of, the
// first under the window.
func TestPoolingTiesLikeTheReference(t *testing.T) {
	r := rand.New(rand.NewPCG(31, 32))
	for i := range 200 {
		h, w := 1+r.IntN(9), 1+r.IntN(9)
		s := naive.Slide{KH: 1 + r.IntN(4), KW: 1 + r.IntN(4), Stride: 1 + r.IntN(3), Convolution: i%2 > 0}
		s.CenterRow, s.CenterCol = r.IntN(s.KH), r.IntN(s.KW)
		opts := []im2col.Option{im2col.Stride(s.Stride, s.Stride)}
		if s.Convolution {
			opts = append(opts, im2col.Flip())
		}
		g, err := im2col.NewPool(im2col.Input{H: h, W: w, C: 1}, s.KH, s.KW, im2col.Centred(s.CenterRow, s.CenterCol), opts...)
		if err != nil {
			t.Fatal(err)
		}
		t.Run(fmt.Sprintf("%d %v", i, g), func(t *testing.T) {
			plan, err := engine.NewMaxPool2D[float64](g)
			if err != nil {
				t.Fatal(err)
			}
			draw := func(n int) []float64 {
				x := make([]float64, n)
				for i := range x {
					x[i] = float64(r.IntN(3))
				}
				return x
			}
			src, dDst := draw(g.InputLen()), draw(g.OutputLen())
			l := naive.MaxPool{Slide: s, Add: true}
			_, from := l.Forward([]naive.Map{naive.MapOf(h, w, src)})
			dx := l.Backward([]naive.Map{naive.MapOf(g.OH, g.OW, dDst)}, from, h, w)[0]
			var want []int32
			for _, row := range from[0] {
				for _, p := range row {
					want = append(want, int32(p.Row*w+p.Col))
				}
			}
			dst, argmax, dSrc := make([]float64, len(dDst)), make([]int32, len(dDst)), make([]float64, len(src))
			plan.Forward(dst, src, argmax)
			plan.Backward(dSrc, dDst, argmax)
			if !slices.Equal(argmax, want) {
				t.Errorf("argmax %v, want %v", argmax, want)
			}
			if want := slices.Concat(dx...); !slices.Equal(dSrc, want) {
				t.Errorf("dSrc %v, want %v", dSrc, want)
			}
		})
	}
}
