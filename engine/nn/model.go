package nn

import (
	"fmt"
	"slices"
	"sync"

	"github.com/unslide/unslide/engine"
)

// Model is a network made of the engine's plans, with its parameters.
//
// Its methods may be called by several goroutines at once as long as nobody
// changes the parameters meanwhile.
type Model[T engine.Float] struct {
	network Network
	shapes  []Shape
	layers  []operation[T]
	wanted  []bool // of each layer, the gradient to its output
	loss    *engine.SoftmaxCrossEntropy[T]
	updates []*engine.Update[T] // of each layer
	params  []Param[T]
	first   []int // of each layer, the number of its first parameter

	spare sync.Pool // of *buffers[T], for Probabilities and Evaluate
}

// Param is one tensor of parameters.
type Param[T engine.Float] struct {
	ParamShape
	Data []T // the model's own memory, row-major
}

// New makes the model of a network; its parameters are zero until [Model.Init]
// or [Model.SetWeights]. The options go to every plan that takes them, see
// [engine.Shared]: workers, BLAS, algorithm, instruction set, trace. Its error
// names the faulty layer.
func New[T engine.Float](n Network, opts ...engine.Option) (*Model[T], error) {
	shapes, err := n.Shapes()
	if err != nil {
		return nil, err
	}
	m := &Model[T]{network: n, shapes: shapes, wanted: gradientsWanted(shapes)}
	shared := engine.Shared(opts...)
	for i, s := range shapes {
		named := engine.Shared(shared, engine.WithName(s.Name), engine.WithActivation(s.Activation))
		l, err := newOperation[T](s, named)
		if err != nil {
			return nil, fmt.Errorf("nn: layer %d (%s): %w", i+1, s.Name, err)
		}
		u, err := engine.NewUpdate[T](named)
		if err != nil {
			return nil, err
		}
		m.layers, m.updates, m.first = append(m.layers, l), append(m.updates, u), append(m.first, len(m.params))
		for _, p := range s.Params {
			m.params = append(m.params, Param[T]{p, make([]T, p.Len())})
		}
	}
	if m.loss, err = engine.NewSoftmaxCrossEntropy[T](shapes[len(shapes)-1].Out, shared, engine.WithName("softmax")); err != nil {
		return nil, err
	}
	return m, nil
}

// Network returns the description.
func (m *Model[T]) Network() Network { return m.network }

// Shapes returns the layers' sizes.
func (m *Model[T]) Shapes() []Shape { return m.shapes }

// Params returns the parameters, layer by layer, weights before biases. The
// data is the model's own.
func (m *Model[T]) Params() []Param[T] { return m.params }

// Classes returns the number of classes.
func (m *Model[T]) Classes() int { return m.shapes[len(m.shapes)-1].Out }

// InputLen returns the elements of one image.
func (m *Model[T]) InputLen() int { return m.network.Input.Len() }

// Plans describes, layer by layer, the plan that computes it.
func (m *Model[T]) Plans() []string {
	var s []string
	for i, l := range m.layers {
		s = append(s, m.shapes[i].Name+": "+l.String())
	}
	return s
}

// forward computes all layers on the images in b.src; the logits end up in the
// last layer's dst.
func (m *Model[T]) forward(b *buffers[T]) {
	for i, l := range m.layers {
		l.forward(&b.layers[i])
	}
}

// backward computes a layer's gradients from that to its output, which the layers
// behind it have made.
func (m *Model[T]) backward(b *buffers[T], layer int) {
	if !m.wanted[layer] {
		return
	}
	m.layers[layer].backward(&b.layers[layer])
	m.sum(b, layer)
}

// sum adds up the gradients to what other layers read, too, in the layers' order
// from the last.
func (m *Model[T]) sum(b *buffers[T], layer int) {
	for k, d := range b.memory.dInputs[layer] {
		if d.sum >= 0 {
			accumulate(m.updates[layer], b.cut(d.sum), b.layers[layer].dSrc[k])
		}
	}
}

// blank reports whether every parameter is zero, as [New] makes them: all units of
// a layer would then learn the same.
func (m *Model[T]) blank() bool {
	for _, p := range m.Params() {
		if slices.ContainsFunc(p.Data, func(x T) bool { return x != 0 }) {
			return false
		}
	}
	return true
}
