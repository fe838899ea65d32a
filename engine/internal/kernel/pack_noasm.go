//go:build !amd64 || noasm

package kernel

func (Tile) packRows(dst []float32, step int, src []float32, ld, depth, cols int) {
	packRowsPortable(dst, step, src, ld, depth, cols)
}

func (Tile) packColumns(dst []float32, step int, src []float32, ld, depth, cols int) {
	packColumnsPortable(dst, step, src, ld, depth, cols)
}
