package engine

import (
	"fmt"
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
	if err := g.outside(); err != nil {
		t.Fatalf("%s: %v", what, err)
	}
}

// outside reports a write to the guards.
func (g guardedSlice[T]) outside() error {
	for i, x := range g.all {
		if (i < guard || i >= guard+len(g.data)) && x == x {
			return fmt.Errorf("wrote outside, at %d of %d", i-guard, len(g.data))
		}
	}
	return nil
}

// guardedCopy is a source between two guard zones of NaN, which no result may
// depend on.
func guardedCopy[T Float](x []float64) guardedSlice[T] {
	g := guarded[T](len(x))
	for i := range x {
		g.data[i] = T(x[i])
	}
	return g
}
