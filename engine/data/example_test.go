package data_test

import (
	"fmt"
	"slices"

	"github.com/unslide/unslide/engine/data"
)

// A red and a blue image of 1×2 pixels.
func ExampleNewSet() {
	set, err := data.NewSet(data.Shape{H: 1, W: 2, C: 3}, 2,
		[]byte{
			255, 0, 0, 255, 0, 0,
			0, 0, 255, 0, 0, 255,
		}, []int32{0, 1})
	if err != nil {
		panic(err)
	}
	x := make([]float32, set.Shape().Len())
	for i := range set.Len() {
		if err := set.Read(x, i); err != nil {
			panic(err)
		}
		fmt.Println(set.Label(i), x)
	}
	_, err = data.NewSet(data.Shape{H: 2, W: 2, C: 3}, 2, make([]byte, 12), []int32{2})
	fmt.Println(err)
	// Output:
	// 0 [1 0 0 1 0 0]
	// 1 [0 0 1 0 0 1]
	// data: label 2 of image 0: want 0 to 1
}

// centred is a source whose values lie around 0.
type centred struct{ data.Source }

func (c centred) Read(dst []float32, i int) error {
	err := c.Source.Read(dst, i)
	for k, x := range dst {
		dst[k] = (x - 0.5) / 0.5
	}
	return err
}

// What a source gives is changed by a source around it.
func ExampleSource() {
	set, err := data.NewSet(data.Shape{H: 1, W: 3, C: 1}, 1, []byte{0, 51, 255}, []int32{0})
	if err != nil {
		panic(err)
	}
	var s data.Source = centred{set}
	x := make([]float32, s.Shape().Len())
	if err := s.Read(x, 0); err != nil {
		panic(err)
	}
	fmt.Println(s.Len(), s.Shape(), x)
	// Output: 1 1×3×1 [-1 -0.6 1]
}

// Images are held back from training, to see how it goes.
func ExampleSet_Split() {
	set, err := data.NewSet(data.Shape{H: 1, W: 1, C: 1}, 2, []byte{10, 11, 12, 13, 14, 15}, []int32{0, 1, 0, 1, 0, 1})
	if err != nil {
		panic(err)
	}
	train, held := set.Split(2, 1)
	fmt.Println(train.Len(), "to train on; held back:", held.Image(0), held.Image(1))
	// Output: 4 to train on; held back: [13] [15]
}

// mirrored is a source of which every other epoch sees an image mirrored.
type mirrored struct{ data.Source }

func (m mirrored) Variation() string { return "mirrored by turns" }

func (m mirrored) ReadEpoch(dst []float32, epoch, i int) error {
	err := m.Read(dst, i)
	if (epoch+i)%2 == 1 {
		s := m.Shape()
		for y := range s.H {
			slices.Reverse(dst[y*s.W : (y+1)*s.W]) // of one channel
		}
	}
	return err
}

// Each epoch of a training sees other images.
func ExampleVaried() {
	set, err := data.NewSet(data.Shape{H: 1, W: 3, C: 1}, 1, []byte{0, 51, 255}, []int32{0})
	if err != nil {
		panic(err)
	}
	var s data.Varied = mirrored{set}
	x := make([]float32, s.Shape().Len())
	for epoch := range 2 {
		if err := s.ReadEpoch(x, epoch, 0); err != nil {
			panic(err)
		}
		fmt.Println(x)
	}
	// Output:
	// [0 0.2 1]
	// [1 0.2 0]
}
