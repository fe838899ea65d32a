package engine

import (
	"math"
	"testing"
)

// guardedSlice is a destination full of NaN between two guard zones.
type guardedSlice[T Float] struct {
	all, data []T
}

const guard = 37

func guarded[T Float](n int) guardedSlice[T] {
	all := make([]T, n+2*guard)
	for i := range all {
		all[i] = T(math.NaN())
	}
	return guardedSlice[T]{all, all[guard : guard+n : guard+n]}
}

// check fails the test unless the data equals want and the guards are NaN.
func (g guardedSlice[T]) check(t *testing.T, what string, want []T) {
	t.Helper()
	for i, x := range g.data {
		if x != want[i] {
			t.Fatalf("%s[%d] = %v, want %v", what, i, x, want[i])
		}
	}
	for i, x := range g.all {
		if (i < guard || i >= guard+len(g.data)) && x == x {
			t.Fatalf("%s: wrote outside, at %d", what, i-guard)
		}
	}
}
