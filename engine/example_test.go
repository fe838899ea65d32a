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

// One 3×3 image, one 2×2 kernel: each output is the sum under the window.
func ExampleConv2D() {
	g, err := im2col.New(im2col.Input{H: 3, W: 3, C: 1}, im2col.Filter{KH: 2, KW: 2, OC: 1}, im2col.Valid())
	if err != nil {
		panic(err)
	}
	conv, err := engine.NewConv2D[float32](g)
	if err != nil {
		panic(err)
	}
	src := []float32{
		1, 2, 3,
		4, 5, 6,
		7, 8, 9,
	}
	filter, bias := []float32{1, 1, 1, 1}, []float32{0.5}
	dst := make([]float32, g.OutputLen())
	conv.Forward(dst, src, filter, bias)
	fmt.Println(dst)

	// The gradients of the sum of all outputs.
	dDst, dSrc := []float32{1, 1, 1, 1}, make([]float32, len(src))
	dFilter, dBias := make([]float32, len(filter)), make([]float32, 1)
	conv.BackwardData(dSrc, dDst, filter)
	conv.BackwardFilter(dFilter, dBias, src, dDst)
	fmt.Println(dSrc)
	fmt.Println(dFilter, dBias)
	// Output:
	// [12.5 16.5 24.5 28.5]
	// [1 2 1 2 4 2 1 2 1]
	// [12 16 24 28] [4]
}

// A filter that stays the same over many calls is packed once.
func ExampleConv2D_ForwardPacked() {
	g, err := im2col.New(im2col.Input{H: 1, W: 4, C: 1}, im2col.Filter{KH: 1, KW: 2, OC: 1}, im2col.Valid())
	if err != nil {
		panic(err)
	}
	conv, err := engine.NewConv2D[float32](g)
	if err != nil {
		panic(err)
	}
	filter := []float32{1, -1}
	packed := conv.Pack(filter)
	dst := make([]float32, g.OutputLen())
	for _, src := range [][]float32{{1, 2, 4, 8}, {9, 6, 3, 0}} {
		conv.ForwardPacked(dst, src, packed, nil)
		fmt.Println(dst)
	}

	// It is a copy: a filter that has changed is packed again.
	filter[1] = 1
	conv.PackInto(packed, filter)
	conv.ForwardPacked(dst, []float32{1, 2, 4, 8}, packed, nil)
	fmt.Println(dst)
	// Output:
	// [-1 -2 -4]
	// [3 3 3]
	// [3 6 12]
}

func ExampleMaxPool2D() {
	g, err := im2col.NewPool(im2col.Input{H: 2, W: 4, C: 1}, 2, 2, im2col.Valid(), im2col.Stride(2, 2))
	if err != nil {
		panic(err)
	}
	pool, err := engine.NewMaxPool2D[float32](g)
	if err != nil {
		panic(err)
	}
	dst, argmax := make([]float32, 2), make([]int32, 2)
	pool.Forward(dst, []float32{
		1, 5, 0, 2,
		3, 4, 7, 6,
	}, argmax)
	fmt.Println(dst, argmax)
	// Output: [5 7] [1 6]
}

// A step of gradient descent that also hands the gradient on.
func ExampleDense_BackwardUpdate() {
	dense, err := engine.NewDense[float64](2, 1)
	if err != nil {
		panic(err)
	}
	weights, bias := []float64{1, 2}, []float64{0}
	src, dDst, dSrc := []float64{3, 4}, []float64{1}, make([]float64, 2)
	dense.BackwardUpdate(dSrc, weights, bias, src, dDst, 0.5)
	fmt.Println(dSrc, weights, bias)
	// Output: [1 2] [-0.5 0] [-0.5]
}

// Why a plan computes its passes as it does. Tune measures instead.
func ExampleConv2D_Choices() {
	g, err := im2col.New(im2col.Input{H: 14, W: 14, C: 64}, im2col.Filter{KH: 3, KW: 3, OC: 64}, im2col.Same())
	if err != nil {
		panic(err)
	}
	conv, err := engine.NewConv2D[float64](g, engine.WithFastAlgorithms())
	if err != nil {
		panic(err)
	}
	for _, c := range conv.Choices() {
		fmt.Printf("%v: %v, because %s\n", c.Pass, c.Algorithm, c.Why)
	}
	// Output:
	// forward: gemm, because the direct kernels are for float32
	// backward-data: gemm, because the direct kernels are for float32
	// backward-filter: gemm, because the direct kernels are for float32
	// forward-packed: gemm, because the direct kernels are for float32
}
