package kernel

import "fmt"

// DoubleTile is [Tile] for float64: its kernels for products of matrices.
type DoubleTile struct {
	ISA ISA
	MR  int // rows of a full tile
	NR  int // columns of a panel
}

// DoubleTileOf returns the tile of an instruction set.
func DoubleTileOf(isa ISA) DoubleTile {
	switch isa {
	case AVX512:
		return DoubleTile{AVX512, 14, 16}
	case AVX2:
		return DoubleTile{AVX2, 6, 8}
	default:
		return DoubleTile{Portable, 4, 4}
	}
}

func (t DoubleTile) String() string { return fmt.Sprintf("f64-%dx%d-%v", t.MR, t.NR, t.ISA) }

// Outer is [Tile.Outer].
func (t DoubleTile) Outer(a *OuterArgs[float64]) {
	if a.Rows <= 0 {
		return
	}
	a.check(t.NR)
	if !a.long() {
		t.outer(a)
		return
	}
	piece, cutter := *a, runCutter{}
	most, step := a.most(t.MR)
	for r := 0; r < a.Rows; r += step {
		piece.Rows, piece.Accumulate = min(step, a.Rows-r), a.Accumulate
		piece.A, piece.Dst = a.A[r:], a.Dst[r*a.DstStride:]
		cutter = runCutter{runs: a.Runs, aStep: a.AStep, bStep: a.BStep}
		for piece.Runs = cutter.next(most); len(piece.Runs) > 0; piece.Runs = cutter.next(most) {
			t.outer(&piece)
			piece.Accumulate = true
		}
	}
}

// PackRows is [Tile.PackRows].
func (t DoubleTile) PackRows(dst []float64, step int, src []float64, ld, depth, cols int) {
	if depth <= 0 {
		return
	}
	checkPack(t.NR, len(dst), step, depth, cols)
	if ld < 0 || len(src) < (depth-1)*ld+cols {
		panic(shortPackSrc)
	}
	pieces(depth, longPack, func(lo, hi int) { t.packRows(dst[lo*step:], step, src[lo*ld:], ld, hi-lo, cols) })
}

// PackColumns is [Tile.PackColumns].
func (t DoubleTile) PackColumns(dst []float64, step int, src []float64, ld, depth, cols int) {
	if depth <= 0 {
		return
	}
	checkPack(t.NR, len(dst), step, depth, cols)
	if ld < 0 || len(src) < (cols-1)*ld+depth {
		panic(shortPackSrc)
	}
	pieces(depth, longPack, func(lo, hi int) { t.packColumns(dst[lo*step:], step, src[lo:], ld, hi-lo, cols) })
}
