// Package lowered computes convolutions by im2col and GEMM: blocks of patches are
// lowered to a matrix that a BLAS multiplies by the filter.
//
//	engine ──► lowered ──► conv, cut, im2col
//
// It computes every geometry in float32 and float64: [NewProduct] the forward pass
// or a phase of the gradient to the data, [NewRaised] all phases at once, whose
// patches are added to where they came from, [NewFilter] the gradient to the filter.
package lowered
