package naive_test

import (
	"fmt"

	"github.com/unslide/unslide/naive"
)

// The same kernel as cross-correlation and as mathematical convolution: one
// slides as it is, the other turned by 180°.
func ExampleSlide_Convolve() {
	x := naive.Map{
		{1, 0, 0},
		{0, 1, 0},
		{0, 0, 1},
	}
	kernel := naive.Map{
		{1, 2},
		{3, 4},
	}
	s := naive.Slide{KH: 2, KW: 2, Stride: 1}
	fmt.Println(s.Convolve(x, kernel))
	s.Convolution = true
	fmt.Println(s.Convolve(x, kernel))
	// Output:
	// [[5 3 0] [2 5 3] [0 2 1]]
	// [[1 2 0] [3 5 2] [0 3 5]]
}

func ExampleMaxPool() {
	x := []naive.Map{{
		{1, 2, 0, 7},
		{4, 3, 5, 6},
	}}
	pool := naive.MaxPool{Slide: naive.Slide{KH: 2, KW: 2, Stride: 2}}
	y, argmax := pool.Forward(x)
	fmt.Println(y[0], argmax[0])
	fmt.Println(pool.Backward([]naive.Map{{{10, 20}}}, argmax, 2, 4)[0])
	// Output:
	// [[4 7]] [[{1 0} {0 3}]]
	// [[0 0 0 20] [10 0 0 0]]
}

// The article's experiment: with other centres the sizes follow by themselves.
func ExampleSettings_Sizes() {
	s := naive.Experiment()
	z, err := s.Sizes()
	fmt.Printf("%d×%d → %d×%d → %d, %v\n", z.Conv1Rows, z.Conv1Cols, z.PoolRows, z.PoolCols, z.Vector, err)

	s.Conv2.CenterCol = 3
	_, err = s.Sizes()
	fmt.Println(err)
	// Output:
	// 14×15 → 7×8 → 1120, <nil>
	// naive: conv_2: centre (1, 3): want inside the 3×3 kernel, (0, 0) to (2, 2)
}

// One image, trained on until the network knows it.
func ExampleNetwork_Step() {
	s := naive.Article()
	s.Hidden.Neurons, s.Rate = 20, 0.1
	n, err := naive.New(s)
	if err != nil {
		fmt.Println(err)
		return
	}
	image := naive.NewMap(28, 28)
	image[14][14] = 1
	for range 50 {
		n.Step(image, 7)
	}
	fmt.Println(naive.Largest(n.Predict(image)))
	// Output: 7
}
