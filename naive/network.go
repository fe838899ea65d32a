package naive

import "time"

// Network is the article's network with its parameters.
type Network struct {
	Parameters
	// Trace, if set, is told how long each of the 14 steps took: the step's
	// name, one of Steps, and whether it belongs to the way forward.
	Trace func(step string, forward bool, d time.Duration)

	settings Settings
	sizes    Sizes
}

// Steps are the names of the steps in the order of the way forward. The way
// back has the same in reverse: 14 steps in all.
var Steps = [7]string{"conv_1", "pool_1", "conv_2", "vector", "fc_1", "fc_2", "loss"}

// New returns a network whose parameters are all zero. Its error names every
// layer that cannot work.
func New(s Settings) (*Network, error) {
	z, err := s.Sizes()
	if err != nil {
		return nil, err
	}
	return &Network{
		Parameters: Parameters{
			ConvW1: newMaps(s.Conv1.Maps, s.Conv1.KH, s.Conv1.KW),
			ConvB1: make([]float64, s.Conv1.Maps),
			ConvW2: newMaps(s.Conv1.Maps*s.Conv2.Maps, s.Conv2.KH, s.Conv2.KW),
			ConvB2: make([]float64, s.Conv2.Maps),
			FCW1:   make([]float64, z.Vector*s.Hidden.Neurons),
			FCB1:   make([]float64, s.Hidden.Neurons),
			FCW2:   make([]float64, s.Hidden.Neurons*s.Output.Neurons),
			FCB2:   make([]float64, s.Output.Neurons),
		},
		settings: s,
		sizes:    z,
	}, nil
}

// Settings returns the settings that the network was made from.
func (n *Network) Settings() Settings { return n.settings }

// Sizes returns the sizes of the network's layers.
func (n *Network) Sizes() Sizes { return n.sizes }

// Outputs are what the steps of the way forward computed for one image; the
// way back needs them.
type Outputs struct {
	Image         []Map
	Conv1         []Map
	Pool          []Map
	Argmax        [][][]Position // where the pool's elements came from
	Conv2         []Map
	Vector        []float64
	Hidden        []float64
	Probabilities []float64
	Label         int
	Loss          float64
}

// Step trains on one image: the way forward, the way back, and the change of
// every parameter. It returns the loss before the change, and whether the
// label had the largest probability.
func (n *Network) Step(image Map, label int) (loss float64, correct bool) {
	o := n.Forward(image, label)
	n.Backward(o)
	return o.Loss, Largest(o.Probabilities) == label
}

// Predict returns each class's probability.
func (n *Network) Predict(image Map) []float64 { return n.Forward(image, 0).Probabilities }

// Forward takes the seven steps forward. It panics if the image is not of the
// settings' size or the label is no class.
func (n *Network) Forward(image Map, label int) (o Outputs) {
	if image.Rows() != n.settings.Rows || image.Cols() != n.settings.Cols {
		panic("naive: Forward: the image is not of the settings' size")
	}
	if !within(label, n.settings.Output.Neurons) {
		panic("naive: Forward: the label is no class")
	}
	s, p, timer := &n.settings, &n.Parameters, n.timer(true)
	o.Image, o.Label = []Map{image}, label

	o.Conv1 = s.Conv1.Forward(o.Image, p.ConvW1, p.ConvB1)
	timer("conv_1")
	o.Pool, o.Argmax = s.Pool.Forward(o.Conv1)
	timer("pool_1")
	o.Conv2 = s.Conv2.Forward(o.Pool, p.ConvW2, p.ConvB2)
	timer("conv_2")
	o.Vector = Vector(o.Conv2)
	timer("vector")
	o.Hidden = s.Hidden.Forward(o.Vector, p.FCW1, p.FCB1)
	timer("fc_1")
	o.Probabilities = s.Output.Forward(o.Hidden, p.FCW2, p.FCB2)
	timer("fc_2")
	o.Loss = CrossEntropy(o.Probabilities, label)
	timer("loss")
	return o
}

// Backward takes the seven steps back. Each layer with parameters first hands
// the gradient on, then changes its parameters by a step of gradient descent.
func (n *Network) Backward(o Outputs) {
	s, p, z, timer := &n.settings, &n.Parameters, n.sizes, n.timer(false)

	dProbabilities := CrossEntropyGradient(o.Probabilities, o.Label)
	timer("loss")
	dHidden, dW, dB := s.Output.Backward(o.Hidden, p.FCW2, o.Probabilities, dProbabilities)
	SGD(p.FCW2, dW, s.Rate)
	SGD(p.FCB2, dB, s.Rate)
	timer("fc_2")
	dVector, dW, dB := s.Hidden.Backward(o.Vector, p.FCW1, o.Hidden, dHidden)
	SGD(p.FCW1, dW, s.Rate)
	SGD(p.FCB1, dB, s.Rate)
	timer("fc_1")
	dConv2 := Maps(dVector, s.Conv2.Maps, z.Conv2Rows, z.Conv2Cols)
	timer("vector")
	dPool, dKernels, dB := s.Conv2.Backward(o.Pool, p.ConvW2, o.Conv2, dConv2)
	SGDMaps(p.ConvW2, dKernels, s.Rate)
	SGD(p.ConvB2, dB, s.Rate)
	timer("conv_2")
	dConv1 := s.Pool.Backward(dPool, o.Argmax, z.Conv1Rows, z.Conv1Cols)
	timer("pool_1")
	_, dKernels, dB = s.Conv1.Backward(o.Image, p.ConvW1, o.Conv1, dConv1)
	SGDMaps(p.ConvW1, dKernels, s.Rate)
	SGD(p.ConvB1, dB, s.Rate)
	timer("conv_1")
}

// timer returns a function to be called after each step. It does nothing
// unless somebody traces.
func (n *Network) timer(forward bool) (done func(step string)) {
	if n.Trace == nil {
		return func(string) {}
	}
	start := time.Now()
	return func(step string) {
		n.Trace(step, forward, time.Since(start))
		start = time.Now()
	}
}

// Largest returns the index of the largest value, the first of equal ones.
func Largest(values []float64) int {
	best := 0
	for i, v := range values {
		if v > values[best] {
			best = i
		}
	}
	return best
}
