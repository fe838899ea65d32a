package naive

// Convolve slides one kernel over one map. Each output is the sum of the
// products of the kernel elements and the input elements they lie on; elements
// outside the input do not count.
func (s Slide) Convolve(x, kernel Map) Map {
	y := NewMap(s.OutputSize(x.Rows(), x.Cols()))
	for oh := range y.Rows() {
		for ow := range y.Cols() {
			sum := 0.0
			for kh := range s.KH {
				for kw := range s.KW {
					h, w := s.row(oh, kh), s.col(ow, kw)
					if within(h, x.Rows()) && within(w, x.Cols()) {
						sum += x[h][w] * kernel[kh][kw]
					}
				}
			}
			y[oh][ow] = sum
		}
	}
	return y
}

// KernelGradient is the gradient of one kernel: dE/dw[kh][kw] is the sum over
// the outputs of dE/dy times the input element under kernel element (kh, kw).
// The output's gradient slides over the input as the kernel did.
func (s Slide) KernelGradient(x, dy Map) Map {
	dKernel := NewMap(s.KH, s.KW)
	for kh := range s.KH {
		for kw := range s.KW {
			sum := 0.0
			for oh := range dy.Rows() {
				for ow := range dy.Cols() {
					h, w := s.row(oh, kh), s.col(ow, kw)
					if within(h, x.Rows()) && within(w, x.Cols()) {
						sum += x[h][w] * dy[oh][ow]
					}
				}
			}
			dKernel[kh][kw] = sum
		}
	}
	return dKernel
}

// InputGradient is the gradient of one input map of rows×cols: dE/dx[h][w] is
// the sum, over the outputs whose kernel covers (h, w), of dE/dy times the
// kernel element that lies there. As in the article every output is asked.
func (s Slide) InputGradient(dy, kernel Map, rows, cols int) Map {
	dx := NewMap(rows, cols)
	for h := range rows {
		for w := range cols {
			sum := 0.0
			for oh := range dy.Rows() {
				for ow := range dy.Cols() {
					kh, kw := s.kernelRow(oh, h), s.kernelCol(ow, w)
					if within(kh, s.KH) && within(kw, s.KW) {
						sum += dy[oh][ow] * kernel[kh][kw]
					}
				}
			}
			dx[h][w] = sum
		}
	}
	return dx
}

// kernelRow returns the kernel row that lies on input row h when the centre is
// at output row oh: row, solved for kh. It may lie outside the kernel.
func (s *Slide) kernelRow(oh, h int) int {
	if s.Convolution {
		return s.CenterRow + oh*s.Stride - h
	}
	return s.CenterRow + h - oh*s.Stride
}

// kernelCol is kernelRow for columns.
func (s *Slide) kernelCol(ow, w int) int {
	if s.Convolution {
		return s.CenterCol + ow*s.Stride - w
	}
	return s.CenterCol + w - ow*s.Stride
}

// Conv is a convolutional layer from any number of input maps to Maps output
// maps. Output map co is the activation of the sum over the input maps ci of
// x[ci] slid over by kernels[ci·Maps+co], plus bias[co].
type Conv struct {
	Slide
	Maps       int
	Activation Activation
}

// Forward computes the output maps y. It panics unless there is a kernel for
// each pair of maps and a bias for each output map.
func (l Conv) Forward(x, kernels []Map, bias []float64) (y []Map) {
	l.check(x, kernels, bias)
	for co := range l.Maps {
		sum := NewMap(l.OutputSize(x[0].Rows(), x[0].Cols()))
		for ci := range x {
			sum.add(l.Convolve(x[ci], kernels[ci*l.Maps+co]))
		}
		for _, row := range sum {
			for j := range row {
				row[j] = l.Activation.apply(row[j] + bias[co])
			}
		}
		y = append(y, sum)
	}
	return y
}

// Backward computes the gradients to the input maps, the kernels and the
// biases from dy, the gradient to the output maps y that Forward returned.
func (l Conv) Backward(x, kernels []Map, y, dy []Map) (dx, dKernels []Map, dBias []float64) {
	dSum := make([]Map, l.Maps) // dE/d(sum before the activation)
	dBias = make([]float64, l.Maps)
	for co := range l.Maps {
		dSum[co] = NewMap(y[co].Rows(), y[co].Cols())
		for i, row := range y[co] {
			for j := range row {
				dSum[co][i][j] = dy[co][i][j] * l.Activation.derivative(row[j])
				dBias[co] += dSum[co][i][j]
			}
		}
	}
	for ci := range x {
		sum := NewMap(x[ci].Rows(), x[ci].Cols())
		for co := range l.Maps {
			dKernels = append(dKernels, l.KernelGradient(x[ci], dSum[co]))
			sum.add(l.InputGradient(dSum[co], kernels[ci*l.Maps+co], x[ci].Rows(), x[ci].Cols()))
		}
		dx = append(dx, sum)
	}
	return dx, dKernels, dBias
}

func (l Conv) check(x, kernels []Map, bias []float64) {
	if len(x) == 0 || len(kernels) != len(x)*l.Maps || len(bias) != l.Maps {
		panic("naive: Conv: want one kernel for each pair of an input map and an output map, and one bias for each output map")
	}
}

// add adds b, element by element.
func (m Map) add(b Map) {
	for i := range m {
		for j := range m[i] {
			m[i][j] += b[i][j]
		}
	}
}
