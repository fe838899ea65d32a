package trial

import (
	"testing"

	"github.com/unslide/unslide/im2col"
)

// DirectGeometries lead through every branch of the direct algorithm: blocks
// of several images, of whole rows and of parts of rows; panels with and
// without a tail; a depth in one chunk, in chunks of kernel elements and of
// channels; strips; phases.
func DirectGeometries(t testing.TB) map[string]im2col.Geometry {
	m := map[string]im2col.Geometry{}
	add := func(name string, h, w, c, kh, kw, oc int, p im2col.Padding, opts ...im2col.Option) {
		g, err := im2col.New(im2col.Input{H: h, W: w, C: c}, im2col.Filter{KH: kh, KW: kw, OC: oc}, p, opts...)
		if err != nil {
			t.Fatal(err)
		}
		m[name] = g
	}
	add("images", 4, 5, 17, 3, 3, 33, im2col.Same())
	add("one_pixel", 3, 3, 20, 3, 3, 40, im2col.Valid())
	add("rows", 40, 23, 16, 3, 3, 32, im2col.Same())
	add("rows_tail", 40, 23, 18, 3, 3, 37, im2col.Same())
	add("parts_of_rows", 3, 700, 16, 3, 5, 7, im2col.Same())
	add("parts_of_rows_strip", 5, 700, 3, 3, 5, 7, im2col.Same(), im2col.Stride(1, 2))
	add("unpacked", 7, 7, 48, 3, 3, 96, im2col.Same())
	add("unpacked_groups", 7, 7, 96, 3, 3, 64, im2col.Same(), im2col.Groups(2))
	add("deep_taps", 4, 4, 600, 3, 3, 32, im2col.Same())
	add("deep_channels", 3, 3, 9000, 1, 1, 16, im2col.Valid())
	add("deep_channels_taps", 3, 3, 2500, 1, 2, 16, im2col.Valid())
	add("stem", 37, 41, 3, 7, 7, 64, im2col.Padded(3, 3, 3, 3), im2col.Stride(2, 2))
	add("stem_flip", 37, 41, 3, 7, 7, 24, im2col.Padded(3, 3, 3, 3), im2col.Stride(2, 2), im2col.Flip())
	add("few_in_place", 13, 31, 3, 3, 5, 9, im2col.Padded(1, 0, -1, 0), im2col.Stride(2, 3), im2col.Flip())
	add("few_in_parts_of_rows", 4, 700, 2, 3, 4, 9, im2col.Valid())
	add("strip_groups", 15, 16, 12, 3, 3, 20, im2col.Same(), im2col.Groups(4))
	add("strip_images", 6, 5, 2, 3, 4, 9, im2col.Same())
	add("strip_dilated_rows", 30, 30, 4, 3, 3, 9, im2col.Same(), im2col.Dilation(4, 1))
	add("dilated_columns", 30, 30, 4, 3, 3, 9, im2col.Same(), im2col.Dilation(1, 3))
	add("stride_over_kernel", 31, 33, 5, 2, 2, 19, im2col.Valid(), im2col.Stride(3, 3))
	add("stride_over_kernel_large", 90, 80, 16, 1, 1, 8, im2col.Valid(), im2col.Stride(2, 2))
	add("all_padding", 2, 2, 20, 2, 2, 16, im2col.Padded(9, 9, 9, 9), im2col.Stride(3, 3))
	add("all_padding_strip", 2, 2, 3, 2, 2, 16, im2col.Padded(9, 9, 9, 9), im2col.Stride(3, 3))
	add("cropped", 30, 30, 20, 3, 3, 16, im2col.Padded(-7, -8, -9, -10))
	add("cropped_strip", 30, 30, 5, 3, 3, 16, im2col.Padded(-7, -8, -9, -10))
	add("depthwise", 20, 20, 40, 3, 3, 40, im2col.Same(), im2col.Groups(40))
	add("depthwise_multiplier", 9, 9, 20, 3, 3, 60, im2col.Same(), im2col.Groups(20), im2col.Stride(2, 2))
	// Pixels whole pages apart, of which a tile is copied to a strip.
	add("pages", 9, 8, 1024, 1, 1, 40, im2col.Valid())
	add("pages_flip", 8, 9, 1024, 1, 2, 24, im2col.Padded(0, 1, 2, 0), im2col.Flip())
	add("pages_groups", 6, 7, 2048, 1, 1, 36, im2col.Valid(), im2col.Groups(2))
	add("pages_by_stride", 13, 14, 512, 3, 3, 20, im2col.Same(), im2col.Stride(2, 2))
	add("pages_in_gaps", 15, 14, 256, 1, 1, 33, im2col.Padded(2, 3, 5, 1), im2col.Stride(3, 4))
	add("pages_in_gaps_cropped", 15, 14, 512, 1, 1, 33, im2col.Padded(-3, -1, -2, -1), im2col.Stride(3, 2))
	add("pages_in_columns_gaps", 12, 14, 512, 3, 1, 18, im2col.Same(), im2col.Stride(1, 2))
	add("pages_backward", 7, 7, 20, 3, 3, 1024, im2col.Same())
	return m
}
