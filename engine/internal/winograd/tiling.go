package winograd

import (
	"github.com/unslide/unslide/engine/internal/cut"
	"github.com/unslide/unslide/engine/internal/kernel"
	"github.com/unslide/unslide/im2col"
)

// tiling is how the outputs of a batch are cut into tiles of 4×4,
// counted row by row and image after image, each with the 6×6 window of the
// inputs that it depends on.
//
// The transforms mix all of a tile: what enters one reaches everything that
// leaves it, if only by rounding. So what no sum has a term of does not enter: it
// counts as zero, as padding does.
type tiling struct {
	g       im2col.Geometry
	th, tw  int    // tiles of an image
	inputs  region // that outputs depend on
	outputs region // that depend on inputs
}

func newTiling(g im2col.Geometry) tiling {
	const k = kernel.WinogradWindow - kernel.WinogradTile + 1
	w := tiling{g: g, th: cut.Ceil(g.OH, kernel.WinogradTile), tw: cut.Ceil(g.OW, kernel.WinogradTile)}
	// Output o reads inputs o − pad to o − pad + k − 1.
	w.inputs.rows, w.inputs.cols = im2col.Extent{Lo: -g.PadTop, Hi: g.OH - 1 - g.PadTop + k}, im2col.Extent{Lo: -g.PadLeft, Hi: g.OW - 1 - g.PadLeft + k}
	w.outputs.rows, w.outputs.cols = im2col.Extent{Lo: g.PadTop - k + 1, Hi: g.H + g.PadTop}, im2col.Extent{Lo: g.PadLeft - k + 1, Hi: g.W + g.PadLeft}
	w.inputs.within(g.H, g.W)
	w.outputs.within(g.OH, g.OW)
	return w
}

func (w *tiling) tiles(n int) int { return n * w.th * w.tw }

// at returns the image of a tile and its first output pixel.
func (w *tiling) at(t int) (image, oh, ow int) {
	perImage := w.th * w.tw
	return t / perImage, t % perImage / w.tw * kernel.WinogradTile, t % w.tw * kernel.WinogradTile
}

// window returns channels channels from c on of a tile's window, and the steps
// to the next row and column: in place, or where it reaches over the edge of
// the inputs that outputs depend on a copy in edge, with zeros for what is outside.
func (w *tiling) window(t int, src []float32, c, channels int, edge []float32) (from []float32, row, col int) {
	g := &w.g
	image, h, x := w.at(t)
	s := square{kernel.WinogradWindow, h - g.PadTop, x - g.PadLeft}
	return s.of(src[image*g.InputLen():(image+1)*g.InputLen()], g.W, g.C, w.inputs, c, channels, edge)
}

// tile returns the same of the tile itself.
func (w *tiling) tile(t int, dst []float32, oc, channels int, edge []float32) (from []float32, row, col int) {
	g := &w.g
	image, h, x := w.at(t)
	s := square{kernel.WinogradTile, h, x}
	return s.of(dst[image*g.OutputLen():(image+1)*g.OutputLen()], g.OW, g.OC, w.outputs, oc, channels, edge)
}

// A region is a rectangle of an image's pixels.
type region struct{ rows, cols im2col.Extent }

// within cuts the region to an image.
func (r *region) within(rows, cols int) {
	r.rows = im2col.Extent{Lo: max(r.rows.Lo, 0), Hi: min(r.rows.Hi, rows)}
	r.cols = im2col.Extent{Lo: max(r.cols.Lo, 0), Hi: min(r.cols.Hi, cols)}
}

// square is a part of an image, from row h and column w on, that may reach over
// its edges.
type square struct{ size, h, w int }

// of returns channels channels from c on of the square in an image with so many
// columns and channels: in place if it lies in a region, else with zeros for what
// does not.
func (s square) of(image []float32, width, depth int, in region, c, channels int, edge []float32) (from []float32, row, col int) {
	if s.h >= in.rows.Lo && s.w >= in.cols.Lo && s.h+s.size <= in.rows.Hi && s.w+s.size <= in.cols.Hi {
		return image[(s.h*width+s.w)*depth+c:], width * depth, depth
	}
	row, col = s.size*channels, channels
	lo, hi := min(max(0, in.cols.Lo-s.w), s.size), min(s.size, max(0, in.cols.Hi-s.w))
	for i := range s.size {
		line := edge[i*row : (i+1)*row]
		if s.h+i < in.rows.Lo || s.h+i >= in.rows.Hi || lo >= hi {
			clear(line)
			continue
		}
		clear(line[:lo*col])
		if channels == depth {
			copy(line[lo*col:hi*col], image[((s.h+i)*width+s.w+lo)*depth:])
		} else {
			for j := lo; j < hi; j++ {
				copy(line[j*col:(j+1)*col], image[((s.h+i)*width+s.w+j)*depth+c:])
			}
		}
		clear(line[hi*col:])
	}
	return edge, row, col
}
