// Package direct computes convolutions in float32 by the engine's own register-tile
// kernels, which read the patches in place: no patch matrix and no BLAS.
//
//	engine ──► direct ──► conv, cut, kernel, im2col
//
// [NewProduct] computes the forward pass or a phase of the gradient to the data,
// [NewPlanes] that gradient for few channels, [NewRaised] all of its phases at once,
// [NewFilter] the gradient to the filter.
package direct
