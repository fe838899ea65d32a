package nn

import (
	"fmt"

	"github.com/unslide/unslide/im2col"
)

// Pair is a size or a place: rows, columns; in JSON a list of two, or one
// number for both.
type Pair struct{ H, W int }

// or returns p, or v twice where p is left out.
func (p Pair) or(v int) Pair {
	if p == (Pair{}) {
		return Pair{v, v}
	}
	return p
}

// Mode tells how a kernel meets the image.
type Mode string

const (
	Correlation Mode = "correlation" // the kernel as it is; also the zero Mode
	Convolution Mode = "convolution" // the kernel turned by 180°
)

func (m Mode) check() error {
	switch m {
	case Correlation, Convolution, "":
		return nil
	}
	return layerFault("mode", fmt.Sprintf("%q", m), fmt.Sprintf("%q or %q", Correlation, Convolution))
}

// option turns the kernel if that is the mode.
func (m Mode) options(opts ...im2col.Option) []im2col.Option {
	if m == Convolution {
		return append(opts, im2col.Flip())
	}
	return opts
}

// Padding is the rule for the border: the zero Padding is Same.
type Padding struct {
	Rule                     PaddingRule
	Top, Bottom, Left, Right int // of Explicit
}

// PaddingRule names a rule for the border.
type PaddingRule uint8

const (
	Same     PaddingRule = iota // "same": ⌈size/stride⌉ outputs, as TensorFlow pads
	Valid                       // "valid": the kernel stays on the image
	Explicit                    // [top, bottom, left, right]
)

// poolSize returns the geometry of a pooling whose stride is the kernel's size where
// it is left out.
func poolSize(src Size, kernel, stride Pair, centre *Pair, p Padding, m Mode) (im2col.Geometry, error) {
	if err := src.image(); err != nil {
		return im2col.Geometry{}, err
	}
	pad, err := border(centre, p)
	if err != nil {
		return im2col.Geometry{}, err
	}
	if stride == (Pair{}) {
		stride = kernel
	}
	return im2col.NewPool(im2col.Input{H: src.H, W: src.W, C: src.C}, kernel.H, kernel.W, pad,
		m.options(im2col.Stride(stride.H, stride.W))...)
}

// border is what the article's centre or a padding comes to.
func border(centre *Pair, p Padding) (im2col.Padding, error) {
	switch {
	case centre != nil && p != Padding{}:
		return im2col.Padding{}, layerFault("centre and padding", "", "one of them")
	case centre != nil:
		return im2col.Centred(centre.H, centre.W), nil
	}
	switch p.Rule {
	case Same:
		return im2col.Same(), nil
	case Valid:
		return im2col.Valid(), nil
	case Explicit:
		return im2col.Padded(p.Top, p.Bottom, p.Left, p.Right), nil
	}
	return im2col.Padding{}, layerFault("padding rule", fmt.Sprint(p.Rule), "Same, Valid or Explicit")
}
