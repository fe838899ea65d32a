package naive

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestSizes(t *testing.T) {
	for _, c := range []struct {
		name string
		s    Settings
		want Sizes
	}{
		{"article", Article(), Sizes{14, 14, 7, 7, 7, 7, 980}},
		{"experiment", Experiment(), Sizes{14, 15, 7, 8, 7, 8, 1120}},
	} {
		if got, err := c.s.Sizes(); err != nil || got != c.want {
			t.Errorf("%s: %+v, %v, want %+v", c.name, got, err, c.want)
		}
	}
}

func TestSizesRefused(t *testing.T) {
	for _, c := range []struct {
		change func(*Settings)
		want   []string
	}{
		{func(s *Settings) { s.Conv2.CenterCol = 3 }, []string{"naive: conv_2: centre (1, 3): want inside the 3×3 kernel"}},
		{func(s *Settings) { s.Conv1.KH, s.Pool.Stride = 0, 0 }, []string{"naive: conv_1: kernel 0×2", "naive: pool_1: stride 0"}},
		{func(s *Settings) { s.Conv1.Maps = -1 }, []string{"naive: conv_1: -1 maps"}},
		{func(s *Settings) { s.Conv2.Activation = Softmax }, []string{`naive: conv_2: activation "softmax"`}},
		{func(s *Settings) { s.Hidden.Neurons = 0 }, []string{"naive: fc_1: 0 neurons"}},
		{func(s *Settings) { s.Hidden.Neurons = maxCount }, []string{"naive: fc_1: 1.03e+09 elements"}},
		{func(s *Settings) { s.Output.Activation = "" }, []string{`naive: fc_2: activation ""`}},
		{func(s *Settings) { s.Rows = math.MaxInt32 }, []string{"naive: image: 2147483647×28"}},
		{func(s *Settings) { s.Rate = math.NaN() }, []string{"naive: learning rate NaN"}},
	} {
		s := Article()
		c.change(&s)
		n, err := New(s)
		if err == nil || n != nil {
			t.Errorf("%q: accepted", c.want)
			continue
		}
		for _, w := range c.want {
			if !strings.Contains(err.Error(), w) {
				t.Errorf("error %q does not say %q", err, w)
			}
		}
	}
}

// small is a network with every property: both modes, centres off the middle,
// strides, several maps, windows that overlap.
func small() Settings {
	return Settings{
		Rows: 9, Cols: 8,
		Conv1:  Conv{Slide{KH: 3, KW: 2, Stride: 2, CenterRow: 2, Convolution: true}, 3, Sigmoid},
		Pool:   MaxPool{Slide{KH: 2, KW: 3, Stride: 1, CenterCol: 1}, true},
		Conv2:  Conv{Slide{KH: 2, KW: 3, Stride: 1, CenterCol: 2}, 4, Sigmoid},
		Hidden: Dense{7, Sigmoid},
		Output: Dense{5, Softmax},
		Rate:   1,
	}
}

func random(rng *rand.Rand, n int) []float64 {
	v := make([]float64, n)
	for i := range v {
		v[i] = rng.NormFloat64()
	}
	return v
}

// TestGradients compares a step with rate 1, which moves each parameter by its
// gradient, with the loss's difference quotients.
func TestGradients(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	n := newNetwork(t, small())
	start := n.Tensors()
	for _, p := range start {
		copy(p.Values, random(rng, len(p.Values)))
	}
	set := func() {
		for _, p := range start {
			n.SetTensor(p.Name, p.Values)
		}
	}
	image, label := MapOf(9, 8, random(rng, 72)), 3

	set()
	n.Step(image, label)
	checked := 0
	const h = 1e-5
	for i, after := range n.Tensors() {
		p := start[i]
		for j, v := range p.Values {
			p.Values[j] = v + h
			set()
			above := n.Forward(image, label).Loss
			p.Values[j] = v - h
			set()
			below := n.Forward(image, label).Loss
			p.Values[j] = v
			got, want := v-after.Values[j], (above-below)/(2*h)
			if !(math.Abs(got-want) <= 1e-8) {
				t.Errorf("%s[%d]: gradient %g, difference quotient %g", p.Name, j, got, want)
			}
			checked++
		}
	}
	if checked != 3*2*3+3+2*3*3*4+4+n.Sizes().Vector*7+7+7*5+5 {
		t.Errorf("checked %d parameters", checked)
	}
}

func TestTensors(t *testing.T) {
	n := newNetwork(t, small())
	// conv_w_2 in TensorFlow's order: w[kh][kw][ci][co] = kernels[ci·4+co][kh][kw].
	var values []float64
	for kh := range 2 {
		for kw := range 3 {
			for ci := range 3 {
				for co := range 4 {
					values = append(values, float64(1000*kh+100*kw+10*ci+co))
				}
			}
		}
	}
	n.SetTensor("conv_w_2", values)
	if got := n.ConvW2[2*4+3][1][0]; got != 1023 {
		t.Errorf("kernel from map 2 to map 3, row 1, column 0: %v, want 1023", got)
	}
	for _, p := range n.Tensors() {
		size := 1
		for _, d := range p.Shape {
			size *= d
		}
		if size != len(p.Values) {
			t.Errorf("%s: %d values of shape %v", p.Name, len(p.Values), p.Shape)
		}
		if p.Name == "conv_w_2" && !slices.Equal(p.Values, values) {
			t.Errorf("conv_w_2 came back as %v", p.Values)
		}
	}
}

func TestTraceHook(t *testing.T) {
	n := newNetwork(t, small())
	var got []string
	n.Trace = func(step string, forward bool, d time.Duration) {
		got = append(got, fmt.Sprint(step, " ", forward))
		if d < 0 {
			t.Errorf("%s took %v", step, d)
		}
	}
	n.Step(NewMap(9, 8), 0)
	var want []string
	for _, s := range Steps {
		want = append(want, s+" true")
	}
	for _, s := range slices.Backward(Steps[:]) {
		want = append(want, s+" false")
	}
	if !slices.Equal(got, want) || len(got) != 14 {
		t.Errorf("steps %v, want %v", got, want)
	}
}

func TestPanics(t *testing.T) {
	n := newNetwork(t, small())
	for name, misuse := range map[string]func(){
		"image":   func() { n.Forward(NewMap(8, 8), 0) },
		"label":   func() { n.Forward(NewMap(9, 8), 5) },
		"tensor":  func() { n.SetTensor("conv_w_3", nil) },
		"filter":  func() { n.SetTensor("conv_w_1", make([]float64, 17)) },
		"values":  func() { n.SetTensor("fc_b_1", nil) },
		"map":     func() { MapOf(2, 2, make([]float64, 3)) },
		"vector":  func() { Maps(make([]float64, 3), 2, 2, 1) },
		"kernels": func() { Conv{Slide{KH: 1, KW: 1, Stride: 1}, 2, None}.Forward([]Map{NewMap(1, 1)}, nil, nil) },
		"weights": func() { Dense{2, None}.Forward([]float64{1}, nil, nil) },
	} {
		func() {
			defer func() {
				if message, ok := recover().(string); !ok || !strings.HasPrefix(message, "naive: ") {
					t.Errorf("%s: panicked with %q", name, message)
				}
			}()
			misuse()
		}()
	}
}
