package kernel

// The scheduler cannot stop a goroutine inside assembly, and the garbage
// collector waits for all of them. So no call of assembly is longer than some
// tenths of a millisecond: longer work is cut into pieces, and between them is
// a Go function's entry, where a goroutine stops that is asked to.
const (
	// longLoop is how many elements one call of a vector loop takes at most.
	longLoop = 1 << 15
	// longWalk is the same for loops that read each element once and compute
	// little with it.
	longWalk = 1 << 18
	// longProduct is how many multiply-adds one call of a product makes at most.
	longProduct = 10e6
	// storeCost is how many multiply-adds it takes to store an element.
	storeCost = 32
)

// pieces calls f for [0, n), cut into pieces of at most most elements. f must be
// a call by itself, not inlined, to be where a goroutine stops.
//
//go:noinline
func pieces(n, most int, f func(lo, hi int)) {
	for lo := 0; lo < n; lo += most {
		f(lo, min(lo+most, n))
	}
}

// rowsOf returns how many rows of so many elements one call takes, a multiple of
// unit.
func rowsOf(most, cols, unit int) int { return max(1, most/max(1, cols)/unit) * unit }

// rowsAbout is rowsOf for rows that may be cut anywhere: with few of them beside
// those that a loop takes at a time.
func rowsAbout(most, cols int) int {
	if cols > most/16 {
		return rowsOf(most, cols, 1)
	}
	return rowsOf(most, cols, 16)
}
