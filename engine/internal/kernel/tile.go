package kernel

import "fmt"

// Tile is a family of float32 kernels that keep a tile of a matrix in the
// registers: up to MR rows by NR columns. A kernel takes any number of rows and
// cuts them into tiles itself; columns come one panel of NR at a time.
//
// Every element is one chain of multiply-adds in the order of the terms, so
// that its bits depend neither on the place of the tile nor on its height, nor
// on how a product is cut into calls that accumulate. The sets that fuse multiply
// and add give equal bits; the portable kernels round twice where the Go compiler
// does.
type Tile struct {
	Size
	set *Set
}

// Size is how many rows and columns a tile has.
type Size struct {
	MR int // rows of a full tile: shards that are multiples of it waste nothing
	NR int // columns of a panel
}

func (t Tile) String() string { return fmt.Sprintf("f32-%dx%d-%v", t.MR, t.NR, t.set) }

// ConvArgs is a convolution, or a matrix product, of one panel of filters:
//
//	Dst[DstOffsets[r] + j] = relu( start + Σ_t Σ_c Src[SrcOffsets[t·TapStride+r] + c] · Filter[(t·Depth+c)·FilterStride + j] )
//
// for r < Rows, j < Cols, t < Taps, c < Depth, where start is the element of
// Dst itself with Accumulate, else Bias[j], or 0 where Bias is nil. A negative
// offset in SrcOffsets is padding. A tap that is padding for all rows of a tile
// costs nothing; for others the products are made with Zero, so that a Filter
// that is not finite may make NaN of padding or not.
//
// All counts and offsets are in elements. The offsets are trusted: the
// assembly reads and writes where they point. A matrix product is the case
// Taps = 1 with SrcOffsets[r] = r·lda and DstOffsets[r] = r·ldc.
//
// A long call is cut into several of the kernel, which is not preempted.
type ConvArgs struct {
	Dst    []float32
	Src    []float32
	Filter []float32 // NR elements of each row are read, Cols of them used
	Bias   []float32 // at least Cols, or nil
	Zero   []float32 // at least Depth zeros

	SrcOffsets []int32 // [Taps][TapStride], the first Rows of each
	DstOffsets []int32 // [Rows]

	Rows, Cols   int // any Rows ≥ 0; 1 ≤ Cols ≤ NR
	Taps, Depth  int // both ≥ 1
	TapStride    int // ≥ Rows if Taps > 1
	FilterStride int // elements from one row of Filter to the next; NR when packed

	Accumulate bool // add to what is in Dst; without it Dst is only written
	ReLU       bool // store max(x, 0); NaN and −0 stay as they are
	Inside     bool // no offset in SrcOffsets is negative, which is trusted as well
	Cold       bool // Src is not in the second-level cache yet: fetch it ahead
}

// Conv computes one panel of a convolution. It panics if a slice is too short
// for the counts, before anything is touched.
func (t Tile) Conv(a *ConvArgs) {
	if a.Rows <= 0 {
		return
	}
	switch {
	case a.Cols < 1 || a.Cols > t.NR:
		panic(badCols)
	case a.Taps < 1 || a.Depth < 1:
		panic(badDepth)
	case len(a.SrcOffsets) < (a.Taps-1)*a.TapStride+a.Rows || len(a.DstOffsets) < a.Rows:
		panic(shortOffsets)
	case a.FilterStride < 0 || len(a.Filter) < (a.Taps*a.Depth-1)*a.FilterStride+t.NR:
		panic(shortFilter)
	case len(a.Zero) < a.Depth:
		panic(shortZero)
	case a.Bias != nil && len(a.Bias) < a.Cols:
		panic(shortBias)
	case len(a.Dst) == 0 || len(a.Src) == 0:
		panic(emptyTensor)
	}
	if a.Rows*a.Cols*(a.Taps*a.Depth+storeCost) <= longProduct {
		call(t.set.kernels.Conv.of(a.Cols), a)
		return
	}
	t.longConv(a)
}

// longConv cuts a product into rows, or one of very many terms into those. An
// element is the same chain of multiply-adds.
func (t Tile) longConv(whole *ConvArgs) {
	terms := longProduct / (t.MR * whole.Cols)
	taps, depth := max(1, terms/whole.Depth), min(terms, whole.Depth)
	rows := rowsOf(longProduct, whole.Cols*(taps*depth+storeCost), t.MR)
	a, conv := *whole, t.set.kernels.Conv.of(whole.Cols)
	for t0 := 0; t0 < whole.Taps; t0 += taps {
		a.Taps = min(taps, whole.Taps-t0)
		for c0 := 0; c0 < whole.Depth; c0 += depth {
			a.Depth = min(depth, whole.Depth-c0)
			a.Src = whole.Src[c0:]
			a.Filter = whole.Filter[(t0*whole.Depth+c0)*whole.FilterStride:]
			first, last := t0 == 0 && c0 == 0, t0+taps >= whole.Taps && c0+depth >= whole.Depth
			a.Accumulate = whole.Accumulate || !first
			a.ReLU = whole.ReLU && last
			for r := 0; r < whole.Rows; r += rows {
				a.Rows = min(rows, whole.Rows-r)
				a.SrcOffsets, a.DstOffsets = whole.SrcOffsets[t0*whole.TapStride+r:], whole.DstOffsets[r:]
				call(conv, &a)
			}
		}
	}
}

const (
	badCols      = "kernel: columns of a tile out of range"
	badDepth     = "kernel: taps and depth must be at least 1"
	shortOffsets = "kernel: offset table too short"
	shortFilter  = "kernel: filter too short"
	shortZero    = "kernel: zeros shorter than the depth"
	shortBias    = "kernel: bias too short"
	emptyTensor  = "kernel: empty tensor"
)
