package slide_test

import (
	"fmt"
	"os"

	"github.com/unslide/unslide/bench/slide"
	"github.com/unslide/unslide/naive"
)

func ExamplePool() {
	input, err := slide.Matrix("1 5; 4 3")
	if err != nil {
		fmt.Println(err)
		return
	}
	scene, err := slide.Pool(input, naive.Slide{KH: 2, KW: 2, Stride: 2})
	if err != nil {
		fmt.Println(err)
		return
	}
	if err := scene.WriteText(os.Stdout); err != nil {
		fmt.Println(err)
	}
	// Output:
	// max-pooling of 2×2 with a 2×2 window, stride 2
	// [x] under the window, <x> chosen
	//
	// 1/2  window (0,0): the largest element is 5 at (0,1)
	//
	//   input    output   argmax: row,column
	//   [1]<5> → <5>      <0,1>
	//   [4][3]
	//
	// 2/2  back: the gradient of output (0,0) goes to (0,1) alone
	//
	//   dE/dy   argmax: row,column   dE/dx
	//   <1>   → <0,1>              →  0 <1>
	//                                 0  0
}
