package sliding

import "github.com/unslide/unslide/naive"

// Dense computes a dense layer of so many inputs and outputs on n images, image
// by image. Its filter is [inputs][outputs].
func Dense(inputs, outputs, n int, act naive.Activation, d Data) (r Result) {
	l := naive.Dense{Neurons: outputs, Activation: act}
	r.DFilter, r.DBias = make([]float64, inputs*outputs), make([]float64, outputs)
	for i := range n {
		x := d.Src[i*inputs : (i+1)*inputs]
		y := l.Forward(x, d.Filter, d.Bias)
		dx, dWeights, dBias := l.Backward(x, d.Filter, y, d.DDst[i*outputs:(i+1)*outputs])
		r.Dst, r.DSrc = append(r.Dst, y...), append(r.DSrc, dx...)
		naive.SGD(r.DFilter, dWeights, -1) // adds
		naive.SGD(r.DBias, dBias, -1)
	}
	return r
}
