package engine

import (
	"math/rand/v2"
	"slices"

	"github.com/unslide/unslide/im2col"
)

// drawGeometry draws a convolution and a batch, small enough that a literal
// reference is quick: windows inside, across, and beyond the edges of the image,
// inputs that no window reads, every tail of the kernels' tiles.
func drawGeometry(r *rand.Rand) (g im2col.Geometry, n int) {
	kind := func() axisDraw {
		if r.IntN(4) == 0 {
			return winogradKinds[r.IntN(len(winogradKinds))](r)
		}
		return axisKinds[r.IntN(len(axisKinds))](r)
	}
	for {
		rows := kind()
		cols := rows
		switch r.IntN(4) {
		case 0: // a square
		case 1:
			cols = kind()
		default: // of the same kind
			cols.pad += r.IntN(3) - 1
			cols.size = max(1, cols.size+r.IntN(9)-4)
			cols.outputs = max(1, cols.outputs+r.IntN(9)-4)
		}
		g = im2col.Geometry{
			H: rows.size, KH: rows.kernel, StrideH: rows.stride, DilationH: rows.dilation, PadTop: rows.pad, OH: rows.outputs,
			W: cols.size, KW: cols.kernel, StrideW: cols.stride, DilationW: cols.dilation, PadLeft: cols.pad, OW: cols.outputs,
			Flip: r.IntN(3) == 0,
		}
		g.C, g.OC, g.Groups = drawChannels(r)
		switch n = 1 + r.IntN(5); r.IntN(20) {
		case 0:
			n = 0
		case 1, 2:
			n += r.IntN(12)
		}
		most := 1e6 // operations of a batch
		if r.IntN(20) == 0 {
			most = 1e7
		}
		if g.Validate() == nil && drawable(&g, n, most) && (meets(&g) || r.IntN(8) == 0) {
			return g, n
		}
	}
}

// drawable reports whether a batch takes no more than most operations, and little
// memory.
func drawable(g *im2col.Geometry, n int, most float64) bool {
	n = max(n, 1) // a plan is made without images, too
	return float64(n)*g.FLOP() <= most && max(n*g.InputLen(), n*g.OutputLen(), g.FilterLen()) <= 1<<16
}

// meets reports whether any window meets the image.
func meets(g *im2col.Geometry) bool {
	rows := axisUse(g.H, g.KH, g.StrideH, g.DilationH, g.PadTop, g.OH)
	cols := axisUse(g.W, g.KW, g.StrideW, g.DilationW, g.PadLeft, g.OW)
	return slices.Contains(rows.outputs, true) && slices.Contains(cols.outputs, true)
}

// drawChannels draws channels, filters and groups.
func drawChannels(r *rand.Rand) (c, oc, groups int) {
	count := func() int {
		switch r.IntN(6) {
		case 0, 1:
			return 1 + r.IntN(4)
		case 2, 3:
			return 1 + r.IntN(40)
		case 4: // around whole vectors and panels
			return max(1, 16*(1+r.IntN(8))+r.IntN(3)-1)
		default: // around whole pages
			return max(1, 256<<r.IntN(4)+r.IntN(3)-1)
		}
	}
	switch r.IntN(6) {
	case 0:
		c = count()
		return c, c * (1 + r.IntN(3)), c
	case 1:
		groups = 2 + r.IntN(3)
		return groups * (1 + r.IntN(20)), groups * (1 + r.IntN(20)), groups
	default:
		return count(), count(), 1
	}
}

// axisDraw is what a geometry says of rows, or of columns.
type axisDraw struct{ size, kernel, stride, dilation, pad, outputs int }

func (a *axisDraw) reach() int { return (a.kernel-1)*a.dilation + 1 }

// fit sets the outputs for the given padding at either end.
func (a axisDraw) fit(before, after int) axisDraw {
	a.pad = before
	a.outputs = max(1, (a.size+before+after-a.reach())/a.stride+1)
	return a
}

// between returns a number from lo to hi.
func between(r *rand.Rand, lo, hi int) int { return lo + r.IntN(hi-lo+1) }

// What Winograd computes.
var winogradKinds = []func(*rand.Rand) axisDraw{
	func(r *rand.Rand) axisDraw { // in one phase or several
		kernel, stride := 3, 1
		if r.IntN(3) == 0 {
			kernel, stride = between(r, 3, 7), 2
		}
		return axisDraw{between(r, 1, 25), kernel, stride, 1, 0, 0}.fit(r.IntN(kernel), r.IntN(kernel))
	},
	func(r *rand.Rand) axisDraw { // cropped or with windows that lie in padding
		return axisDraw{between(r, 1, 22), 3, 1, 1, 0, 0}.fit(between(r, -9, 9), between(r, -9, 9))
	},
}

var axisKinds = []func(*rand.Rand) axisDraw{
	func(r *rand.Rand) axisDraw { // layers of networks
		a := axisDraw{between(r, 1, 20), between(r, 1, 5), between(r, 1, 3), between(r, 1, 2), 0, 0}
		return a.fit(r.IntN(a.reach()), r.IntN(a.reach()))
	},
	func(r *rand.Rand) axisDraw { // cropped
		a := axisDraw{between(r, 2, 30), between(r, 1, 5), between(r, 1, 4), between(r, 1, 3), 0, 0}
		return a.fit(-r.IntN(a.size), -r.IntN(a.size))
	},
	func(r *rand.Rand) axisDraw { // windows that lie in padding
		a := axisDraw{between(r, 1, 12), between(r, 1, 5), between(r, 1, 4), between(r, 1, 3), 0, 0}
		return a.fit(r.IntN(3*a.reach()), r.IntN(3*a.reach()))
	},
	func(r *rand.Rand) axisDraw { // strides larger than the kernel
		a := axisDraw{between(r, 3, 50), between(r, 1, 3), between(r, 2, 25), between(r, 1, 2), 0, 0}
		return a.fit(between(r, -3, 3), between(r, -3, 9))
	},
	func(r *rand.Rand) axisDraw { // windows wider than the image, that may step over it
		a := axisDraw{between(r, 1, 12), between(r, 2, 4), between(r, 1, 4), between(r, 2, 40), 0, 0}
		return a.fit(r.IntN(a.reach()+1), r.IntN(a.reach()+1))
	},
	func(r *rand.Rand) axisDraw { // kernels about as large as the image
		a := axisDraw{size: between(r, 1, 40), stride: between(r, 1, 4), dilation: 1}
		a.kernel = max(1, a.size+between(r, -3, 3))
		return a.fit(r.IntN(4), r.IntN(4))
	},
	func(r *rand.Rand) axisDraw { // kernels much larger than the image
		a := axisDraw{between(r, 1, 6), between(r, 7, 300), between(r, 1, 9), between(r, 1, 3), 0, 0}
		return a.fit(a.reach()-between(r, 0, 6), r.IntN(a.size+3))
	},
	func(r *rand.Rand) axisDraw { // long kernels
		a := axisDraw{between(r, 100, 2000), 0, between(r, 1, 300), 1, 0, 0}
		a.kernel = a.size - between(r, 0, 50)
		return a.fit(between(r, -2, 9), between(r, -2, 9))
	},
	func(r *rand.Rand) axisDraw { // patches
		kernel := between(r, 1, 5)
		return axisDraw{kernel * between(r, 1, 6), kernel, kernel, 1, 0, 0}.fit(kernel*r.IntN(2), 0)
	},
	func(r *rand.Rand) axisDraw { // long
		a := axisDraw{between(r, 100, 3000), between(r, 1, 9), between(r, 1, 70), 1, 0, 0}
		return a.fit(r.IntN(a.kernel), r.IntN(a.kernel))
	},
	func(r *rand.Rand) axisDraw { // anything
		return axisDraw{between(r, 1, 16), between(r, 1, 6), between(r, 1, 6), between(r, 1, 6), between(r, -20, 20), between(r, 1, 16)}
	},
	func(r *rand.Rand) axisDraw { // out of proportion
		huge := func() int { return 1<<between(r, 0, 30) + r.IntN(3) }
		a := axisDraw{between(r, 1, 9), between(r, 1, 4), huge(), huge(), 0, between(r, 1, 3)}
		switch r.IntN(3) {
		case 0:
			a.pad = huge()
		case 1:
			a.pad = -huge()
		default: // the last output's last kernel element meets the first input
			a.pad = (a.outputs-1)*a.stride + (a.kernel-1)*a.dilation
		}
		return a
	},
}
