package conv

import "github.com/unslide/unslide/im2col"

// A Product is a convolution as the algorithms compute it: src → dst under a
// geometry, where dst's pixels need not be dense. The forward pass is one
// product. The gradient to the data is one product for each phase of the
// stride: the input pixels whose row leaves the same remainder modulo StrideH,
// and whose column modulo StrideW, see the same kernel elements, and for them
// the gradient is a convolution of dDst, stride 1, with those elements turned.
type Product struct {
	G im2col.Geometry
	// Output pixel (oh, ow) of an image begins at element
	// Offset + oh·RowStep + ow·ColStep of its ImageStep elements.
	Offset, RowStep, ColStep, ImageStep int
	// Transposed says that the filter is the plan's with channels and filters
	// exchanged, and lists, for each kernel element of g, the kernel element of the
	// plan's filter it stands for; nil means the same one.
	Transposed []int
	// Phases is how many products compute the pass.
	Phases int
	// Prepacked says that the filter outlives a call as the runner prepares it, so
	// that it pays to prepare it however few images there are.
	Prepacked bool
}

// Dense reports whether the output's pixels follow each other without a gap.
func (p *Product) Dense() bool {
	return p.Offset == 0 && p.ColStep == p.G.OC && p.RowStep == p.G.OW*p.G.OC && p.ImageStep == p.G.OutputLen()
}

// Forward returns the product of the forward pass.
func Forward(g im2col.Geometry) Product {
	return Product{G: g, RowStep: g.OW * g.OC, ColStep: g.OC, ImageStep: g.OutputLen(), Phases: 1}
}
