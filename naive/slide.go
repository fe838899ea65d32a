package naive

import (
	"errors"
	"fmt"
)

// Slide says how a kernel, or a pooling window, moves over the input: its
// centre element visits every Stride-th input element.
type Slide struct {
	KH, KW    int // the kernel's rows and columns
	Stride    int // between two outputs, in input elements, down and across
	CenterRow int // the kernel element that is laid on the visited input
	CenterCol int
	// Convolution turns the kernel by 180°: true is mathematical convolution,
	// false is cross-correlation, what frameworks call convolution.
	Convolution bool
}

// row returns the input row under kernel row kh when the centre is at output
// row oh; it may lie outside the input. With a = kh − centre, counted from the
// centre, the formulas of the article are
//
//	convolution        y[oh] = Σ w[a] · x[oh·stride − a]
//	cross-correlation  y[oh] = Σ w[a] · x[oh·stride + a]
//
// It is asked for every product, and takes a pointer because to copy the Slide
// takes longer than the product.
func (s *Slide) row(oh, kh int) int {
	a := kh - s.CenterRow
	if s.Convolution {
		return oh*s.Stride - a
	}
	return oh*s.Stride + a
}

// col is row for columns.
func (s *Slide) col(ow, kw int) int {
	b := kw - s.CenterCol
	if s.Convolution {
		return ow*s.Stride - b
	}
	return ow*s.Stride + b
}

// OutputSize returns the output's rows and columns for an input of h×w. The
// centre walks over the input, at most once for each of its elements; an
// output exists where at least one kernel element lies on the input.
func (s Slide) OutputSize(h, w int) (oh, ow int) {
	for i := range h {
		for kh := range s.KH {
			if within(s.row(i, kh), h) {
				oh = i + 1
			}
		}
	}
	for j := range w {
		for kw := range s.KW {
			if within(s.col(j, kw), w) {
				ow = j + 1
			}
		}
	}
	return oh, ow
}

func within(i, n int) bool { return 0 <= i && i < n }

// maxSize bounds the rows and columns of images and kernels.
const maxSize = 1 << 12

// Validate reports every fault in one error, nil if there is none.
func (s Slide) Validate() error {
	var errs []error
	if s.KH < 1 || s.KW < 1 || s.KH > maxSize || s.KW > maxSize {
		errs = append(errs, fmt.Errorf("kernel %d×%d: want at least 1×1, at most %d each", s.KH, s.KW, maxSize))
	} else if !within(s.CenterRow, s.KH) || !within(s.CenterCol, s.KW) {
		errs = append(errs, fmt.Errorf("centre (%d, %d): want inside the %d×%d kernel, (0, 0) to (%d, %d)",
			s.CenterRow, s.CenterCol, s.KH, s.KW, s.KH-1, s.KW-1))
	}
	if s.Stride < 1 || s.Stride > maxSize {
		errs = append(errs, fmt.Errorf("stride %d: want 1 to %d", s.Stride, maxSize))
	}
	return errors.Join(errs...)
}
