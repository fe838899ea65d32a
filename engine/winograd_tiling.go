package engine

import (
	"github.com/unslide/unslide/engine/kernel"
	"github.com/unslide/unslide/im2col"
)

// winogradTiling is how the outputs of a batch are cut into tiles of 4×4,
// counted row by row and image after image, each with the 6×6 window of the
// inputs that it depends on.
type winogradTiling struct {
	g      im2col.Geometry
	th, tw int // tiles of an image
}

func newWinogradTiling(g im2col.Geometry) winogradTiling {
	return winogradTiling{g, ceilDiv(g.OH, kernel.WinogradTile), ceilDiv(g.OW, kernel.WinogradTile)}
}

func (w *winogradTiling) tiles(n int) int { return n * w.th * w.tw }

// at returns the image of a tile and its first output pixel.
func (w *winogradTiling) at(t int) (image, oh, ow int) {
	perImage := w.th * w.tw
	return t / perImage, t % perImage / w.tw * kernel.WinogradTile, t % w.tw * kernel.WinogradTile
}

// window returns channels channels from c on of a tile's window, and the steps
// to the next row and column: in place, or where it reaches over the edge of
// the image a copy in edge, with zeros for what is outside.
func (w *winogradTiling) window(t int, src []float32, c, channels int, edge []float32) (from []float32, row, col int) {
	g := &w.g
	image, h, x := w.at(t)
	s := square{kernel.WinogradWindow, h - g.PadTop, x - g.PadLeft}
	return s.of(src[image*g.InputLen():(image+1)*g.InputLen()], g.H, g.W, g.C, c, channels, edge)
}

// outputs returns the same of the tile itself.
func (w *winogradTiling) outputs(t int, dst []float32, oc, channels int, edge []float32) (from []float32, row, col int) {
	g := &w.g
	image, h, x := w.at(t)
	s := square{kernel.WinogradTile, h, x}
	return s.of(dst[image*g.OutputLen():(image+1)*g.OutputLen()], g.OH, g.OW, g.OC, oc, channels, edge)
}

// square is a part of an image, from row h and column w on, that may reach over
// its edges.
type square struct{ size, h, w int }

func (s square) of(image []float32, rows, cols, depth, c, channels int, edge []float32) (from []float32, row, col int) {
	if s.h >= 0 && s.w >= 0 && s.h+s.size <= rows && s.w+s.size <= cols {
		return image[(s.h*cols+s.w)*depth+c:], cols * depth, depth
	}
	row, col = s.size*channels, channels
	lo, hi := min(max(0, -s.w), s.size), min(s.size, max(0, cols-s.w))
	for i := range s.size {
		line := edge[i*row : (i+1)*row]
		if s.h+i < 0 || s.h+i >= rows || lo >= hi {
			clear(line)
			continue
		}
		clear(line[:lo*col])
		if channels == depth {
			copy(line[lo*col:hi*col], image[((s.h+i)*cols+s.w+lo)*depth:])
		} else {
			for j := lo; j < hi; j++ {
				copy(line[j*col:(j+1)*col], image[((s.h+i)*cols+s.w+j)*depth+c:])
			}
		}
		clear(line[hi*col:])
	}
	return edge, row, col
}
