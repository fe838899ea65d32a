package data

import (
	"errors"
	"fmt"
)

// Set is a [Source] whose images lie in memory, a byte a value. They are read
// as numbers from 0 to 1, see [Scale].
type Set struct {
	shape   Shape
	classes int
	pixels  []byte // n × [H][W][C]
	labels  []int32
	picked  []int32 // of each image, its number in pixels and labels; nil for all
}

// NewSet makes a set of pixels, n × [H][W][C], and n labels, each 0 to
// classes−1. The memory is the caller's, who leaves it as it is from now on. The
// error names every fault.
func NewSet(shape Shape, classes int, pixels []byte, labels []int32) (*Set, error) {
	var errs []error
	if min(shape.H, shape.W, shape.C) < 1 || max(shape.H, shape.W, shape.C) > maxSide {
		errs = append(errs, fmt.Errorf("data: shape %v: want 1×1×1 to %[2]d×%[2]d×%[2]d", shape, maxSide))
	} else if !fills(shape, len(labels), len(pixels)) {
		errs = append(errs, fmt.Errorf("data: %d pixels: want %v for each of %d labels", len(pixels), shape, len(labels)))
	}
	if classes < 1 {
		errs = append(errs, fmt.Errorf("data: classes %d: want at least 1", classes))
	} else {
		errs = append(errs, checkLabels(classes, labels))
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	return &Set{shape, classes, pixels, labels, nil}, nil
}

const maxSide = 1 << 20

// fills reports whether n images of a possible shape have so many pixels.
func fills(s Shape, n, pixels int) bool {
	if n == 0 {
		return pixels == 0
	}
	return pixels%n == 0 && uint64(pixels/n) == uint64(s.H)*uint64(s.W)*uint64(s.C)
}

// checkLabels reports the first label that is no class.
func checkLabels(classes int, labels []int32) error {
	for i, y := range labels {
		if y < 0 || int(y) >= classes {
			return fmt.Errorf("data: label %d of image %d: want 0 to %d", y, i, classes-1)
		}
	}
	return nil
}

// Shape returns the size of every image.
func (s *Set) Shape() Shape { return s.shape }

// Classes returns the number of classes.
func (s *Set) Classes() int { return s.classes }

// Len returns the number of images.
func (s *Set) Len() int {
	if s.picked != nil {
		return len(s.picked)
	}
	return len(s.labels)
}

// Label returns the class of image i.
func (s *Set) Label(i int) int32 { return s.labels[s.place(i)] }

// place returns where image i lies.
func (s *Set) place(i int) int {
	if s.picked != nil {
		return int(s.picked[i])
	}
	return i
}

const badRead = "data: Set: dst is not as long as an image"

// Read writes image i to dst, [H][W][C], each value from 0 to 1. It panics
// unless dst is as long as an image, and its error is nil.
func (s *Set) Read(dst []float32, i int) error {
	pixels := s.Image(i)
	if len(dst) != len(pixels) {
		panic(badRead)
	}
	Scale(dst, pixels)
	return nil
}

// Image returns the pixels of image i, [H][W][C]. The memory is the set's.
func (s *Set) Image(i int) []byte {
	i, n := s.place(i), s.shape.Len()
	return s.pixels[i*n : (i+1)*n : (i+1)*n]
}

// Slice returns the images lo ≤ i < hi. The memory is the set's.
func (s *Set) Slice(lo, hi int) *Set {
	if s.picked != nil {
		return &Set{s.shape, s.classes, s.pixels, s.labels, s.picked[lo:hi:hi]}
	}
	n := s.shape.Len()
	return &Set{s.shape, s.classes, s.pixels[lo*n : hi*n : hi*n], s.labels[lo:hi:hi], nil}
}
