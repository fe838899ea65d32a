// Package winograd computes 3×3 convolutions of stride 1 by Winograd's minimal
// filtering (Lavin and Gray, Fast Algorithms for Convolutional Neural Networks,
// 2015): a quarter of the multiplications, for sums that are rounded in other
// places.
//
//	engine ──► winograd ──► conv, cut, kernel, im2col
//
// [NewProduct] computes the forward pass or the gradient to the data by F(4×4, 3×3),
// [NewFilter] the gradient to the filter by F(3×3, 4×4). [Fits] says of which
// geometries, [Pays] where that is faster.
package winograd
