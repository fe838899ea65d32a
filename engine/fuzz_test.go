package engine

import (
	"math/rand/v2"
	"testing"

	"github.com/unslide/unslide/im2col"
)

// FuzzConv2D lets the fuzzer draw the geometry, the batch and the data, and
// compares every way to compute a convolution with the definition.
func FuzzConv2D(f *testing.F) {
	f.Add(uint64(1), byte(7), byte(7), byte(5), byte(20), byte(3), byte(3), int32(1), int32(1), int32(1), int32(1), byte(1), int32(1), int32(1), byte(7), byte(7), byte(1))
	f.Add(uint64(2), byte(28), byte(28), byte(1), byte(5), byte(2), byte(2), int32(2), int32(2), int32(1), int32(1), byte(1), int32(0), int32(0), byte(14), byte(14), byte(2))
	f.Add(uint64(3), byte(9), byte(8), byte(3), byte(2), byte(3), byte(2), int32(2), int32(3), int32(2), int32(1), byte(3), int32(2), int32(-1), byte(4), byte(3), byte(130))
	f.Add(uint64(4), byte(3), byte(40), byte(33), byte(17), byte(1), byte(5), int32(1), int32(1), int32(1), int32(2), byte(1), int32(-1), int32(4), byte(2), byte(33), byte(3))
	f.Fuzz(func(t *testing.T, seed uint64, h, w, c, oc, kh, kw byte, sh, sw, dh, dw int32, groups byte, padTop, padLeft int32, oh, ow, batch byte) {
		group := max(1, int(groups%8))
		g := im2col.Geometry{
			H: int(h), W: int(w), C: int(c%64) * group, OC: int(oc%64) * group, KH: int(kh), KW: int(kw),
			StrideH: int(sh), StrideW: int(sw), DilationH: int(dh), DilationW: int(dw),
			Groups: group, PadTop: int(padTop), PadLeft: int(padLeft), OH: int(oh), OW: int(ow),
			Flip: batch >= 128,
		}
		n := int(batch % 4)
		if g.Validate() != nil || !drawable(&g, n, 3e6) {
			t.Skip()
		}
		var seen tally
		if err := seen.check(rand.New(rand.NewPCG(seed, 0)), g, n); err != nil {
			t.Error(err)
		}
	})
}
