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
//
//go:noinline
func (t Tile) PackRows(dst []float32, step int, src []float32, ld, depth, cols int) {
	packRows(t.set.kernels.PackRows, t.NR, dst, step, src, ld, depth, cols)
}

func packRows[T Float](kernels byCols[packArgs[T]], nr int, dst []T, step int, src []T, ld, depth, cols int) {
	if depth <= 0 {
		return
	}
	checkPack(nr, len(dst), step, depth, cols)
	if ld < 0 || len(src) < (depth-1)*ld+cols {
		panic(shortPackSrc)
	}
	kernel := kernels.of(cols)
	pieces(depth, longPack, func(lo, hi int) {
		call(kernel, &packArgs[T]{dst[lo*step:], src[lo*ld:], step, ld, hi - lo, cols})
	})
}

// PackColumns copies depth columns of a matrix to the rows of a panel:
//
//	dst[k·step + j] = src[j·ld + k]    k < depth, j < cols
//
// under the same conditions.
//
//go:noinline
func (t Tile) PackColumns(dst []float32, step int, src []float32, ld, depth, cols int) {
	packColumns(t.set.kernels.PackColumns, t.NR, t.set.Lanes, dst, step, src, ld, depth, cols)
}

func packColumns[T Float](kernel func(*packArgs[T]), nr, lanes int, dst []T, step int, src []T, ld, depth, cols int) {
	if depth <= 0 {
		return
	}
	checkPack(nr, len(dst), step, depth, cols)
	if ld < 0 || len(src) < (cols-1)*ld+depth {
		panic(shortPackSrc)
	}
	if depth > longPack {
		pieces(depth, longPack, func(lo, hi int) {
			packColumns(kernel, nr, lanes, dst[lo*step:], step, src[lo:], ld, hi-lo, cols)
		})
		return
	}
	args := packArgs[T]{step: step, ld: ld, depth: depth}
	// Blocks from right to left: each may end in the next row, which is written
	// later.
	for j := (cols - 1) &^ (lanes - 1); j >= 0; j -= lanes {
		args.dst, args.src, args.cols = dst[j:], src[j*ld:], min(lanes, cols-j)
		call(kernel, &args)
	}
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

// packArgs is a call of PackRows or PackColumns.
type packArgs[T Float] struct {
	dst, src              []T
	step, ld, depth, cols int
}

func packRowsPortable[T Float](a *packArgs[T]) {
	for k := range a.depth {
		copy(a.dst[k*a.step:][:a.cols], a.src[k*a.ld:])
	}
}

func packColumnsPortable[T Float](a *packArgs[T]) {
	for j := range a.cols {
		for k, x := range a.src[j*a.ld:][:a.depth] {
			a.dst[k*a.step+j] = x
		}
	}
}
