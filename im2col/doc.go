// Package im2col describes one 2-D convolution and lowers it to a matrix
// product: each window that the kernel visits becomes a row, so that the
// convolution is patches × filters.
//
//	engine ──► im2col
//
// [Geometry] holds a convolution's sizes, checked once, under the padding rule
// of the caller's choice. [Lower] writes patches as matrix rows, [Raise] adds
// matrix rows back to an image (the transpose, for gradients), and [Indirect]
// lists where the patches lie, for kernels that read them in place.
//
// The package computes no products and starts no goroutines.
package im2col
