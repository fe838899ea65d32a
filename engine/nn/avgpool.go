package nn

import (
	"errors"

	"github.com/unslide/unslide/engine"
)

// AvgPool describes an average-pooling: the mean of what of the image lies under
// each window. Padding does not count. With a kernel as large as the image it is
// the global average-pooling, so it is without a kernel.
type AvgPool struct {
	Kernel  Pair    `json:"kernel,omitzero"`  // rows, columns; the whole image if left out
	Stride  Pair    `json:"stride,omitzero"`  // the kernel's size if left out
	Centre  *Pair   `json:"centre,omitempty"` // as in Conv
	Padding Padding `json:"padding,omitzero"` // "same" if left out
}

var avgPoolKind = kind{
	word: "avgpool", prefix: "avgpool",
	read: func(r *fieldReader) Op {
		var p AvgPool
		r.fields(map[string]any{"kernel": &p.Kernel, "stride": &p.Stride, "centre": &p.Centre, "padding": &p.Padding})
		return p
	},
	float32: newAvgPool[float32], float64: newAvgPool[float64],
}

func (AvgPool) kind() *kind { return &avgPoolKind }

func (p AvgPool) check() error {
	kernel, stride := p.Kernel.or(1), p.Stride.or(1) // the image's, the kernel's size, checked as such
	_, err := border(p.Centre, p.Padding)
	return errors.Join(checkSize("kernel", kernel.H, kernel.W), checkSize("stride", stride.H, stride.W), err)
}

func (p AvgPool) shape(in []Size) (Shape, error) {
	kernel := p.Kernel
	if kernel == (Pair{}) {
		kernel = Pair{in[0].H, in[0].W}
	}
	g, err := poolSize(in[0], kernel, p.Stride, p.Centre, p.Padding, Correlation)
	return Shape{Output: Size{H: g.OH, W: g.OW, C: g.C}, Geometry: g, FLOP: float64(g.OutputLen()) * float64(g.Taps())}, err
}

type avgPool[T engine.Float] struct{ plan *engine.AveragePool2D[T] }

func newAvgPool[T engine.Float](s Shape, opts engine.Option) (operation[T], error) {
	plan, err := engine.NewAveragePool2D[T](s.Geometry, opts)
	return &avgPool[T]{plan}, err
}

func (p *avgPool[T]) String() string { return p.plan.String() }

func (p *avgPool[T]) forward(v *values[T]) { p.plan.Forward(v.dst, v.src[0]) }

func (p *avgPool[T]) backward(v *values[T]) { p.plan.Backward(v.dSrc[0], v.dDst) }
