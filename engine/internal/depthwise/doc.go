// Package depthwise computes convolutions where every channel has one filter of its
// own, channel by channel: there is no product of matrices to find in them.
//
//	engine ──► depthwise ──► conv, cut, kernel
//
// [NewProduct] reads the pixels in place through tables of offsets, as package
// direct does; [NewData], and NewProduct where tables would outgrow the
// tensors, compute pixel by pixel what each meets and nothing else; [NewFilter]
// computes the gradient to the filter.
package depthwise
