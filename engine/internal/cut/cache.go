package cut

import (
	"unsafe"

	"github.com/klauspost/cpuid/v2"

	"github.com/unslide/unslide/im2col"
)

// CacheShare is the part of the second-level cache, in bytes, that a worker's
// block may fill.
var CacheShare = func() int {
	l2 := cpuid.CPU.Cache.L2
	if l2 <= 0 {
		l2 = 512 << 10 // unknown: what small machines have
	}
	return min(max(l2, 256<<10), 4<<20) / 2
}()

// SizeOf returns the bytes of an element.
func SizeOf[T im2col.Float]() int { return int(unsafe.Sizeof(*new(T))) }

// BlockRows returns how many rows of the given number of elements fit in a
// worker's share of the second-level cache.
func BlockRows[T im2col.Float](rowLen int) int {
	return max(16, CacheShare/SizeOf[T]()/rowLen&^15)
}

// OddLines rounds elements of float32 up to an odd number of cache lines.
func OddLines(n int) int { return (n+15)/16*16 | 16 }

// UnevenRow rounds elements of float32 up to whole cache lines, not to a multiple
// of a quarter of a page.
func UnevenRow(n int) int {
	n = (n + 15) &^ 15
	if n%256 == 0 {
		n += 16
	}
	return n
}

// StripPays reports whether input rows are copied to a strip of so many elements
// for a block of output pixels. A strip holds padding, too, as far as windows reach
// into it: beyond some multiple of the patches it would be copied for longer than
// it is read, and it is no larger than the tensors of an image or what a worker's
// cache holds.
func StripPays(g *im2col.Geometry, strip float64, pixels int) bool {
	const most = 8 // strips of ordinary layers are smaller than the patches
	return strip <= most*float64(pixels)*float64(g.Taps())*float64(g.GroupC()) && strip <= WorkspaceLimit(g)
}

// WorkspaceLimit is how many elements a worker takes for itself where a geometry
// asks for many: no more than the tensors of an image have, or its cache holds.
func WorkspaceLimit(g *im2col.Geometry) float64 {
	tensors := float64(g.InputLen()) + float64(g.OutputLen()) + float64(g.FilterLen())
	return max(tensors, float64(2*CacheShare/SizeOf[float32]()))
}
