package mnist_test

import (
	"bytes"
	"context"
	"fmt"
	"image"

	"github.com/unslide/unslide/engine/data"
	"github.com/unslide/unslide/engine/data/mnist"
)

// A picture that is like the data set's images already stays as it is.
func ExampleFromImage() {
	page := image.NewGray(image.Rect(0, 0, 28, 28))
	for y := 4; y < 24; y++ { // a one: 20 pixels high, in the middle
		page.Pix[y*28+13], page.Pix[y*28+14] = 255, 255
	}
	pixels, err := mnist.FromImage(page)
	if err != nil {
		panic(err)
	}
	x := make([]float32, len(pixels))
	data.Scale(x, pixels) // as a network wants it
	fmt.Println(x[14*28+12:14*28+16], bytes.Equal(pixels, page.Pix))
	// Output: [0 1 1 0] true
}

// The data set comes from the cache or the Go module proxy.
func ExampleOpen() {
	digits, err := mnist.Open(context.Background(), mnist.Options{
		Progress: func(p mnist.Progress) { fmt.Println(p.File, p.Source, p.Done, p.Err) },
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(digits.Train().Len(), digits.Validation().Len(), digits.Test.Len())
}
