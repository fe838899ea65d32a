package naive

import (
	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/gonum"
)

// Dense is a fully connected layer with Neurons outputs. As the article leaves
// its matrix products to numpy, these are gonum's plain Go BLAS. Weights are a
// matrix of inputs×Neurons, row-major: weights[i·Neurons+o] leads from input i
// to neuron o.
type Dense struct {
	Neurons    int
	Activation Activation
}

var products gonum.Implementation

// Forward computes y = activation(x·weights + bias). It panics unless there is
// a weight for each pair of an input and a neuron and a bias for each neuron.
func (l Dense) Forward(x, weights, bias []float64) (y []float64) {
	l.check(x, weights, bias)
	sum := append([]float64(nil), bias...)
	products.Dgemv(blas.Trans, len(x), l.Neurons, 1, weights, l.Neurons, x, 1, 1, sum, 1)
	if l.Activation == Softmax {
		return softmax(sum)
	}
	for i := range sum {
		sum[i] = l.Activation.apply(sum[i])
	}
	return sum
}

// Backward computes the gradients to the input, the weights and the biases from
// dy, the gradient to the output y that Forward returned.
func (l Dense) Backward(x, weights, y, dy []float64) (dx, dWeights, dBias []float64) {
	var dSum []float64 // dE/d(sum before the activation)
	if l.Activation == Softmax {
		dSum = softmaxGradient(y, dy)
	} else {
		for i := range y {
			dSum = append(dSum, dy[i]*l.Activation.derivative(y[i]))
		}
	}
	dx = make([]float64, len(x))
	products.Dgemv(blas.NoTrans, len(x), l.Neurons, 1, weights, l.Neurons, dSum, 1, 0, dx, 1)
	dWeights = make([]float64, len(weights))
	products.Dger(len(x), l.Neurons, 1, x, 1, dSum, 1, dWeights, l.Neurons)
	return dx, dWeights, dSum
}

func (l Dense) check(x, weights, bias []float64) {
	if len(x) == 0 || len(weights) != len(x)*l.Neurons || len(bias) != l.Neurons {
		panic("naive: Dense: want one weight for each pair of an input and a neuron, and one bias for each neuron")
	}
}
