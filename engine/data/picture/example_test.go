package picture_test

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/png"

	"github.com/unslide/unslide/engine/data/picture"
)

// A picture of two pixels.
func ExampleOpen() {
	img := image.NewRGBA(image.Rect(0, 0, 2, 1))
	img.Set(0, 0, color.RGBA{255, 128, 0, 255})
	img.Set(1, 0, color.White)
	var file bytes.Buffer
	if err := png.Encode(&file, img); err != nil {
		panic(err)
	}
	p, err := picture.Open(bytes.NewReader(file.Bytes()))
	if err != nil {
		panic(err)
	}
	h, w := p.Size()
	pixels, grey, err := p.Pixels()
	fmt.Println(h, w, pixels, grey, err)
	// Output: 1 2 [255 128 0 255 255 255] false <nil>
}
