package kernel

import "fmt"

// DoubleTile is [Tile] for float64: its kernels for products of matrices.
type DoubleTile struct {
	Size
	set *Set
}

// DoubleTile returns the set's tile for float64.
func (s *Set) DoubleTile() DoubleTile { return DoubleTile{s.DoubleSize, s} }

func (t DoubleTile) String() string { return fmt.Sprintf("f64-%dx%d-%v", t.MR, t.NR, t.set) }

// Outer is [Tile.Outer].
//
//go:noinline
func (t DoubleTile) Outer(a *OuterArgs[float64]) { outer(t.set.kernels.DoubleOuter, t.Size, a) }

// PackRows is [Tile.PackRows].
//
//go:noinline
func (t DoubleTile) PackRows(dst []float64, step int, src []float64, ld, depth, cols int) {
	packRows(t.set.kernels.DoublePackRows, t.NR, dst, step, src, ld, depth, cols)
}

// PackColumns is [Tile.PackColumns].
//
//go:noinline
func (t DoubleTile) PackColumns(dst []float64, step int, src []float64, ld, depth, cols int) {
	packColumns(t.set.kernels.DoublePackColumns, t.NR, max(1, t.set.Lanes/2), dst, step, src, ld, depth, cols)
}
