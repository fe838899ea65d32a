package engine

import (
	"math/rand/v2"
	"testing"

	"github.com/unslide/unslide/im2col"
)

// FuzzConv2D lets the fuzzer draw the geometry, the batch, the workers and the
// data, and compares every way to compute a convolution with the definition.
func FuzzConv2D(f *testing.F) {
	f.Add(uint64(1), byte(7), byte(7), byte(5), byte(20), byte(3), byte(3), byte(1), byte(1), byte(1), byte(1), byte(1), int8(1), int8(1), byte(7), byte(7), byte(1))
	f.Add(uint64(2), byte(28), byte(28), byte(1), byte(5), byte(2), byte(2), byte(2), byte(2), byte(1), byte(1), byte(1), int8(0), int8(0), byte(14), byte(14), byte(2))
	f.Add(uint64(3), byte(9), byte(8), byte(3), byte(2), byte(3), byte(2), byte(2), byte(3), byte(2), byte(1), byte(3), int8(2), int8(-1), byte(4), byte(3), byte(130))
	f.Add(uint64(4), byte(3), byte(40), byte(33), byte(17), byte(1), byte(5), byte(1), byte(1), byte(1), byte(2), byte(1), int8(-1), int8(4), byte(2), byte(33), byte(3))
	f.Fuzz(func(t *testing.T, seed uint64, h, w, c, oc, kh, kw, sh, sw, dh, dw, groups byte, padTop, padLeft int8, oh, ow, batch byte) {
		group := max(1, int(groups%8))
		g := im2col.Geometry{
			H: int(h), W: int(w), C: int(c%64) * group, OC: int(oc%64) * group,
			KH: int(kh % 12), KW: int(kw % 12),
			StrideH: int(sh % 8), StrideW: int(sw % 8), DilationH: int(dh % 8), DilationW: int(dw % 8),
			Groups: group, PadTop: int(padTop), PadLeft: int(padLeft), OH: int(oh), OW: int(ow),
			Flip: batch >= 128,
		}
		n := int(batch % 4)
		if g.Validate() != nil || float64(n)*g.FLOP() > 3e6 || n*g.InputLen() > 1<<17 {
			t.Skip()
		}
		r := rand.New(rand.NewPCG(seed, 0))
		checkConv2D[float32](t, r, g, n, WithWorkers(1+int(seed%3)))
		checkConv2D[float64](t, r, g, n, WithWorkers(1+int(seed%3)))
	})
}
