package nn

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/unslide/unslide/engine"
	"github.com/unslide/unslide/im2col"
)

// Shape is what one layer comes to in its network.
type Shape struct {
	// Name is the layer's own, or conv_1, pool_1, conv_2, fc_1 and so on: in
	// profiles, traces, errors and for other layers to read from.
	Name string
	// Kind is what JSON calls what the layer computes: "conv", "dense", …
	Kind string
	Op   Op
	// From are the numbers of the layers that it reads, from 0; -1 is the image.
	From   []int
	Output Size
	// Geometry is set for conv and maxpool.
	Geometry   im2col.Geometry
	In, Out    int // elements of all that the layer reads, and of its output, of an image
	Activation engine.Activation
	FLOP       float64 // additions and multiplications of the forward pass of an image
	// Params are the layer's parameters: weights, then biases.
	Params []ParamShape

	keepsSrc, keepsDst bool // backward reads src, dst
	notes              int  // what else forward keeps of an image for backward
}

// ParamShape names a tensor of parameters: conv_w_1 [kh kw c oc], conv_b_1
// [oc], fc_w_1 [in out], fc_b_1 [out], counted through the network, or after a
// layer that has a name: stem.w, stem.b.
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
	maxReads  = 8000    // what all layers together read
	maxParams = 1 << 28 // elements of all parameters together
	maxValues = 1 << 26 // elements of all outputs of an image together
	maxSide   = 1 << 20
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
	image := Size{H: n.Input.H, W: n.Input.W, C: n.Input.C}
	if slices.Min([]int{image.H, image.W, image.C}) < 1 || slices.Max([]int{image.H, image.W, image.C}) > maxSide {
		return nil, fault("input", image.String(), fmt.Sprintf("1×1×1 to %[1]d×%[1]d×%[1]d", maxSide))
	}
	if len(n.Layers) == 0 || len(n.Layers) > maxLayers {
		return nil, fault("layers", fmt.Sprint(len(n.Layers)), fmt.Sprintf("1 to %d", maxLayers))
	}
	b := shapeBuilder{image: image, shapes: make([]Shape, len(n.Layers))}
	if err := b.wire(n.Layers); err != nil {
		return nil, err
	}
	for i := range b.shapes {
		if err := b.size(i); err != nil {
			return nil, errors.Join(layerErrors(i+1, b.shapes[i].Name, err)...)
		}
	}
	last := b.shapes[len(b.shapes)-1]
	if last.Output.H*last.Output.W != 1 || last.Activation != engine.None {
		return nil, &layerError{layer: len(b.shapes), name: last.Name, err: layerFault("last layer", "",
			"one that leaves one pixel, as dense, without activation: its softmax is the output")}
	}
	return b.shapes, nil
}

// Classes returns the number of classes, the last layer's channels; 0 where the
// description is faulty.
func (n Network) Classes() int {
	shapes, err := n.Shapes()
	if err != nil {
		return 0
	}
	return shapes[len(shapes)-1].Out
}

// shapeBuilder walks through the layers.
type shapeBuilder struct {
	image  Size
	shapes []Shape
	params int
	values int
}

// wire names the layers and finds what each reads. Its error tells all that is
// wrong with any layer wherever it stands, and with names.
func (b *shapeBuilder) wire(layers []Layer) error {
	numbers, counts := map[string]int{imageName: -1}, map[string]int{}
	var errs []error
	reads := 0
	for i, l := range layers {
		if reads += max(len(l.From), 1); reads > maxReads {
			return &layerError{layer: i + 1, name: l.Name, err: layerFault("from", fmt.Sprintf("%d layers up to here", reads), fmt.Sprintf("at most %d", maxReads))}
		}
		s := &b.shapes[i]
		var faults []error
		if l.Op == nil {
			faults = append(faults, layerFault("kinds", "0", `exactly one of "`+strings.Join(words(), `", "`)+`"`))
		} else {
			k := l.Op.kind()
			s.Op, s.Kind = l.Op, k.word
			if s.Name = l.Name; s.Name == "" {
				counts[k.prefix]++
				s.Name = fmt.Sprintf("%s_%d", k.prefix, counts[k.prefix])
			}
			from, err := sources(l, i, numbers)
			s.From = from
			faults = append(faults, l.Op.check(), checkName(l.Name), err)
			if _, twice := numbers[s.Name]; twice {
				faults = append(faults, layerFault("name", fmt.Sprintf("%q", s.Name), "one that no other layer has"))
			}
			numbers[s.Name] = i
		}
		errs = append(errs, layerErrors(i+1, s.Name, errors.Join(faults...))...)
	}
	if len(errs) == 0 {
		errs = b.unread()
	}
	return errors.Join(errs...)
}

// imageName is what layers read the image from.
const imageName = "input"

// sources returns the numbers of the layers that one reads.
func sources(l Layer, number int, numbers map[string]int) (from []int, err error) {
	var errs []error
	for _, name := range l.From {
		at, ok := numbers[name]
		if !ok {
			errs = append(errs, layerFault("from", fmt.Sprintf("%q", shorten([]byte(name))), fmt.Sprintf("the name of a layer before it, or %q", imageName)))
		}
		from = append(from, at)
	}
	if len(l.From) == 0 {
		from = []int{number - 1}
	}
	switch joins := l.Op.kind().joins; {
	case joins && len(from) < 2:
		errs = append(errs, layerFault("from", fmt.Sprintf("%d layers", len(from)), fmt.Sprintf("two or more for %s", l.Op.kind().word)))
	case !joins && len(from) > 1:
		errs = append(errs, layerFault("from", fmt.Sprintf("%d layers", len(from)), fmt.Sprintf("one for %s", l.Op.kind().word)))
	}
	return from, errors.Join(errs...)
}

// checkName reports a layer's name that no layer can have.
func checkName(name string) error {
	const most = 64
	bad := len(name) > most || name == imageName || strings.ContainsFunc(name, func(r rune) bool {
		return !strings.ContainsRune("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.", r)
	})
	if bad {
		return layerFault("name", fmt.Sprintf("%q", shorten([]byte(name))), fmt.Sprintf("1 to %d letters, digits, '_', '-' or '.', and not %q", most, imageName))
	}
	return nil
}

// unread reports the layers, but for the last, that no other reads.
func (b *shapeBuilder) unread() (errs []error) {
	read := make([]bool, len(b.shapes))
	read[len(read)-1] = true
	for _, s := range b.shapes {
		for _, from := range s.From {
			if from >= 0 {
				read[from] = true
			}
		}
	}
	for i, s := range b.shapes {
		if !read[i] {
			errs = append(errs, &layerError{layer: i + 1, name: s.Name, err: layerFault("output", "read by no layer", "a layer after it that names it in \"from\"")})
		}
	}
	return errs
}

// size finds a layer's sizes.
func (b *shapeBuilder) size(i int) error {
	s := &b.shapes[i]
	var in []Size
	elements := 0
	for _, from := range s.From {
		size := b.image
		if from >= 0 {
			size = b.shapes[from].Output
		}
		in = append(in, size)
		elements += size.Len()
	}
	is, err := s.Op.shape(in)
	if err != nil {
		return err
	}
	is.Name, is.Kind, is.Op, is.From, is.In, is.Out = s.Name, s.Kind, s.Op, s.From, elements, is.Output.Len()
	for k := range is.Params {
		p := &is.Params[k]
		p.Name = paramName(is.Name, s.Op.kind().prefix, p.Name)
		b.params += p.Len()
	}
	switch {
	case b.params > maxParams:
		return layerFault("parameters up to here", fmt.Sprint(b.params), fmt.Sprintf("at most %d", maxParams))
	case is.Out > maxValues-b.values:
		return layerFault("outputs", fmt.Sprint(is.Out), fmt.Sprintf("at most %d, the rest of %d for all layers", maxValues-b.values, maxValues))
	}
	b.values += is.Out
	*s = is
	return nil
}

// paramName is conv_w_2 of the layer conv_2, stem.w of one with a name of its own.
func paramName(layer, prefix, param string) string {
	if number, ok := strings.CutPrefix(layer, prefix+"_"); ok && strings.Trim(number, "0123456789") == "" {
		return prefix + "_" + param + "_" + number
	}
	return layer + "." + param
}
