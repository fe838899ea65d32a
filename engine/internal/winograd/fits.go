package winograd

import (
	"github.com/unslide/unslide/engine/internal/cut"
	"github.com/unslide/unslide/im2col"
)

// Fits reports whether F(4×4, 3×3) computes a geometry: not one with a
// row or column of the kernel that meets nothing but padding, whose elements no
// output depends on, nor one with a single row or column of outputs. Of that a tile
// would make as many products as the definition, and a gradient to the filter of
// few terms would have the rounding errors of a whole tile.
func Fits(g *im2col.Geometry) bool {
	meets := func(size, pad, outputs int) bool { return outputs > max(1, pad) && size+pad >= 3 }
	return g.KH == 3 && g.KW == 3 && g.StrideH == 1 && g.StrideW == 1 && g.DilationH == 1 && g.DilationW == 1 && g.Groups == 1 &&
		meets(g.H, g.PadTop, g.OH) && meets(g.W, g.PadLeft, g.OW)
}

const (
	leastChannels = 16 // and filters
	leastOutputs  = 6  // rows and columns of them
	leastTiles    = 8  // of a call: they pay for transforming the filter or its gradient
)

// Pays reports whether Winograd is the fastest way to compute a geometry that
// [Fits], and from how many images of a call on: with a filter transformed
// beforehand, for any number. The numbers come from measuring the layers of VGG,
// ResNet-50 and DeepBench on a Zen 4.
func Pays(g *im2col.Geometry, prepacked bool) (from int, pays bool) {
	if g.C < leastChannels || g.OC < leastChannels || g.OH < leastOutputs || g.OW < leastOutputs {
		return 0, false
	}
	if prepacked {
		return 0, true
	}
	tiles := newTiling(*g)
	return cut.Ceil(leastTiles, tiles.tiles(1)), true
}
