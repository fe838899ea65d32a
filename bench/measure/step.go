package measure

import (
	"fmt"
	"math/rand/v2"

	"github.com/unslide/unslide/bench/shapes"
	"github.com/unslide/unslide/engine"
	"github.com/unslide/unslide/engine/gemm"
	"github.com/unslide/unslide/engine/nn"
	"github.com/unslide/unslide/naive"
)

// ArticleFLOP is the operations of one image's training step of the article's
// network: each layer's product forward and for both gradients, but for the
// first layer's gradient to the image, which nobody needs.
func ArticleFLOP() float64 {
	list, err := shapes.Layers("article")
	if err != nil {
		panic(err) // the file is part of the program and tested
	}
	conv1, conv2 := list.Layers[0].Geometry.FLOP(), list.Layers[1].Geometry.FLOP()
	return 2*conv1 + 3*conv2 + 3*2*(980*2000+2000*10)
}

// StepForms returns this process's ways to take a training step of the
// article's network: what Auto chooses, and lowering with each BLAS.
func StepForms(batch, workers int) ([]Form, error) {
	var forms []Form
	add := func(name string, opts ...engine.Option) error {
		m, err := nn.New[float32](nn.Article(), append(opts, engine.WithWorkers(workers))...)
		if err != nil {
			return fmt.Errorf("measure: %s: %w", name, err)
		}
		m.Init(1)
		l, err := nn.NewLearner(m, nn.ArticleOptimizer())
		if err != nil {
			return fmt.Errorf("measure: %s: %w", name, err)
		}
		images, labels := stepData(max(64, batch))
		size, next := m.InputLen(), 0
		forms = append(forms, Form{Unslide, name, func() {
			copy(l.Input(batch), images[next*size:(next+batch)*size])
			l.Step(labels[next:next+batch], 0.01)
			if next += batch; next+batch > len(labels) {
				next = 0
			}
		}})
		return nil
	}
	if err := add(AutoForm); err != nil {
		return nil, err
	}
	for _, b := range gemm.Backends() {
		if err := add(im2colName(b), engine.WithAlgorithm(engine.GEMM), engine.WithBLAS(b)); err != nil {
			return nil, err
		}
	}
	return forms, nil
}

func stepData(n int) (images []float32, labels []int32) {
	r := rand.New(rand.NewPCG(1, 2))
	images, labels = make([]float32, n*28*28), make([]int32, n)
	for i := range images {
		images[i] = r.Float32()
	}
	for i := range labels {
		labels[i] = int32(r.IntN(10))
	}
	return images, labels
}

// NaiveStep is the article's training step by the sliding reference.
func NaiveStep() (Form, error) {
	n, err := naive.New(naive.Article())
	if err != nil {
		return Form{}, err
	}
	m, err := nn.New[float32](nn.Article())
	if err != nil {
		return Form{}, err
	}
	m.Init(1)
	for i, t := range n.Tensors() {
		values := t.Values
		for j, w := range m.Params()[i].Data {
			values[j] = float64(w)
		}
		n.SetTensor(t.Name, values)
	}
	pixels, labels := stepData(64)
	images := make([]naive.Map, len(labels))
	for i := range images {
		images[i] = naive.NewMap(28, 28)
		for j := range 28 * 28 {
			images[i][j/28][j%28] = float64(pixels[i*28*28+j])
		}
	}
	next := 0
	return Form{Naive, Naive, func() {
		n.Step(images[next], int(labels[next]))
		next = (next + 1) % len(images)
	}}, nil
}
