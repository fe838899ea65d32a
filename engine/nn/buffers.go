package nn

import "github.com/unslide/unslide/engine"

// buffers hold what lies between the layers for a batch: they grow to the
// largest batch and are cut to the present one.
type buffers[T engine.Float] struct {
	capacity int // images there is room for
	n        int
	training bool // there is room for gradients

	src       []T
	layers    []values[T]
	losses    []float64
	predicted []int32
}

// values are one layer's: src → dst, and dDst → dSrc.
type values[T engine.Float] struct {
	src, dst   []T
	dSrc, dDst []T     // dSrc is nil for the first layer
	argmax     []int32 // of max-pooling
}

func (m *Model[T]) newBuffers(training bool) *buffers[T] {
	return &buffers[T]{training: training, layers: make([]values[T], len(m.layers))}
}

// resize cuts the buffers to n images.
func (b *buffers[T]) resize(shapes []Shape, n int) {
	if n == b.n {
		return
	}
	if n > b.capacity {
		b.grow(shapes, n)
	}
	b.n = n
	b.src = b.src[:n*shapes[0].In]
	b.losses, b.predicted = b.losses[:n], b.predicted[:n]
	for i := range b.layers {
		v, s := &b.layers[i], shapes[i]
		v.dst = v.dst[:n*s.Out]
		if v.argmax != nil {
			v.argmax = v.argmax[:n*s.Out]
		}
		if b.training {
			v.dDst = v.dDst[:n*s.Out]
		}
	}
	b.link()
}

func (b *buffers[T]) grow(shapes []Shape, n int) {
	b.capacity = n
	b.src = make([]T, n*shapes[0].In)
	b.losses, b.predicted = make([]float64, n), make([]int32, n)
	for i := range b.layers {
		v, s := &b.layers[i], shapes[i]
		*v = values[T]{dst: make([]T, n*s.Out)}
		if b.training {
			v.dDst = make([]T, n*s.Out)
			if s.Kind == "maxpool" {
				v.argmax = make([]int32, n*s.Out)
			}
		}
	}
}

// link makes each layer's input the output of the one before.
func (b *buffers[T]) link() {
	b.layers[0].src = b.src
	for i := 1; i < len(b.layers); i++ {
		b.layers[i].src = b.layers[i-1].dst
		b.layers[i].dSrc = b.layers[i-1].dDst
	}
}

// logits returns the last layer's output and its gradient.
func (b *buffers[T]) logits() (dst, dDst []T) {
	last := &b.layers[len(b.layers)-1]
	return last.dst, last.dDst
}
