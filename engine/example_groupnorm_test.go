package engine_test

import (
	"fmt"

	"github.com/unslide/unslide/engine"
)

// Layer normalisation of an image of two pixels and two channels, and with a group
// for each channel instance normalisation.
func ExampleGroupNorm() {
	src, dst := []float64{1, 5, 3, 7}, make([]float64, 4)
	for _, groups := range []int{1, 2} {
		norm, err := engine.NewGroupNorm[float64](2, 2, groups, 0)
		if err != nil {
			panic(err)
		}
		mean, variance := make([]float64, groups), make([]float64, groups)
		norm.Forward(dst, src, nil, nil, mean, variance)
		fmt.Printf("%.2f %v %v\n", dst, mean, variance)
	}
	// Output:
	// [-1.34 0.45 -0.45 1.34] [4] [5]
	// [-1.00 -1.00 1.00 1.00] [2 6] [1 1]
}
