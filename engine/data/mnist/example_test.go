package mnist_test

import (
	"context"
	"fmt"

	"github.com/unslide/unslide/engine/data/mnist"
)

// Two images of 1×2 pixels, as IDX files have them.
func ExampleDecode() {
	set, err := mnist.Decode(
		[]byte("\x00\x00\x08\x03"+"\x00\x00\x00\x02\x00\x00\x00\x01\x00\x00\x00\x02"+"\x00\xff\xff\x00"),
		[]byte("\x00\x00\x08\x01"+"\x00\x00\x00\x02"+"\x07\x01"))
	if err != nil {
		panic(err)
	}
	x := make([]float32, 2)
	mnist.Pixels(x, set.Image(1))
	fmt.Println(set.Len(), "images, the second shows a", set.Labels[1], x)
	// Output: 2 images, the second shows a 1 [1 0]
}

// The data set comes from the cache or the Go module proxy.
func ExampleOpen() {
	data, err := mnist.Open(context.Background(), mnist.Options{
		Progress: func(p mnist.Progress) { fmt.Println(p.File, p.Source, p.Done, p.Err) },
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(data.Train().Len(), data.Validation().Len(), data.Test.Len())
}
