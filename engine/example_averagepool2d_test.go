package engine_test

import (
	"fmt"

	"github.com/unslide/unslide/engine"
	"github.com/unslide/unslide/im2col"
)

// At the border two of the window's three elements are in the image.
func ExampleAveragePool2D() {
	g, err := im2col.NewPool(im2col.Input{H: 1, W: 4, C: 1}, 1, 3, im2col.Same())
	if err != nil {
		panic(err)
	}
	src, dst, dSrc := []float32{3, 6, 9, 12}, make([]float32, 4), make([]float32, 4)
	for _, opts := range [][]engine.Option{nil, {engine.WithPaddingCounted(0, 1)}} {
		pool, err := engine.NewAveragePool2D[float32](g, opts...)
		if err != nil {
			panic(err)
		}
		pool.Forward(dst, src)
		pool.Backward(dSrc, []float32{6, 0, 0, 0})
		fmt.Println(dst, dSrc)
	}
	// Output:
	// [4.5 6 9 10.5] [3 3 0 0]
	// [3 6 9 7] [2 2 0 0]
}
