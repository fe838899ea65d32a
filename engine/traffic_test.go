package engine

import (
	"slices"
	"testing"

	"github.com/unslide/unslide/engine/internal/trial"
)

// Traffic leaves every value as it was and allocates nothing, for any length.
func TestTraffic(t *testing.T) {
	for _, isa := range ISAs() {
		for _, workers := range []int{1, 2, 5} {
			traffic, err := NewTraffic(WithISA(isa), WithWorkers(workers))
			if err != nil {
				t.Fatal(err)
			}
			for _, n := range []int{0, 1, 3, 1000, 1 << 18} {
				w := make([]float32, n)
				for i := range w {
					w[i] = float32(i) - 0.1
				}
				before := slices.Clone(w)
				move := func() {
					traffic.Read(w)
					traffic.Rewrite(w)
				}
				if allocs := trial.Allocations(5, move); !raceEnabled && allocs != 0 {
					t.Errorf("%v, %d workers, %d values: %v allocations", isa, workers, n, allocs)
				}
				if !slices.Equal(w, before) {
					t.Errorf("%v, %d workers, %d values: some changed", isa, workers, n)
				}
			}
		}
	}
	if _, err := NewTraffic(WithWorkers(-1)); err == nil {
		t.Error("no error for -1 workers")
	}
}
