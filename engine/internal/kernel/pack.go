package kernel

// PackSlack is how many elements past the last row of a panel PackRows and
// PackColumns may overwrite: they store whole vectors.
const PackSlack = 16

// PackRows copies depth rows of a matrix to a panel:
//
//	dst[k·step + j] = src[k·ld + j]    k < depth, j < cols
//
// cols is at most NR, and at most step. Rows are written in order and what lies
// behind a row's last element is overwritten, up to PackSlack elements, which dst
// must have.
func (t Tile) PackRows(dst []float32, step int, src []float32, ld, depth, cols int) {
	if depth <= 0 {
		return
	}
	checkPack(t.NR, len(dst), step, depth, cols)
	if ld < 0 || len(src) < (depth-1)*ld+cols {
		panic(shortPackSrc)
	}
	pieces(depth, longPack, func(lo, hi int) { t.packRows(dst[lo*step:], step, src[lo*ld:], ld, hi-lo, cols) })
}

// PackColumns copies depth columns of a matrix to the rows of a panel:
//
//	dst[k·step + j] = src[j·ld + k]    k < depth, j < cols
//
// under the same conditions.
func (t Tile) PackColumns(dst []float32, step int, src []float32, ld, depth, cols int) {
	if depth <= 0 {
		return
	}
	checkPack(t.NR, len(dst), step, depth, cols)
	if ld < 0 || len(src) < (cols-1)*ld+depth {
		panic(shortPackSrc)
	}
	pieces(depth, longPack, func(lo, hi int) { t.packColumns(dst[lo*step:], step, src[lo:], ld, hi-lo, cols) })
}

// longPack is how many rows of a panel one call packs at most.
const longPack = 1 << 12

func checkPack(nr, dst, step, depth, cols int) {
	if cols < 1 || cols > nr {
		panic(badCols)
	}
	if step < cols || dst < (depth-1)*step+cols+PackSlack {
		panic(shortPanel)
	}
}

const (
	shortPanel   = "kernel: panel too short"
	shortPackSrc = "kernel: matrix too short for the panel"
)

func packRowsPortable[T Float](dst []T, step int, src []T, ld, depth, cols int) {
	for k := range depth {
		copy(dst[k*step:][:cols], src[k*ld:])
	}
}

func packColumnsPortable[T Float](dst []T, step int, src []T, ld, depth, cols int) {
	for j := range cols {
		for k, x := range src[j*ld:][:depth] {
			dst[k*step+j] = x
		}
	}
}
