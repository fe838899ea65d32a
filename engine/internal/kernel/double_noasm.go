//go:build !amd64 || noasm

package kernel

func (t DoubleTile) outer(a *OuterArgs[float64]) { outerPortable(a) }

func (t DoubleTile) packRows(dst []float64, step int, src []float64, ld, depth, cols int) {
	packRowsPortable(dst, step, src, ld, depth, cols)
}

func (t DoubleTile) packColumns(dst []float64, step int, src []float64, ld, depth, cols int) {
	packColumnsPortable(dst, step, src, ld, depth, cols)
}
