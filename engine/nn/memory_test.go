package nn

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/unslide/unslide/engine"
)

// residual is a network with what a chain has not: layers that two others read,
// a sum of three, an input that two layers read, sums of sums.
func residual() Network {
	conv := func(a engine.Activation) Conv { return Conv{Maps: 4, Kernel: Pair{3, 3}, Activation: a} }
	return Network{Input: Input{6, 5, 4}, Layers: []Layer{
		{Op: conv(engine.Tanh), Name: "stem"},
		{Op: conv(engine.Sigmoid), Name: "a"},
		{Op: conv(engine.None), Name: "b"},
		{Op: Add{}, Name: "sum", From: []string{"b", "stem", "input"}},
		{Op: conv(engine.Tanh), From: []string{"sum"}},
		{Op: Add{}, From: []string{"conv_1", "sum"}},
		{Op: MaxPool{Kernel: Pair{2, 2}}},
		{Op: Add{}, Name: "twice", From: []string{"pool_1", "pool_1"}},
		{Op: Dense{Units: 6, Activation: engine.Tanh}},
		{Op: Dense{Units: 3}},
	}}
}

func networks() map[string]Network {
	return map[string]Network{"article": small(), "strong": Strong(), "residual": residual()}
}

// TestMemoryIsNobodyElses derives from the layers alone when each value is still
// to be read, and looks that nothing is written there meanwhile.
func TestMemoryIsNobodyElses(t *testing.T) {
	for name, n := range networks() {
		shapes, err := n.Shapes()
		if err != nil {
			t.Fatal(err)
		}
		for _, training := range []bool{false, true} {
			for _, batch := range []int{1, 3, 128} {
				m := planMemory(n.Input.Len(), shapes, training)
				begins, length := m.place(batch)
				owner := make([]int, length) // of each element, the buffer that wrote it last, from 1
				write := func(b int) {
					for i := range batch * m.buffers[b].size {
						owner[begins[b]+i] = b + 1
					}
				}
				read := func(what string, layer, b int) {
					for i := range batch * m.buffers[b].size {
						if owner[begins[b]+i] != b+1 {
							t.Fatalf("%s, training %v, batch %d: %s reads of layer %d what another has overwritten", name, training, batch, what, layer)
						}
					}
				}
				write(m.image)
				for i, s := range shapes {
					for _, from := range s.From {
						read("forward", i, m.output(from))
					}
					write(m.outputs[i])
				}
				read("the loss", len(shapes)-1, m.outputs[len(shapes)-1])
				if !training {
					continue
				}
				write(m.dOutput[len(shapes)-1])
				for i := len(shapes) - 1; i >= 0; i-- {
					s := shapes[i]
					read("backward the gradient", i, m.dOutput[i])
					for k, from := range s.From {
						if s.keepsSrc {
							read("backward the input", i, m.output(from))
						}
						if d := m.dInputs[i][k]; d.to >= 0 {
							write(d.to)
						}
					}
					if s.keepsDst {
						read("backward the output", i, m.outputs[i])
					}
					for _, d := range m.dInputs[i] {
						if d.sum >= 0 {
							read("the sum", i, d.to)
							read("the sum", i, d.sum)
						}
					}
				}
			}
		}
	}
}

// A network of as many layers and reads as are allowed is planned in no time.
func TestMemoryOfManyReads(t *testing.T) {
	n := Network{Input: Input{1, 1, 1}}
	from := slices.Repeat([]string{imageName}, maxReads-2*maxLayers)
	n.Layers = append(n.Layers, Layer{Op: Conv{Maps: 1, Kernel: Pair{1, 1}}, Name: "a"}, Layer{Op: Add{}, From: append(from, "a")})
	for i := range maxLayers - 3 {
		n.Layers = append(n.Layers, Layer{Op: Add{}, From: []string{"a", fmt.Sprintf("add_%d", i+1)}})
	}
	n.Layers = append(n.Layers, Layer{Op: Dense{Units: 1}})
	f, err := n.Footprint(1, true)
	if err != nil || f.Params != 4 {
		t.Errorf("%+v, error %v: want 4 parameters", f, err)
	}
}

// Without backward the outputs of a chain take turns.
func TestMemoryIsUsedAgain(t *testing.T) {
	n := Network{Input: Input{8, 8, 4}}
	for range 20 {
		n.Layers = append(n.Layers, Layer{Op: Conv{Maps: 4, Kernel: Pair{3, 3}, Activation: engine.ReLU}})
	}
	n.Layers = append(n.Layers, Layer{Op: Dense{Units: 2}})
	shapes, err := n.Shapes()
	if err != nil {
		t.Fatal(err)
	}
	const image = 8 * 8 * 4
	infer := planMemory(n.Input.Len(), shapes, false)
	if _, length := infer.place(1); length > 2*image+lineElements {
		t.Errorf("%d elements for an image: want two outputs' %d", length, 2*image)
	}
	train := planMemory(n.Input.Len(), shapes, true)
	if _, length := train.place(1); length > 23*image+2*lineElements {
		t.Errorf("%d elements to train on an image: want the outputs' and two gradients' %d", length, 23*image)
	}
}

// TestDeadBuffersAreNotRead fills what nobody has to read with NaN before each
// step of a layer: no bit changes.
func TestDeadBuffersAreNotRead(t *testing.T) {
	for name, n := range networks() {
		const batch = 3
		r := rand.New(rand.NewPCG(1, 2))
		m, err := New[float32](n)
		if err != nil {
			t.Fatal(err)
		}
		m.Init(3)
		images, labels := make([]float32, batch*m.InputLen()), make([]int32, batch)
		for i := range images {
			images[i] = r.Float32()
		}
		gradients := func(poison bool) (all [][]float32) {
			b := m.newBuffers(true)
			for i, s := range m.shapes {
				for _, p := range s.Params {
					b.layers[i].gradients = append(b.layers[i].gradients, make([]float32, p.Len()))
				}
			}
			b.resize(batch)
			dead := func(step int) {
				alive := make([]bool, len(b.block))
				for k, v := range b.memory.buffers {
					if v.from < step && step <= v.to || v.from == step && k == b.memory.image {
						for i := range batch * v.size {
							alive[b.begins[k]+i] = true
						}
					}
				}
				for i := range b.block {
					if poison && !alive[i] {
						b.block[i] = float32(math.NaN())
					}
				}
			}
			copy(b.src, images)
			for i, l := range m.layers {
				dead(i)
				l.forward(&b.layers[i])
			}
			dead(len(m.layers))
			logits, dLogits := b.logits()
			m.loss.Loss(dLogits, b.losses, b.predicted, logits, labels)
			for i := len(m.layers) - 1; i >= 0; i-- {
				dead(2*len(m.layers) - i)
				m.backward(b, i)
			}
			for _, v := range b.layers {
				all = append(all, v.gradients...)
			}
			return all
		}
		want, got := gradients(false), gradients(true)
		for i := range want {
			if !slices.Equal(got[i], want[i]) { // a NaN is unequal
				t.Errorf("%s: gradient to %s: other bits, or NaN", name, m.Params()[i].Name)
			}
		}
	}
}
