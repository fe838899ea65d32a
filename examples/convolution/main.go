// Command convolution finds the upright edges of an image, and what each pixel
// and each element of the kernel contributes to them.
package main

import (
	"fmt"
	"log"

	"github.com/unslide/unslide/engine"
	"github.com/unslide/unslide/im2col"
)

func main() {
	g, err := im2col.New(im2col.Input{H: 3, W: 5, C: 1}, im2col.Filter{KH: 3, KW: 3, OC: 1}, im2col.Same())
	if err != nil {
		log.Fatal(err)
	}
	conv, err := engine.NewConv2D[float32](g, engine.WithActivation(engine.ReLU))
	if err != nil {
		log.Fatal(err)
	}
	src := []float32{0, 0, 9, 9, 9, 0, 0, 9, 9, 9, 0, 0, 9, 9, 9} // images, NHWC
	filter, bias := []float32{-1, 0, 1, -2, 0, 2, -1, 0, 1}, []float32{0}
	dDst := []float32{1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1} // of the sum of all edges
	dst, dPre, dSrc := make([]float32, g.OutputLen()), make([]float32, g.OutputLen()), make([]float32, g.InputLen())
	dFilter, dBias := make([]float32, g.FilterLen()), make([]float32, g.OC)

	conv.Forward(dst, src, filter, bias)           // relu(src ∗ filter + bias)
	conv.BackwardActivation(dPre, dDst, dst)       // through the relu
	conv.BackwardData(dSrc, dPre, filter)          // the gradient to the images
	conv.BackwardFilter(dFilter, dBias, src, dPre) // and to the parameters
	fmt.Printf("edges  %v\npixels %v\nkernel %v %v\n", dst, dSrc, dFilter, dBias)
}
