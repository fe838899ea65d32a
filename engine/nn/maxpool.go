package nn

import (
	"errors"

	"github.com/unslide/unslide/engine"
)

// MaxPool describes a max-pooling. Padding never wins; of equal inputs the first
// does, in the order of the window.
type MaxPool struct {
	Kernel  Pair    `json:"kernel"`           // rows, columns
	Stride  Pair    `json:"stride,omitzero"`  // the kernel's size if left out
	Centre  *Pair   `json:"centre,omitempty"` // as in Conv
	Padding Padding `json:"padding,omitzero"` // "same" if left out
	Mode    Mode    `json:"mode,omitempty"`   // as in Conv: the window turned
}

var maxPoolKind = kind{
	word: "maxpool", prefix: "pool",
	read: func(r *fieldReader) Op {
		var p MaxPool
		r.fields(map[string]any{
			"kernel": &p.Kernel, "stride": &p.Stride, "centre": &p.Centre, "padding": &p.Padding, "mode": &p.Mode,
		}, "kernel")
		return p
	},
	float32: newMaxPool[float32], float64: newMaxPool[float64],
}

func (MaxPool) kind() *kind { return &maxPoolKind }

func (p MaxPool) check() error {
	stride := p.Stride.or(1) // the kernel's size, checked as such
	_, err := border(p.Centre, p.Padding)
	return errors.Join(checkSize("kernel", p.Kernel.H, p.Kernel.W), checkSize("stride", stride.H, stride.W), err, p.Mode.check())
}

func (p MaxPool) shape(in []Size) (Shape, error) {
	g, err := poolSize(in[0], p.Kernel, p.Stride, p.Centre, p.Padding, p.Mode)
	return Shape{Output: Size{H: g.OH, W: g.OW, C: g.C}, Geometry: g, notes: g.OutputLen()}, err
}

type maxPool[T engine.Float] struct{ plan *engine.MaxPool2D[T] }

func newMaxPool[T engine.Float](s Shape, opts engine.Option) (operation[T], error) {
	plan, err := engine.NewMaxPool2D[T](s.Geometry, opts)
	return &maxPool[T]{plan}, err
}

func (p *maxPool[T]) String() string { return p.plan.String() }

func (p *maxPool[T]) forward(v *values[T]) { p.plan.Forward(v.dst, v.src[0], v.notes) }

func (p *maxPool[T]) backward(v *values[T]) { p.plan.Backward(v.dSrc[0], v.dDst, v.notes) }
