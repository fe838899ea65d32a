package verify

import "math"

// guard is how many elements before and behind a destination must stay as they
// were.
const guard = 64

// guarded is a destination filled with NaN between two guard zones.
type guarded[T float32 | float64] struct {
	all  []T
	data []T
}

func newGuarded[T float32 | float64](n int) guarded[T] {
	all := make([]T, n+2*guard)
	for i := range all {
		all[i] = T(math.NaN())
	}
	return guarded[T]{all, all[guard : guard+n : guard+n]}
}

// intact reports whether the guard zones still hold what they held.
func (g guarded[T]) intact() bool {
	for i := range guard {
		if a, b := g.all[i], g.all[len(g.all)-1-i]; a == a || b == b {
			return false
		}
	}
	return true
}
