package naive

import (
	"fmt"
	"math"
)

// Activation is the name of the function applied to a layer's sums.
type Activation string

// The activations. Softmax is for the last layer only.
const (
	None    Activation = "none"    // x
	ReLU    Activation = "relu"    // max(x, 0)
	Sigmoid Activation = "sigmoid" // 1/(1+e⁻ˣ)
	Softmax Activation = "softmax" // e^x / Σ e^x
)

func (a Activation) validate(allowed ...Activation) error {
	for _, b := range allowed {
		if a == b {
			return nil
		}
	}
	return fmt.Errorf("activation %q: want one of %q", string(a), allowed)
}

// apply returns the activation of x.
func (a Activation) apply(x float64) float64 {
	switch a {
	case ReLU:
		if x < 0 {
			return 0
		}
		return x
	case Sigmoid:
		return 1 / (1 + math.Exp(-x))
	default:
		return x
	}
}

// derivative returns dy/dx from the activation's value y, as the article does:
// the value says enough.
func (a Activation) derivative(y float64) float64 {
	switch a {
	case ReLU:
		if y > 0 {
			return 1
		}
		return 0
	case Sigmoid:
		return y * (1 - y)
	default:
		return 1
	}
}

// softmax returns e^x / Σ e^x. The largest x is taken off first, which changes
// nothing but that e^x cannot overflow.
func softmax(x []float64) []float64 {
	largest := math.Inf(-1)
	for _, v := range x {
		largest = max(largest, v)
	}
	y, sum := make([]float64, len(x)), 0.0
	for i, v := range x {
		y[i] = math.Exp(v - largest)
		sum += y[i]
	}
	for i := range y {
		y[i] /= sum
	}
	return y
}

// softmaxGradient returns dE/dx from y = softmax(x) and dE/dy, by the matrix of
// all derivatives: dy[i]/dx[j] is y[i]·(1−y[i]) where i = j, else −y[i]·y[j].
func softmaxGradient(y, dy []float64) []float64 {
	dx := make([]float64, len(y))
	for j := range dx {
		for i := range y {
			if i == j {
				dx[j] += dy[i] * y[i] * (1 - y[i])
			} else {
				dx[j] -= dy[i] * y[i] * y[j]
			}
		}
	}
	return dx
}

// CrossEntropy returns −ln of the probability that was given to the label.
func CrossEntropy(probability []float64, label int) float64 {
	return -math.Log(probability[label])
}

// CrossEntropyGradient returns dE/dprobability: −1/p at the label, else zero.
func CrossEntropyGradient(probability []float64, label int) []float64 {
	d := make([]float64, len(probability))
	d[label] = -1 / probability[label]
	return d
}
