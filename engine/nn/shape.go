package nn

import (
	"errors"
	"fmt"
	"strings"

	"github.com/unslide/unslide/engine"
	"github.com/unslide/unslide/im2col"
)

// Shape is what one layer's sizes come to.
type Shape struct {
	// Name is the layer's in profiles, traces and errors: conv_1, pool_1,
	// conv_2, fc_1 and so on.
	Name string
	// Kind is "conv", "maxpool" or "dense".
	Kind string
	// Geometry is set for conv and maxpool.
	Geometry   im2col.Geometry
	In, Out    int // elements of an image's input and output
	Activation engine.Activation
	// Params are the layer's parameters: weights, then biases.
	Params []ParamShape
}

// ParamShape names a tensor of parameters: conv_w_1 [kh kw c oc], conv_b_1
// [oc], fc_w_1 [in out], fc_b_1 [out], counted through the network.
type ParamShape struct {
	Name string
	Dims []int
}

// Len returns the number of elements.
func (p ParamShape) Len() int {
	n := 1
	for _, d := range p.Dims {
		n *= d
	}
	return n
}

// Limits that keep a description from asking for absurd memory.
const (
	maxLayers = 1000
	maxParams = 1 << 28 // elements of all parameters together
	maxValues = 1 << 26 // elements of all outputs of an image together
)

// Validate reports the faults of the description, nil if there is none: an
// [engine.Fault] each, or an error around one that names the layer.
func (n Network) Validate() error {
	_, err := n.Shapes()
	return err
}

// Shapes returns each layer's sizes. Its error names every field of any layer
// that is faulty by itself, or else those of the first layer whose size cannot
// be.
func (n Network) Shapes() ([]Shape, error) {
	b := shapeBuilder{h: n.Input.H, w: n.Input.W, c: n.Input.C}
	if b.h < 1 || b.w < 1 || b.c < 1 || b.h > maxSide || b.w > maxSide || b.c > maxSide {
		return nil, fault("input", fmt.Sprintf("%d×%d×%d", b.h, b.w, b.c), fmt.Sprintf("1×1×1 to %[1]d×%[1]d×%[1]d", maxSide))
	}
	if len(n.Layers) == 0 || len(n.Layers) > maxLayers {
		return nil, fault("layers", fmt.Sprint(len(n.Layers)), fmt.Sprintf("1 to %d", maxLayers))
	}
	counts := map[string]int{}
	names := make([]string, len(n.Layers))
	var errs []error
	for i, l := range n.Layers {
		prefix, err := l.check()
		if prefix != "" {
			counts[prefix]++
			names[i] = fmt.Sprintf("%s_%d", prefix, counts[prefix])
		}
		errs = append(errs, layerErrors(i+1, names[i], err)...)
	}
	last := len(n.Layers) - 1
	if d := n.Layers[last].Dense; d == nil || d.Activation != engine.None {
		errs = append(errs, &layerError{layer: last + 1, name: names[last],
			err: layerFault("last layer", "", "dense, without activation: its softmax is the output")})
	}
	if len(errs) > 0 {
		return nil, errors.Join(errs...)
	}
	for i, l := range n.Layers {
		if err := b.add(names[i], l); err != nil {
			return nil, errors.Join(layerErrors(i+1, names[i], err)...)
		}
	}
	return b.shapes, nil
}

const maxSide = 1 << 20

// Classes returns the number of classes, the last layer's units.
func (n Network) Classes() int {
	if len(n.Layers) > 0 {
		if d := n.Layers[len(n.Layers)-1].Dense; d != nil {
			return d.Units
		}
	}
	return 0
}

// shapeBuilder walks through the layers with the size they have come to.
type shapeBuilder struct {
	h, w, c int
	flat    bool // past a dense layer
	params  int
	values  int
	shapes  []Shape
}

func (b *shapeBuilder) add(name string, l Layer) error {
	switch {
	case l.Conv != nil:
		return b.addConv(name, *l.Conv)
	case l.MaxPool != nil:
		return b.addPool(name, *l.MaxPool)
	}
	return b.addDense(name, *l.Dense)
}

func (b *shapeBuilder) addConv(name string, l Conv) error {
	if err := b.image(); err != nil {
		return err
	}
	groups := max(l.Groups, 1)
	if b.c%groups != 0 || l.Maps%groups != 0 {
		return layerFault("groups", fmt.Sprint(groups), fmt.Sprintf("a divisor of the input's %d channels and of the %d maps", b.c, l.Maps))
	}
	opts := []im2col.Option{im2col.Stride(defaultPair(l.Stride, 1)), im2col.Dilation(defaultPair(l.Dilation, 1)), im2col.Groups(groups)}
	if l.Mode == Convolution {
		opts = append(opts, im2col.Flip())
	}
	pad, err := paddingRule(l.Centre, l.Padding)
	if err != nil {
		return err
	}
	g, err := im2col.New(im2col.Input{H: b.h, W: b.w, C: b.c}, im2col.Filter{KH: l.Kernel.H, KW: l.Kernel.W, OC: l.Maps}, pad, opts...)
	if err != nil {
		return err
	}
	number := strings.TrimPrefix(name, "conv")
	return b.push(Shape{
		Name: name, Kind: "conv", Geometry: g, In: g.InputLen(), Out: g.OutputLen(), Activation: l.Activation,
		Params: []ParamShape{
			{"conv_w" + number, []int{g.KH, g.KW, g.GroupC(), g.OC}},
			{"conv_b" + number, []int{g.OC}},
		},
	}, g.OH, g.OW, g.OC)
}

func (b *shapeBuilder) addPool(name string, l MaxPool) error {
	if err := b.image(); err != nil {
		return err
	}
	stride := l.Stride
	if stride == (Pair{}) {
		stride = l.Kernel
	}
	pad, err := paddingRule(l.Centre, l.Padding)
	if err != nil {
		return err
	}
	opts := []im2col.Option{im2col.Stride(stride.H, stride.W)}
	if l.Mode == Convolution {
		opts = append(opts, im2col.Flip())
	}
	g, err := im2col.NewPool(im2col.Input{H: b.h, W: b.w, C: b.c}, l.Kernel.H, l.Kernel.W, pad, opts...)
	if err != nil {
		return err
	}
	return b.push(Shape{Name: name, Kind: "maxpool", Geometry: g, In: g.InputLen(), Out: g.OutputLen()}, g.OH, g.OW, g.C)
}

func (b *shapeBuilder) addDense(name string, l Dense) error {
	in := b.h * b.w * b.c // below 2⁶⁰
	if l.Units > maxParams/in {
		return layerFault("units", fmt.Sprint(l.Units), fmt.Sprintf("1 to %d for %d inputs", maxParams/in, in))
	}
	b.flat = true
	number := strings.TrimPrefix(name, "fc")
	return b.push(Shape{
		Name: name, Kind: "dense", In: in, Out: l.Units, Activation: l.Activation,
		Params: []ParamShape{
			{"fc_w" + number, []int{in, l.Units}},
			{"fc_b" + number, []int{l.Units}},
		},
	}, 1, 1, l.Units)
}

// image reports whether the input still has rows and columns.
func (b *shapeBuilder) image() error {
	if b.flat {
		return errors.New("after a dense layer: want it before, a dense layer's output is no image")
	}
	return nil
}

func (b *shapeBuilder) push(s Shape, h, w, c int) error {
	for _, p := range s.Params {
		b.params += p.Len()
	}
	switch {
	case b.params > maxParams:
		return layerFault("parameters up to here", fmt.Sprint(b.params), fmt.Sprintf("at most %d", maxParams))
	case s.Out > maxValues-b.values:
		return layerFault("outputs", fmt.Sprint(s.Out), fmt.Sprintf("at most %d, the rest of %d for all layers", maxValues-b.values, maxValues))
	}
	b.values += s.Out
	b.h, b.w, b.c = h, w, c
	b.shapes = append(b.shapes, s)
	return nil
}

func paddingRule(centre *Pair, p Padding) (im2col.Padding, error) {
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

// defaultPair returns p, or v twice where p is left out.
func defaultPair(p Pair, v int) (h, w int) {
	if p == (Pair{}) {
		return v, v
	}
	return p.H, p.W
}
