package nn

import (
	"fmt"
	"math"
	"math/rand/v2"
	"sync"
	"testing"

	"github.com/unslide/unslide/engine"
	"github.com/unslide/unslide/engine/data"
	"github.com/unslide/unslide/naive"
)

func fmtInts(v []int) string { return fmt.Sprint(v) }

// reference returns the sliding network with the model's parameters.
func reference(t *testing.T, s naive.Settings, m *Model[float64]) *naive.Network {
	t.Helper()
	n, err := naive.New(s)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range m.Params() {
		n.SetTensor(p.Name, p.Data)
	}
	return n
}

// imagesOf returns a source's images in float64: what it gives in float32.
func imagesOf(t *testing.T, s data.Source) (images []float64) {
	t.Helper()
	x := make([]float32, s.Shape().Len())
	for i := range s.Len() {
		if err := s.Read(x, i); err != nil {
			t.Fatal(err)
		}
		for _, v := range x {
			images = append(images, float64(v))
		}
	}
	return images
}

func imageMap(pixels []float64, rows, cols int) naive.Map {
	m := naive.NewMap(rows, cols)
	for i := range m {
		copy(m[i], pixels[i*cols:])
	}
	return m
}

// TestBatchIsTheMeanGradient compares a step on a batch with the mean of the
// steps that the sliding network takes on each of its images from the same
// parameters.
func TestBatchIsTheMeanGradient(t *testing.T) {
	for name, c := range map[string]struct {
		network  Network
		settings naive.Settings
	}{
		"article":    {small(), naive.Article()},
		"experiment": {ArticleExperiment(), naive.Experiment()},
	} {
		t.Run(name, func(t *testing.T) {
			c.network.Layers[3].Op, c.settings.Hidden.Neurons = Dense{Units: 7, Activation: engine.Sigmoid}, 7
			const batch = 3
			c.settings.Rate = batch
			set := thousand(t).Slice(0, batch)
			m, err := New[float64](c.network)
			if err != nil {
				t.Fatal(err)
			}
			m.Init(1)
			l, err := NewLearner(m, Optimizer{Method: SGD, Rate: batch, Schedule: Constant})
			if err != nil {
				t.Fatal(err)
			}
			want := map[string][]float64{}
			loss := make([]float64, batch)
			for i := range batch {
				n := reference(t, c.settings, m)
				loss[i], _ = n.Step(imageMap(imagesOf(t, set.Slice(i, i+1)), 28, 28), int(set.Label(i)))
				for _, after := range n.Tensors() {
					if want[after.Name] == nil {
						want[after.Name] = make([]float64, len(after.Values))
					}
					for k, x := range after.Values {
						want[after.Name][k] += x / batch
					}
				}
			}
			copy(l.Input(batch), imagesOf(t, set))
			labels := make([]int32, batch)
			for i := range labels {
				labels[i] = set.Label(i)
			}
			losses, _ := l.Step(labels, batch)
			for i := range loss {
				if !(math.Abs(losses[i]-loss[i]) <= 1e-12*loss[i]) {
					t.Errorf("loss of image %d: %v, the sliding network %v", i, losses[i], loss[i])
				}
			}
			for _, p := range m.Params() {
				for k, x := range p.Data {
					if w := want[p.Name][k]; !(math.Abs(x-w) <= 1e-12*max(1, math.Abs(w))) {
						t.Fatalf("%s[%d] = %v after the step, the sliding network %v", p.Name, k, x, w)
					}
				}
			}
		})
	}
}

// TestGradientByDifferences compares the gradient, seen in a step of SGD, with
// the loss's central differences, for layers that the article does not have.
func TestGradientByDifferences(t *testing.T) {
	chain := Network{Input: Input{7, 8, 2}, Layers: []Layer{
		{Op: Conv{Maps: 4, Kernel: Pair{3, 2}, Stride: Pair{2, 1}, Groups: 2, Padding: Padding{Explicit, 1, 1, 0, 1}, Activation: engine.Tanh}},
		{Op: Conv{Maps: 3, Kernel: Pair{2, 2}, Dilation: Pair{1, 2}, Mode: Convolution, Activation: engine.Sigmoid}},
		{Op: MaxPool{Kernel: Pair{3, 2}, Stride: Pair{1, 2}}},
		{Op: Dense{Units: 6, Activation: engine.Tanh}},
		{Op: Dense{Units: 3}},
	}}
	means := Network{Input: Input{7, 8, 2}, Layers: []Layer{
		{Op: Conv{Maps: 8, Kernel: Pair{3, 3}, Activation: engine.Tanh}},
		{Op: AvgPool{Kernel: Pair{3, 2}, Stride: Pair{2, 1}, Padding: Padding{Explicit, 1, 0, 0, 1}}},
		{Op: Conv{Maps: 6, Kernel: Pair{2, 3}, Activation: engine.Sigmoid}},
		{Op: Conv{Maps: 3, Kernel: Pair{3, 3}}},
		{Op: AvgPool{}},
	}}
	for name, n := range map[string]Network{"chain": chain, "residual": residual(), "means": means} {
		t.Run(name, func(t *testing.T) { gradientByDifferences(t, n) })
	}
}

// gradientByDifferences checks a network of three classes.
func gradientByDifferences(t *testing.T, n Network) {
	const batch = 2
	r := rand.New(rand.NewPCG(5, 6))
	images := make([]float64, batch*n.Input.Len())
	for i := range images {
		images[i] = r.NormFloat64()
	}
	labels := []int32{2, 0}
	m, err := New[float64](n)
	if err != nil {
		t.Fatal(err)
	}
	m.Init(2)
	for _, p := range m.Params() { // larger weights, so that every layer matters
		for i := range p.Data {
			p.Data[i] *= 4
		}
	}
	start := m.Weights()
	probabilities := make([]float64, batch*3)
	loss := func() float64 {
		m.Probabilities(probabilities, images)
		return -(math.Log(probabilities[2]) + math.Log(probabilities[3])) / batch
	}
	l, err := NewLearner(m, ArticleOptimizer())
	if err != nil {
		t.Fatal(err)
	}
	const rate = 1.0 / 1024
	copy(l.Input(batch), images)
	losses, _ := l.Step(labels, rate)
	after := m.Weights()
	if err := m.SetWeights(start); err != nil {
		t.Fatal(err)
	}
	if want, got := loss(), (losses[0]+losses[1])/batch; !(math.Abs(got-want) <= 1e-12) {
		t.Errorf("loss %v, by the probabilities %v", got, want)
	}
	checked := 0
	for i, p := range m.Params() {
		for k := 0; k < len(p.Data); k += 1 + len(p.Data)/40 {
			const h = 1e-5
			w := p.Data[k]
			p.Data[k] = w + h
			up := loss()
			p.Data[k] = w - h
			want := (up - loss()) / (2 * h)
			p.Data[k] = w
			got := (w - after.Tensors[i].Float64[k]) / rate
			if !(math.Abs(got-want) <= 1e-7*max(1, math.Abs(want))) {
				t.Errorf("gradient to %s[%d]: %v, by differences %v", p.Name, k, got, want)
			}
			checked++
		}
	}
	if checked < 100 {
		t.Errorf("%d gradients checked, want 100 and more", checked)
	}
}

// TestEvaluateAsTheReference compares with the sliding network over more images
// than one batch.
func TestEvaluateAsTheReference(t *testing.T) {
	w, err := ReadWeights(articlesFile)
	if err != nil {
		t.Fatal(err)
	}
	n, err := w.NetworkOrArticle()
	if err != nil {
		t.Fatal(err)
	}
	m, err := New[float64](n)
	if err != nil {
		t.Fatal(err)
	}
	if err := m.SetWeights(w); err != nil {
		t.Fatal(err)
	}
	settings := naive.Article()
	settings.Hidden.Neurons = 4
	ref := reference(t, settings, m)
	set := thousand(t).Slice(100, 100+evaluationBatch+9)
	e, err := m.Evaluate(t.Context(), set, nil)
	if err != nil {
		t.Fatal(err)
	}
	images := imagesOf(t, set)
	probabilities := make([]float64, set.Len()*10)
	m.Probabilities(probabilities, images)
	correct, sum := 0, 0.0
	for i := range set.Len() {
		o := ref.Forward(imageMap(images[i*784:(i+1)*784], 28, 28), int(set.Label(i)))
		for k, want := range o.Probabilities {
			if got := probabilities[i*10+k]; !(math.Abs(got-want) <= 1e-12) {
				t.Fatalf("image %d, digit %d: probability %v, the sliding network %v", i, k, got, want)
			}
		}
		if !(math.Abs(e.Losses[i]-o.Loss) <= 1e-12*max(1, o.Loss)) {
			t.Fatalf("image %d: loss %v, the sliding network %v", i, e.Losses[i], o.Loss)
		}
		digit := naive.Largest(o.Probabilities)
		if int(e.Predicted[i]) != digit {
			t.Errorf("image %d: %d predicted, the sliding network %d", i, e.Predicted[i], digit)
		}
		if digit == int(set.Label(i)) {
			correct++
		}
		sum += o.Loss
	}
	if e.Images != set.Len() || e.Correct != correct || !(math.Abs(e.Loss-sum/float64(set.Len())) <= 1e-12) {
		t.Errorf("%d of %d right, loss %v; the sliding network %d, %v", e.Correct, e.Images, e.Loss, correct, sum/float64(set.Len()))
	}
}

// TestManyAskAtOnce asks one model from several goroutines.
func TestManyAskAtOnce(t *testing.T) {
	m, err := New[float32](small(), engine.WithWorkers(2))
	if err != nil {
		t.Fatal(err)
	}
	m.Init(1)
	set := thousand(t).Slice(0, 150)
	want, err := m.Evaluate(t.Context(), set, nil)
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for range 3 {
				got, err := m.Evaluate(t.Context(), set, nil)
				if err != nil || got.Correct != want.Correct || got.Loss != want.Loss {
					t.Errorf("%d right, loss %v, error %v: want %d, %v", got.Correct, got.Loss, err, want.Correct, want.Loss)
				}
			}
		})
	}
	wg.Wait()
}
