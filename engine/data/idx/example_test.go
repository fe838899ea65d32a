package idx_test

import (
	"fmt"
	"log"
	"os"

	"github.com/unslide/unslide/engine/data/idx"
)

// Two images of 1×2 pixels and their labels, of ten classes.
func ExampleDecode() {
	set, err := idx.Decode(
		[]byte("\x00\x00\x08\x03"+"\x00\x00\x00\x02\x00\x00\x00\x01\x00\x00\x00\x02"+"\x00\xff\xff\x00"),
		[]byte("\x00\x00\x08\x01"+"\x00\x00\x00\x02"+"\x07\x01"), 10)
	if err != nil {
		panic(err)
	}
	x := make([]float32, set.Shape().Len())
	if err := set.Read(x, 1); err != nil {
		panic(err)
	}
	fmt.Println(set.Len(), "images of", set.Shape(), "the second shows a", set.Label(1), x)
	// Output: 2 images of 1×2×1 the second shows a 1 [1 0]
}

// Fashion-MNIST, from the folder that it was unpacked to.
func ExampleReadFolder() {
	sets, err := idx.ReadFolder(os.Getenv("FASHION"))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(sets.Train.Len(), sets.Test.Len(), sets.Train.Shape(), sets.Train.Classes())
}
