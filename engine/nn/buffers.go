package nn

import "github.com/unslide/unslide/engine"

// buffers hold what lies between the layers for a batch: they grow to the
// largest batch and are cut to the present one.
type buffers[T engine.Float] struct {
	model    *Model[T]
	memory   memory
	training bool // there is room for gradients
	capacity int  // images there is room for
	n        int

	block  []T
	begins []int // of each buffer in the block
	notes  [][]int32

	src       []T
	layers    []values[T]
	losses    []float64
	predicted []int32
}

func (m *Model[T]) newBuffers(training bool) *buffers[T] {
	b := &buffers[T]{model: m, training: training, memory: planMemory(m.InputLen(), m.shapes, training), notes: make([][]int32, len(m.shapes))}
	for i, s := range m.shapes {
		v := values[T]{src: make([][]T, len(s.From))}
		for _, p := range m.params[m.first[i] : m.first[i]+len(s.Params)] {
			v.params = append(v.params, p.Data)
		}
		if training {
			v.dSrc = make([][]T, len(s.From))
		}
		b.layers = append(b.layers, v)
	}
	return b
}

// resize cuts the buffers to n images.
func (b *buffers[T]) resize(n int) {
	if n == b.n {
		return
	}
	shapes := b.model.shapes
	if n > b.capacity {
		b.capacity = n
		var length int
		b.begins, length = b.memory.place(n)
		b.block = make([]T, length)
		b.losses, b.predicted = make([]float64, n), make([]int32, n)
		for i, s := range shapes {
			if b.training && s.notes > 0 {
				b.notes[i] = make([]int32, n*s.notes)
			}
		}
	}
	b.n = n
	b.losses, b.predicted = b.losses[:n], b.predicted[:n]
	b.src = b.cut(b.memory.image)
	for i := range b.layers {
		v, s := &b.layers[i], shapes[i]
		for k, from := range s.From {
			v.src[k] = b.cut(b.memory.output(from))
		}
		v.dst = b.cut(b.memory.outputs[i])
		if b.notes[i] != nil {
			v.notes = b.notes[i][:n*s.notes]
		}
		if b.training {
			v.dDst = b.cut(b.memory.dOutput[i])
			for k, d := range b.memory.dInputs[i] {
				v.dSrc[k] = b.cut(d.to)
			}
		}
	}
}

// cut returns a buffer's elements of the present batch, nil for none.
func (b *buffers[T]) cut(buffer int) []T {
	if buffer < 0 {
		return nil
	}
	at, length := b.begins[buffer], b.n*b.memory.buffers[buffer].size
	return b.block[at : at+length : at+length]
}

// logits returns the last layer's output and its gradient.
func (b *buffers[T]) logits() (dst, dDst []T) {
	last := &b.layers[len(b.layers)-1]
	return last.dst, last.dDst
}
