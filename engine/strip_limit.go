package engine

import "github.com/unslide/unslide/im2col"

// stripPays reports whether input rows are copied to a strip of so many elements
// for a block of output pixels. A strip holds padding, too, as far as windows reach
// into it: beyond some multiple of the patches it would be copied for longer than
// it is read, and it is no larger than the tensors of an image or what a worker's
// cache holds.
func stripPays(g *im2col.Geometry, strip float64, pixels int) bool {
	const most = 8 // strips of ordinary layers are smaller than the patches
	return strip <= most*float64(pixels)*float64(g.Taps())*float64(g.GroupC()) && strip <= workspaceLimit(g)
}

// workspaceLimit is how many elements a worker takes for itself where a geometry
// asks for many: no more than the tensors of an image have, or its cache holds.
func workspaceLimit(g *im2col.Geometry) float64 {
	tensors := float64(g.InputLen()) + float64(g.OutputLen()) + float64(g.FilterLen())
	return max(tensors, float64(2*cacheShare/sizeOf[float32]()))
}
