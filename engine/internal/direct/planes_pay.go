package direct

import (
	"github.com/unslide/unslide/engine/internal/cut"
	"github.com/unslide/unslide/im2col"
)

// PlanesPay reports whether Direct computes the gradient to the data of g faster
// by one product with the kernel's elements as rows, [NewPlanes], than by one
// for each phase with the channels as columns. If the multiplications on full
// tiles take 1, the columns take 9/C, and the rows 1, 20/(Taps·C) for turning the
// output's gradient and (3 + 2.5·StrideH·StrideW)/OC for adding up the planes:
// fitted to measurements of 1 to 16 channels, 8 to 128 filters, kernels of 1×1 to
// 7×7 in strides of 1 and 2, with AVX-512 and with AVX2. The columns leave
// products with padding out, and the rows leave a part of the last tile empty, of
// an image or, with a kernel row lower than a tile, of a row: fitted to images of
// 7×7 and 14×14.
func PlanesPay(g *im2col.Geometry) bool {
	const mr, nr = 14, 32
	c, area := float64(g.C), float64(g.StrideH)*float64(g.StrideW)
	inside := g.Vertical().Inside() * g.Horizontal().Inside()
	run, unit := g.Rows(), nr
	if g.OW < nr && g.KW*g.C < mr {
		run, unit = g.OW, nr/2
	}
	filled := float64(run) / float64(cut.Ceil(run, unit)*unit)
	time := c + 20/float64(g.Taps()) + c*(3+2.5*area)/float64(g.OC)
	return g.Groups == 1 && time < 9 && time < 13*inside*filled
}
