package nn

import (
	"errors"
	"fmt"

	"github.com/unslide/unslide/engine"
)

// Dense describes a fully connected layer with a bias. It reads its input pixel
// by pixel, channel fastest.
type Dense struct {
	Units      int               `json:"units"`
	Activation engine.Activation `json:"activation,omitempty"` // "none" if left out
}

var denseKind = kind{
	word: "dense", prefix: "fc",
	read: func(r *fieldReader) Op {
		var d Dense
		r.fields(map[string]any{"units": &d.Units, "activation": &d.Activation}, "units")
		return d
	},
	float32: newDense[float32], float64: newDense[float64],
}

func (Dense) kind() *kind { return &denseKind }

func (d Dense) check() error {
	return errors.Join(checkSize("units", d.Units), checkActivation(d.Activation))
}

func (d Dense) shape(in []Size) (Shape, error) {
	inputs := in[0].Len() // below 2⁶⁰
	if d.Units > maxParams/inputs {
		return Shape{}, layerFault("units", fmt.Sprint(d.Units), fmt.Sprintf("1 to %d for %d inputs", maxParams/inputs, inputs))
	}
	return Shape{
		Output: Size{H: 1, W: 1, C: d.Units, flat: true}, Activation: d.Activation, FLOP: 2 * float64(inputs) * float64(d.Units),
		Params:   []ParamShape{{Name: "w", Dims: []int{inputs, d.Units}}, {Name: "b", Dims: []int{d.Units}}},
		keepsSrc: true, keepsDst: d.Activation != engine.None,
	}, nil
}

type dense[T engine.Float] struct {
	activation engine.Activation
	plan       *engine.Dense[T]
}

func newDense[T engine.Float](s Shape, opts engine.Option) (operation[T], error) {
	plan, err := engine.NewDense[T](s.In, s.Out, opts)
	return &dense[T]{s.Activation, plan}, err
}

func (d *dense[T]) String() string { return d.plan.String() }

func (d *dense[T]) forward(v *values[T]) {
	d.plan.Forward(v.dst, v.src[0], v.params[0], v.params[1])
}

func (d *dense[T]) backward(v *values[T]) {
	d.preActivation(v)
	if v.dSrc[0] != nil {
		d.plan.BackwardData(v.dSrc[0], v.dDst, v.params[0])
	}
	d.plan.BackwardWeights(v.gradients[0], v.gradients[1], v.src[0], v.dDst)
}

// backwardStep reads the weights once for both.
func (d *dense[T]) backwardStep(v *values[T], rate T) {
	d.preActivation(v)
	d.plan.BackwardUpdate(v.dSrc[0], v.params[0], v.params[1], v.src[0], v.dDst, rate)
}

func (d *dense[T]) preActivation(v *values[T]) {
	if d.activation != engine.None {
		d.plan.BackwardActivation(v.dDst, v.dDst, v.dst)
	}
}
