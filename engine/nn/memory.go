package nn

import (
	"cmp"
	"slices"
)

// memory is where what lies between a network's layers is kept for a batch. Its
// buffers share one block, each for the steps that it lives through alone:
//
//	step 0 … L−1      the layers forward
//	step L            the loss
//	step L+1 … 2L     the layers backward, the last first
//
// An output lives from its layer to the last that reads it, forward or, where
// that keeps it, backward; the gradient to it from the first backward layer that
// adds to it to its own layer's. So an output of which backward reads nothing
// makes room for the next, and without backward two or three buffers are left.
type memory struct {
	buffers []buffer
	image   int   // the number of the images' buffer
	outputs []int // of each layer's output's
	// Of each layer's gradients: to its output, to what it reads, and what that is
	// computed into where another layer has written the gradient before; −1 where
	// there is none.
	dOutput []int
	dInputs [][]dInput
}

// dInput is where a layer's backward pass puts the gradient to one of what it
// reads, and what that is then added to; −1 for nowhere.
type dInput struct{ to, sum int }

// buffer is for values of so many elements an image, from one step to another.
type buffer struct{ size, from, to int }

// planMemory finds what a network needs whose images have so many elements.
func planMemory(image int, shapes []Shape, training bool) memory {
	last := len(shapes)
	m := memory{outputs: make([]int, last), dOutput: make([]int, last), dInputs: make([][]dInput, last)}
	m.image = m.add(buffer{size: image, from: -1, to: -1})
	for i, s := range shapes {
		m.outputs[i] = m.add(buffer{s.Out, i, i})
	}
	for i, s := range shapes {
		back := 2*last - i
		for _, from := range s.From {
			m.extend(m.output(from), i)
			if training && s.keepsSrc {
				m.extend(m.output(from), back)
			}
		}
		if training && s.keepsDst {
			m.extend(m.outputs[i], back)
		}
	}
	m.extend(m.outputs[last-1], last)
	if training {
		m.addGradients(shapes)
	}
	return m
}

// addGradients plans backward's buffers.
func (m *memory) addGradients(shapes []Shape) {
	wanted, last := gradientsWanted(shapes), len(shapes)
	for i := range m.dOutput {
		m.dOutput[i] = -1
	}
	m.dOutput[last-1] = m.add(buffer{shapes[last-1].Out, last, last + 1})
	for i := last - 1; i >= 0; i-- {
		back := 2*last - i
		for _, from := range shapes[i].From {
			d := dInput{-1, -1}
			switch {
			case from < 0 || !wanted[from]:
			case m.dOutput[from] < 0:
				m.dOutput[from] = m.add(buffer{shapes[from].Out, back, 2*last - from})
				d.to = m.dOutput[from]
			default:
				d = dInput{m.add(buffer{shapes[from].Out, back, back}), m.dOutput[from]}
			}
			m.dInputs[i] = append(m.dInputs[i], d)
		}
	}
}

// gradientsWanted tells of each layer whether the gradient to its output is of
// use: whether it or what it reads has parameters.
func gradientsWanted(shapes []Shape) []bool {
	wanted := make([]bool, len(shapes))
	for i, s := range shapes {
		wanted[i] = len(s.Params) > 0 || slices.ContainsFunc(s.From, func(from int) bool { return from >= 0 && wanted[from] })
	}
	return wanted
}

func (m *memory) add(b buffer) int {
	m.buffers = append(m.buffers, b)
	return len(m.buffers) - 1
}

// extend lets a buffer live to a step.
func (m *memory) extend(buffer, step int) { m.buffers[buffer].to = max(m.buffers[buffer].to, step) }

// output returns the number of a layer's output's buffer, of the images' for −1.
func (m *memory) output(layer int) int {
	if layer < 0 {
		return m.image
	}
	return m.outputs[layer]
}

// lineElements keeps the buffers' begins apart from each other's cache lines.
const lineElements = 16

// place finds where in the block each buffer begins for a batch of n images, and
// how long the block is: the largest first, each as far in front as no other
// that lives at the same time forbids.
func (m *memory) place(n int) (begins []int, length int) {
	order := make([]int, len(m.buffers))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(m.buffers[b].size, m.buffers[a].size) })
	begins = make([]int, len(m.buffers))
	var placed []int // by where they begin
	for _, i := range order {
		b, at := m.buffers[i], 0
		size := b.length(n)
		for _, p := range placed {
			o := m.buffers[p]
			if o.from > b.to || o.to < b.from {
				continue
			}
			if begins[p] >= at+size {
				break
			}
			at = max(at, begins[p]+o.length(n))
		}
		begins[i] = at
		length = max(length, at+size)
		where, _ := slices.BinarySearchFunc(placed, at, func(p, at int) int { return cmp.Compare(begins[p], at) })
		placed = slices.Insert(placed, where, i)
	}
	return begins, length
}

// length is how much room a buffer takes for n images.
func (b buffer) length(n int) int {
	return (n*b.size + lineElements - 1) / lineElements * lineElements
}

// Footprint is what a network keeps in memory, in numbers of its precision.
type Footprint struct {
	Params int
	// Gradients are those to parameters. Plain SGD needs none for dense layers.
	Gradients int
	// Values lie between the layers of a batch, with their gradients in a
	// training: less than all layers' together, since they take turns.
	Values int
	Notes  int // whole numbers of 4 bytes, such as max-pooling's argmax
}

// Footprint returns what inference or training on batches of so many images keeps
// in memory, beside the workers' workspaces and what an optimiser remembers. Its
// error is that of [Network.Shapes].
func (n Network) Footprint(batch int, training bool) (Footprint, error) {
	shapes, err := n.Shapes()
	if err != nil {
		return Footprint{}, err
	}
	m := planMemory(n.Input.Len(), shapes, training)
	var f Footprint
	_, f.Values = m.place(batch)
	for _, s := range shapes {
		for _, p := range s.Params {
			f.Params += p.Len()
		}
		if training {
			f.Notes += batch * s.notes
		}
	}
	if training {
		f.Gradients = f.Params
	}
	return f, nil
}
