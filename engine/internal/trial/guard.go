package trial

import (
	"fmt"
	"math"
	"testing"

	"github.com/unslide/unslide/im2col"
)

// Guarded is a destination full of NaN between two guard zones.
type Guarded[T im2col.Float] struct {
	All, Data []T
}

// Margin is how many elements a guard zone has.
const Margin = 37

// Destination returns a slice of n elements to write to.
func Destination[T im2col.Float](n int) Guarded[T] {
	all := make([]T, n+2*Margin)
	for i := range all {
		all[i] = T(math.NaN())
	}
	return Guarded[T]{all, all[Margin : Margin+n : Margin+n]}
}

// Check fails the test unless the data equals want and the guards are NaN.
func (g Guarded[T]) Check(t *testing.T, what string, want []T) {
	t.Helper()
	for i, x := range g.Data {
		if x != want[i] {
			t.Fatalf("%s[%d] = %v, want %v", what, i, x, want[i])
		}
	}
	if err := g.Outside(); err != nil {
		t.Fatalf("%s: %v", what, err)
	}
}

// Outside reports a write to the guards.
func (g Guarded[T]) Outside() error {
	for i, x := range g.All {
		if (i < Margin || i >= Margin+len(g.Data)) && x == x {
			return fmt.Errorf("wrote outside, at %d of %d", i-Margin, len(g.Data))
		}
	}
	return nil
}

// Source is a source between two guard zones of NaN, which no result may
// depend on.
func Source[T im2col.Float](x []float64) Guarded[T] {
	g := Destination[T](len(x))
	for i := range x {
		g.Data[i] = T(x[i])
	}
	return g
}
