package engine

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/unslide/unslide/engine/internal/cut"
)

// A way to compute a convolution.
type way struct {
	name string
	opts []Option
}

// ways lists those of everyWay in order, and for each instruction set the choice
// among all algorithms; for float64 only the libraries, as there is nothing else.
func ways[T Float]() (all []way) {
	every := everyWay()
	for _, isa := range ISAs() {
		if raceEnabled && isa != BestISA() {
			continue // slow, and goroutines are the same
		}
		every[fmt.Sprintf("fast on %v", isa)] = []Option{WithFastAlgorithms(), WithISA(isa)}
	}
	for _, name := range slices.Sorted(maps.Keys(every)) {
		if cut.SizeOf[T]() == 4 || strings.HasPrefix(name, "gemm by") {
			all = append(all, way{name, slices.Clip(every[name])})
		}
	}
	return all
}
