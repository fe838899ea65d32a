package naive

import (
	"errors"
	"fmt"
	"math"
)

// Settings are the article's model settings: the shapes, strides, centres and
// sizes of the network's layers.
type Settings struct {
	Rows, Cols int // of the image, one map
	Conv1      Conv
	Pool       MaxPool
	Conv2      Conv
	Hidden     Dense
	Output     Dense // softmax; one neuron a class
	Rate       float64
}

// Article returns the settings of the article's network: 28×28×1 → conv 2×2,
// stride 2, 5 maps, relu → max-pool 2×2, stride 2 → conv 3×3, centre (1, 1), 20
// maps, sigmoid → 980 values → dense 2000, sigmoid → dense 10, softmax.
func Article() Settings {
	return Settings{
		Rows: 28, Cols: 28,
		Conv1:  Conv{Slide{KH: 2, KW: 2, Stride: 2}, 5, ReLU},
		Pool:   MaxPool{Slide: Slide{KH: 2, KW: 2, Stride: 2}},
		Conv2:  Conv{Slide{KH: 3, KW: 3, Stride: 1, CenterRow: 1, CenterCol: 1}, 20, Sigmoid},
		Hidden: Dense{2000, Sigmoid},
		Output: Dense{10, Softmax},
		Rate:   0.01,
	}
}

// Experiment returns the settings of the article's experiment: mathematical
// convolution with the centres (1, 0) and (1, 2). The maps become 14×15, then
// 7×8, and the vector has 1120 values.
func Experiment() Settings {
	s := Article()
	s.Conv1.Convolution, s.Conv1.CenterRow, s.Conv1.CenterCol = true, 1, 0
	s.Conv2.Convolution, s.Conv2.CenterRow, s.Conv2.CenterCol = true, 1, 2
	return s
}

// Sizes are the rows and columns that follow from Settings.
type Sizes struct {
	Conv1Rows, Conv1Cols int
	PoolRows, PoolCols   int
	Conv2Rows, Conv2Cols int
	Vector               int // values between the second convolution and the hidden layer
}

// Sizes computes the layers' sizes. Its error names every layer that cannot
// work and why.
func (s Settings) Sizes() (z Sizes, err error) {
	if err := s.validate(); err != nil {
		return Sizes{}, err
	}
	z.Conv1Rows, z.Conv1Cols = s.Conv1.OutputSize(s.Rows, s.Cols)
	z.PoolRows, z.PoolCols = s.Pool.OutputSize(z.Conv1Rows, z.Conv1Cols)
	z.Conv2Rows, z.Conv2Cols = s.Conv2.OutputSize(z.PoolRows, z.PoolCols)
	z.Vector = z.Conv2Rows * z.Conv2Cols * s.Conv2.Maps
	for _, l := range []struct {
		layer string
		n     [4]int
	}{
		{"conv_1", [4]int{z.Conv1Rows, z.Conv1Cols, s.Conv1.Maps, 1}},
		{"conv_2", [4]int{z.Conv2Rows, z.Conv2Cols, s.Conv2.Maps, 1}},
		{"conv_2", [4]int{s.Conv1.Maps, s.Conv2.Maps, s.Conv2.KH, s.Conv2.KW}},
		{"fc_1", [4]int{z.Conv2Rows * z.Conv2Cols, s.Conv2.Maps, s.Hidden.Neurons, 1}},
		{"fc_2", [4]int{s.Hidden.Neurons, s.Output.Neurons, 1, 1}},
	} {
		product := float64(l.n[0]) * float64(l.n[1]) * float64(l.n[2]) * float64(l.n[3])
		if product > maxElements {
			err = errors.Join(err, fmt.Errorf("naive: %s: %.3g elements: want at most %d", l.layer, product, maxElements))
		}
	}
	return z, err
}

const (
	// maxElements bounds a layer's outputs and its weights.
	maxElements = 1 << 28
	// maxCount bounds the number of maps and of neurons.
	maxCount = 1 << 20
)

func (s Settings) validate() error {
	var errs []error
	fault := func(layer string, err error) {
		if err != nil {
			errs = append(errs, fmt.Errorf("naive: %s: %w", layer, err))
		}
	}
	number := func(what string, n int) error {
		if n < 1 || n > maxCount {
			return fmt.Errorf("%d %s: want 1 to %d", n, what, maxCount)
		}
		return nil
	}
	if s.Rows < 1 || s.Cols < 1 || s.Rows > maxSize || s.Cols > maxSize {
		fault("image", fmt.Errorf("%d×%d: want at least 1×1, at most %d each", s.Rows, s.Cols, maxSize))
	}
	for _, l := range []struct {
		layer string
		Conv
	}{{"conv_1", s.Conv1}, {"conv_2", s.Conv2}} {
		fault(l.layer, l.Slide.Validate())
		fault(l.layer, number("maps", l.Maps))
		fault(l.layer, l.Activation.validate(None, ReLU, Sigmoid))
	}
	fault("pool_1", s.Pool.Slide.Validate())
	fault("fc_1", number("neurons", s.Hidden.Neurons))
	fault("fc_1", s.Hidden.Activation.validate(None, ReLU, Sigmoid))
	fault("fc_2", number("neurons", s.Output.Neurons))
	fault("fc_2", s.Output.Activation.validate(Softmax))
	if !(s.Rate > 0) || math.IsInf(s.Rate, 1) {
		errs = append(errs, fmt.Errorf("naive: learning rate %v: want a finite number above 0", s.Rate))
	}
	return errors.Join(errs...)
}
