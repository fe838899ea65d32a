// Package sliding computes any geometry, in batches, by the sliding reference:
// naive knows one stride, a centre, and neither dilation nor groups nor padding,
// so every geometry is made into one that it knows.
//
//	bench/verify · bench/measure ──► bench/sliding ──► naive · im2col
//
// [Convolve], [MaxPool] and [Dense] compute a layer forward and backward. [Of] is
// the layer that naive knows of a convolution, by itself.
package sliding
