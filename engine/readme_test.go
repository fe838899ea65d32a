package engine_test

import (
	"fmt"
	"log"

	"github.com/unslide/unslide/engine"
	"github.com/unslide/unslide/im2col"
)

// A layer of 128 filters 3×3 on images of 56×56 with 64 channels, forward and
// backward, for a batch of 8.
func Example() {
	const n = 8
	g, err := im2col.New(im2col.Input{H: 56, W: 56, C: 64}, im2col.Filter{KH: 3, KW: 3, OC: 128}, im2col.Same())
	if err != nil {
		log.Fatal(err)
	}
	conv, err := engine.NewConv2D[float32](g, engine.WithActivation(engine.ReLU))
	if err != nil {
		log.Fatal(err)
	}
	src, dst := make([]float32, n*g.InputLen()), make([]float32, n*g.OutputLen()) // NHWC
	filter, bias := make([]float32, g.FilterLen()), make([]float32, g.OC)         // HWIO
	dSrc, dDst, dPre := make([]float32, len(src)), make([]float32, len(dst)), make([]float32, len(dst))
	dFilter, dBias := make([]float32, len(filter)), make([]float32, len(bias))

	conv.Forward(dst, src, filter, bias)           // relu(src ∗ filter + bias)
	conv.BackwardActivation(dPre, dDst, dst)       // through the relu
	conv.BackwardData(dSrc, dPre, filter)          // the gradient to the images
	conv.BackwardFilter(dFilter, dBias, src, dPre) // and to the parameters
	fmt.Println(g, len(dst), len(dSrc), len(dFilter))
	// Output: 56×56×64 → 56×56×128 kernel 3×3 stride 1×1 pad 1,1,1,1 3211264 1605632 73728
}
