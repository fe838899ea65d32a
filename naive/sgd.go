package naive

// SGD is a step of gradient descent: values −= rate·gradient.
func SGD(values, gradient []float64, rate float64) {
	for i := range values {
		values[i] -= rate * gradient[i]
	}
}

// SGDMaps is [SGD] for a layer's kernels.
func SGDMaps(kernels, gradient []Map, rate float64) {
	for k := range kernels {
		for i := range kernels[k] {
			SGD(kernels[k][i], gradient[k][i], rate)
		}
	}
}
