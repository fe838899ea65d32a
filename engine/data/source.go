package data

import "fmt"

// Shape is the size of an image: rows, columns, channels.
type Shape struct{ H, W, C int }

// Len returns the number of an image's values.
func (s Shape) Len() int { return s.H * s.W * s.C }

// String returns H×W×C.
func (s Shape) String() string { return fmt.Sprintf("%d×%d×%d", s.H, s.W, s.C) }

// Source is a number of labelled images of one shape. Images are counted from
// 0; who reads them chooses the order.
//
// A source never changes: an image's values and label are the same whenever and
// in whatever order they are asked for, so that a training can be repeated, and
// resumed, to the bit. Its methods may be called by several goroutines at once.
//
// To change what a source gives, embed it in a type of your own that has another
// Read.
type Source interface {
	// Shape returns the size of every image.
	Shape() Shape
	// Classes returns the number of classes.
	Classes() int
	// Len returns the number of images.
	Len() int
	// Label returns the class of image i, 0 to Classes()−1. It reads no image:
	// a training looks at every label before it begins.
	Label(i int) int32
	// Read writes the values of image i to dst, [H][W][C], as long as
	// Shape().Len(). They are float32 whatever precision a network computes
	// in, so that every precision sees the same numbers. Its error says why the
	// image cannot be had.
	Read(dst []float32, i int) error
}
