package nn

import (
	"errors"
	"fmt"

	"github.com/unslide/unslide/engine"
	"github.com/unslide/unslide/im2col"
)

// Conv describes a convolution with a bias.
type Conv struct {
	Maps   int  `json:"maps"`             // output maps
	Kernel Pair `json:"kernel"`           // rows, columns
	Stride Pair `json:"stride,omitzero"`  // 1 if left out
	Groups int  `json:"groups,omitempty"` // 1 if left out
	// Dilation is the step between kernel elements, 1 if left out.
	Dilation Pair `json:"dilation,omitzero"`
	// Centre is the article's rule: this element of the kernel visits every
	// stride-th input element. Without it Padding decides.
	Centre *Pair `json:"centre,omitempty"`
	// Padding is "same" if left out.
	Padding Padding `json:"padding,omitzero"`
	// Mode is "correlation" if left out, or "convolution": the kernel turned.
	Mode       Mode              `json:"mode,omitempty"`
	Activation engine.Activation `json:"activation,omitempty"` // "none" if left out
}

var convKind = kind{
	word: "conv", prefix: "conv",
	read: func(r *fieldReader) Op {
		var c Conv
		r.fields(map[string]any{
			"maps": &c.Maps, "kernel": &c.Kernel, "stride": &c.Stride, "groups": &c.Groups, "dilation": &c.Dilation,
			"centre": &c.Centre, "padding": &c.Padding, "mode": &c.Mode, "activation": &c.Activation,
		}, "maps", "kernel")
		return c
	},
	float32: newConv[float32], float64: newConv[float64],
}

func (Conv) kind() *kind { return &convKind }

func (c Conv) check() error {
	stride, dilation := c.Stride.or(1), c.Dilation.or(1)
	_, err := border(c.Centre, c.Padding)
	return errors.Join(
		checkSize("maps", c.Maps), checkSize("kernel", c.Kernel.H, c.Kernel.W), checkSize("stride", stride.H, stride.W),
		checkSize("dilation", dilation.H, dilation.W), checkSize("groups", orOne(c.Groups)), err, checkActivation(c.Activation),
		c.Mode.check())
}

func (c Conv) shape(in []Size) (Shape, error) {
	src, groups := in[0], orOne(c.Groups)
	if err := src.image(); err != nil {
		return Shape{}, err
	}
	if src.C%groups != 0 || c.Maps%groups != 0 {
		return Shape{}, layerFault("groups", fmt.Sprint(groups), fmt.Sprintf("a divisor of the input's %d channels and of the %d maps", src.C, c.Maps))
	}
	pad, err := border(c.Centre, c.Padding)
	if err != nil {
		return Shape{}, err
	}
	stride, dilation := c.Stride.or(1), c.Dilation.or(1)
	g, err := im2col.New(im2col.Input{H: src.H, W: src.W, C: src.C}, im2col.Filter{KH: c.Kernel.H, KW: c.Kernel.W, OC: c.Maps}, pad,
		c.Mode.options(im2col.Stride(stride.H, stride.W), im2col.Dilation(dilation.H, dilation.W), im2col.Groups(groups))...)
	if err != nil {
		return Shape{}, err
	}
	return Shape{
		Output: Size{H: g.OH, W: g.OW, C: g.OC}, Geometry: g, Activation: c.Activation, FLOP: g.FLOP(),
		Params:   []ParamShape{{Name: "w", Dims: []int{g.KH, g.KW, g.GroupC(), g.OC}}, {Name: "b", Dims: []int{g.OC}}},
		keepsSrc: true, keepsDst: c.Activation != engine.None,
	}, nil
}

type conv[T engine.Float] struct {
	activation engine.Activation
	plan       *engine.Conv2D[T]
}

func newConv[T engine.Float](s Shape, opts engine.Option) (operation[T], error) {
	plan, err := engine.NewConv2D[T](s.Geometry, opts)
	return &conv[T]{s.Activation, plan}, err
}

func (c *conv[T]) String() string { return c.plan.String() }

func (c *conv[T]) forward(v *values[T]) {
	c.plan.Forward(v.dst, v.src[0], v.params[0], v.params[1])
}

func (c *conv[T]) backward(v *values[T]) {
	if c.activation != engine.None {
		c.plan.BackwardActivation(v.dDst, v.dDst, v.dst)
	}
	if v.dSrc[0] != nil {
		c.plan.BackwardData(v.dSrc[0], v.dDst, v.params[0])
	}
	c.plan.BackwardFilter(v.gradients[0], v.gradients[1], v.src[0], v.dDst)
}
