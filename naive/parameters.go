package naive

// Parameters are what the network learns, by the article's names.
type Parameters struct {
	ConvW1 []Map     // one kernel an output map: the image is one map
	ConvB1 []float64 // one bias an output map
	ConvW2 []Map     // kernel ci·outputs+co leads from map ci to map co
	ConvB2 []float64
	FCW1   []float64 // [vector][hidden]
	FCB1   []float64
	FCW2   []float64 // [hidden][classes]
	FCB2   []float64
}

// Tensor is one parameter as other programs hold it: row-major, filters as
// [kernel row][kernel column][input map][output map].
type Tensor struct {
	Name   string
	Shape  []int
	Values []float64
}

// Tensors returns copies of the parameters: conv_w_1, conv_b_1, conv_w_2,
// conv_b_2, fc_w_1, fc_b_1, fc_w_2 and fc_b_2.
func (n *Network) Tensors() []Tensor {
	p, s := &n.Parameters, &n.settings
	return []Tensor{
		{"conv_w_1", []int{s.Conv1.KH, s.Conv1.KW, 1, s.Conv1.Maps}, hwio(p.ConvW1, s.Conv1)},
		{"conv_b_1", []int{s.Conv1.Maps}, clone(p.ConvB1)},
		{"conv_w_2", []int{s.Conv2.KH, s.Conv2.KW, s.Conv1.Maps, s.Conv2.Maps}, hwio(p.ConvW2, s.Conv2)},
		{"conv_b_2", []int{s.Conv2.Maps}, clone(p.ConvB2)},
		{"fc_w_1", []int{n.sizes.Vector, s.Hidden.Neurons}, clone(p.FCW1)},
		{"fc_b_1", []int{s.Hidden.Neurons}, clone(p.FCB1)},
		{"fc_w_2", []int{s.Hidden.Neurons, s.Output.Neurons}, clone(p.FCW2)},
		{"fc_b_2", []int{s.Output.Neurons}, clone(p.FCB2)},
	}
}

// SetTensor copies values into the parameter of that name, in the order of
// [Network.Tensors]. It panics if there is no such parameter or the number of
// values is not its own.
func (n *Network) SetTensor(name string, values []float64) {
	p := &n.Parameters
	flat := func(dst []float64) {
		if len(values) != len(dst) {
			panic("naive: SetTensor: wrong number of values")
		}
		copy(dst, values)
	}
	switch name {
	case "conv_w_1":
		setHWIO(p.ConvW1, n.settings.Conv1, values)
	case "conv_b_1":
		flat(p.ConvB1)
	case "conv_w_2":
		setHWIO(p.ConvW2, n.settings.Conv2, values)
	case "conv_b_2":
		flat(p.ConvB2)
	case "fc_w_1":
		flat(p.FCW1)
	case "fc_b_1":
		flat(p.FCB1)
	case "fc_w_2":
		flat(p.FCW2)
	case "fc_b_2":
		flat(p.FCB2)
	default:
		panic("naive: SetTensor: no parameter of this name")
	}
}

// hwio lays a layer's kernels out as one filter bank. Kernels are ordered input
// map by output map, which is the filter bank's own inner order, so that one
// kernel element of all kernels is one run.
func hwio(kernels []Map, l Conv) (values []float64) {
	for kh := range l.KH {
		for kw := range l.KW {
			for _, k := range kernels {
				values = append(values, k[kh][kw])
			}
		}
	}
	return values
}

func setHWIO(kernels []Map, l Conv, values []float64) {
	if len(values) != l.KH*l.KW*len(kernels) {
		panic("naive: SetTensor: wrong number of values")
	}
	for kh := range l.KH {
		for kw := range l.KW {
			for i, k := range kernels {
				k[kh][kw] = values[(kh*l.KW+kw)*len(kernels)+i]
			}
		}
	}
}

func clone(v []float64) []float64 { return append([]float64(nil), v...) }
