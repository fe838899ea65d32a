package engine_test

import (
	"fmt"

	"github.com/unslide/unslide/engine"
)

// What is kept for the gradient is the output, or the input where that is needed.
func ExampleActivate() {
	src, ones := []float64{-4, -1, 0, 2}, []float64{1, 1, 1, 1}
	for _, a := range []engine.Activation{engine.LeakyReLU, engine.HardSwish} {
		act, err := engine.NewActivate[float64](a)
		if err != nil {
			panic(err)
		}
		dst, dSrc := make([]float64, 4), make([]float64, 4)
		act.Forward(dst, src)
		kept := dst
		if a.NeedsInput() {
			kept = src
		}
		act.Backward(dSrc, ones, kept)
		fmt.Printf("%v %.2f %.2f\n", a, dst, dSrc)
	}
	// Output:
	// leakyrelu [-0.04 -0.01 0.00 2.00] [0.01 0.01 0.01 1.00]
	// hardswish [-0.00 -0.33 0.00 1.67] [0.00 0.17 0.50 1.17]
}
