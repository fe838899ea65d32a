package nn

import "github.com/unslide/unslide/engine"

// layer is a plan with its parameters.
type layer[T engine.Float] interface {
	params() []Param[T]
	forward(v *values[T])
	// backward computes the gradient to the input and steps the parameters,
	// of which it uses the values from before the step for the gradient.
	backward(v *values[T], s *step[T])
	String() string
}

// newLayer makes a layer whose parameters are the network's from number at on.
func newLayer[T engine.Float](s Shape, first bool, at int, opts engine.Option) (layer[T], error) {
	update, err := engine.NewUpdate[T](opts)
	if err != nil {
		return nil, err
	}
	p := trainable[T]{first: first, at: at, update: update}
	for _, shape := range s.Params {
		p.tensors = append(p.tensors, Param[T]{shape, make([]T, shape.Len())})
	}
	switch s.Kind {
	case "conv":
		plan, err := engine.NewConv2D[T](s.Geometry, opts)
		return &conv[T]{p, s.Activation, plan}, err
	case "maxpool":
		plan, err := engine.NewMaxPool2D[T](s.Geometry, opts)
		return &maxPool[T]{first, plan}, err
	}
	plan, err := engine.NewDense[T](s.In, s.Out, opts)
	return &dense[T]{p, s.Activation, plan}, err
}

// trainable is what layers with parameters share.
type trainable[T engine.Float] struct {
	first   bool // nobody wants the gradient to the input
	at      int  // the weights' number among the network's parameters
	tensors []Param[T]
	update  *engine.Update[T]
}

func (p *trainable[T]) params() []Param[T] { return p.tensors }
func (p *trainable[T]) weights() []T       { return p.tensors[0].Data }
func (p *trainable[T]) bias() []T          { return p.tensors[1].Data }

// take steps the parameters by their gradients.
func (p *trainable[T]) take(s *step[T]) {
	for i, w := range p.tensors {
		g := s.gradients[p.at+i]
		if s.moments == nil {
			p.update.SGD(w.Data, g, T(s.rate))
		} else {
			m := s.moments[p.at+i]
			p.update.Adam(w.Data, g, m.first, m.second, s.adam)
		}
	}
}

// step is one optimiser step. Gradients and moments are by the parameters'
// numbers.
type step[T engine.Float] struct {
	rate      float64
	gradients [][]T
	moments   []moments[T] // of Adam, nil for SGD
	adam      engine.AdamStep[T]
}

type moments[T engine.Float] struct{ first, second []T }

type conv[T engine.Float] struct {
	trainable[T]
	activation engine.Activation
	plan       *engine.Conv2D[T]
}

func (l *conv[T]) String() string { return l.plan.String() }

func (l *conv[T]) forward(v *values[T]) {
	l.plan.Forward(v.dst, v.src, l.weights(), l.bias())
}

func (l *conv[T]) backward(v *values[T], s *step[T]) {
	if l.activation != engine.None {
		l.plan.BackwardActivation(v.dDst, v.dDst, v.dst)
	}
	if !l.first {
		l.plan.BackwardData(v.dSrc, v.dDst, l.weights())
	}
	l.plan.BackwardFilter(s.gradients[l.at], s.gradients[l.at+1], v.src, v.dDst)
	l.take(s)
}

type maxPool[T engine.Float] struct {
	first bool
	plan  *engine.MaxPool2D[T]
}

func (l *maxPool[T]) String() string     { return l.plan.String() }
func (l *maxPool[T]) params() []Param[T] { return nil }

func (l *maxPool[T]) forward(v *values[T]) { l.plan.Forward(v.dst, v.src, v.argmax) }

func (l *maxPool[T]) backward(v *values[T], _ *step[T]) {
	if !l.first {
		l.plan.Backward(v.dSrc, v.dDst, v.argmax)
	}
}

type dense[T engine.Float] struct {
	trainable[T]
	activation engine.Activation
	plan       *engine.Dense[T]
}

func (l *dense[T]) String() string { return l.plan.String() }

func (l *dense[T]) forward(v *values[T]) {
	l.plan.Forward(v.dst, v.src, l.weights(), l.bias())
}

func (l *dense[T]) backward(v *values[T], s *step[T]) {
	if l.activation != engine.None {
		l.plan.BackwardActivation(v.dDst, v.dDst, v.dst)
	}
	if s.moments == nil {
		l.plan.BackwardUpdate(v.dSrc, l.weights(), l.bias(), v.src, v.dDst, T(s.rate))
		return
	}
	if !l.first {
		l.plan.BackwardData(v.dSrc, v.dDst, l.weights())
	}
	l.plan.BackwardWeights(s.gradients[l.at], s.gradients[l.at+1], v.src, v.dDst)
	l.take(s)
}
