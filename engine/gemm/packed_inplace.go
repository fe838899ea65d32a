package gemm

import (
	"github.com/unslide/unslide/engine/internal/cut"
	"github.com/unslide/unslide/engine/internal/kernel"
	"github.com/unslide/unslide/engine/internal/spare"
)

const (
	// inPlaceCols is for how many columns an A whose rows are C's is read in
	// place, and inPlaceRows how many rows of it in a row of calls.
	inPlaceCols = 256
	inPlaceRows = 112
)

// inPlaceCall is a packedCall of float32 that can leave A where it is.
type inPlaceCall struct {
	packedCall[float32]
	pixels     kernel.Tile
	conv       kernel.ConvArgs
	srcOffsets [inPlaceRows]int32
	dstOffsets [inPlaceRows]int32
}

// zeros stands for padding, of which a matrix has none.
var zeros [maxKC]float32

// fits reports whether the product is one of few columns whose A can be read in
// place.
func (c *inPlaceCall) fits() bool {
	return c.n <= inPlaceCols && !c.a.trans && c.alpha == 1 && max(c.a.ld, c.ldc) < 1<<24
}

// runInPlace reads the rows of A where they are, as pixels of a 1×1
// convolution: the few columns would not pay for packing A.
func (c *inPlaceCall) runInPlace() {
	nr := c.nr
	for r := range min(inPlaceRows, c.m) {
		c.srcOffsets[r], c.dstOffsets[r] = int32(r*c.a.ld), int32(r*c.ldc)
	}
	c.bBlock = spare.Grow(c.bBlock, cut.Ceil(c.n, nr)*c.kc*nr+kernel.PackSlack)
	v := &c.conv
	v.SrcOffsets, v.DstOffsets, v.Zero = c.srcOffsets[:], c.dstOffsets[:], zeros[:]
	v.Taps, v.Inside = 1, true
	for k0 := 0; k0 < c.k; k0 += c.kc {
		v.Depth = min(c.kc, c.k-k0)
		v.Accumulate = c.accumulate || k0 > 0
		panel := nr * v.Depth
		for j := 0; j < c.n; j += nr {
			if !c.readable(j, k0, v.Depth) {
				c.packB(c.bBlock[j/nr*panel:], j, min(nr, c.n-j), k0, v.Depth)
			}
		}
		for i := 0; i < c.m; i += inPlaceRows {
			v.Rows = min(inPlaceRows, c.m-i)
			v.Src = c.a.data[i*c.a.ld+k0:]
			for j := 0; j < c.n; j += nr {
				v.Cols = min(nr, c.n-j)
				v.Filter, v.FilterStride = c.bBlock[j/nr*panel:], nr
				if c.readable(j, k0, v.Depth) {
					v.Filter, v.FilterStride = c.b.data[k0*c.b.ld+j:], c.b.ld
				}
				v.Dst = c.c[i*c.ldc+j:]
				c.pixels.Conv(v)
			}
		}
	}
}

// readable reports whether runInPlace reads the panel of B from column j on
// where it is: the kernel needs all columns of a panel.
func (c *inPlaceCall) readable(j, k0, depth int) bool {
	return c.fewMeetB(true) && len(c.b.data) >= (k0+depth-1)*c.b.ld+j+c.nr
}
