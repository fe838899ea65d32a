package nn

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/nlpodyssey/gopickle/types"
)

// The article's weights file is an .npy of one object, a pickled dict:
//
//	step             the number of the last step, from 0
//	loss_change      a list with each step's loss
//	accuracy_change  a list with each step's bool
//	conv_w_1, …      a list of kernels [kh][kw]; number ci·maps+co leads from
//	                 input map ci to output map co
//	conv_b_1, …      [maps]
//	fc_w_1, …        [in][out]
//	fc_b_1, …        [1][out]

// decodeArticle reads such a file that lies in memory.
func decodeArticle(file []byte) (*Weights, error) {
	h, err := readHeader(file)
	if err != nil {
		return nil, err
	}
	if h.dtype.kind != object || len(h.dims) != 0 {
		return nil, fmt.Errorf("an array %v of %s: want one pickled dict, the article's form, or an .npz", h.dims, h.dtype.kind)
	}
	v, err := loadPickle(h.body)
	if err != nil {
		return nil, err
	}
	if a, ok := v.(*ndarray); ok { // the object array that holds the dict
		if list, ok := a.data.([]any); ok && len(list) == 1 {
			v = list[0]
		}
	}
	dict, ok := v.(*types.Dict)
	if !ok {
		return nil, fmt.Errorf("a pickled %T: want a dict", v)
	}
	return articleWeights(dict, len(file))
}

// articleWeights reads the dict of a file of a size.
func articleWeights(dict *types.Dict, size int) (*Weights, error) {
	w, tr := &Weights{}, &Training{}
	step := -1
	values := map[string]any{}
	// How many elements of kernels there may be: a list may name one of them
	// again and again, by two bytes a time.
	const smallest = 4 // bytes of an element in the file
	left := size / smallest
	var names []string
	for _, e := range *dict {
		name, ok := e.Key.(string)
		if !ok {
			return nil, fmt.Errorf("a key %T: want a string", e.Key)
		}
		if _, twice := values[name]; twice {
			return nil, fmt.Errorf("key %q: twice", name)
		}
		values[name] = e.Value
		names = append(names, name)
	}
	for _, name := range names {
		var err error
		switch v := values[name]; {
		case name == "step":
			step, err = toStep(v)
		case name == "loss_change":
			tr.Losses, err = toNumbers(v)
		case name == "accuracy_change":
			var share []float64
			share, err = toNumbers(v)
			for _, a := range share {
				if a != 0 && a != 1 {
					return nil, fmt.Errorf("%s: %v: want true or false", name, a)
				}
				tr.Correct = append(tr.Correct, int32(a))
			}
		default:
			var t Tensor
			t, err = toTensor(name, values, &left)
			w.Tensors = append(w.Tensors, t)
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
	}
	switch {
	case len(w.Tensors) == 0:
		return nil, errors.New("no parameters: want arrays such as conv_w_1")
	case len(tr.Losses) != len(tr.Correct):
		return nil, fmt.Errorf("%d losses, %d accuracies: want as many", len(tr.Losses), len(tr.Correct))
	case step != len(tr.Losses)-1:
		return nil, fmt.Errorf("step %d, %d losses: want one loss for each step from 0", step, len(tr.Losses))
	}
	w.Training = tr
	return w, nil
}

// toStep reads an integer, Python's or NumPy's.
func toStep(v any) (int, error) {
	x, err := toNumber(v)
	if err == nil && !(x >= -1 && x < math.MaxInt32 && x == math.Trunc(x)) {
		err = fmt.Errorf("%v: want a step's number", x)
	}
	return int(x), err
}

// toNumber reads a number or a bool, Python's or NumPy's.
func toNumber(v any) (float64, error) {
	if a, ok := v.(*ndarray); ok {
		n, err := toNumbers(a)
		if err == nil && len(n) == 1 {
			return n[0], nil
		}
		return 0, fmt.Errorf("array %v: want one number", a.dims)
	}
	switch v := v.(type) {
	case int:
		return float64(v), nil
	case float64:
		return v, nil
	case bool:
		if v {
			return 1, nil
		}
		return 0, nil
	}
	return 0, fmt.Errorf("%T: want a number", v)
}

// toNumbers reads a list or an array of numbers or bools.
func toNumbers(v any) ([]float64, error) {
	var out []float64
	switch v := v.(type) {
	case *types.List:
		for i, e := range *v {
			x, err := toNumber(e)
			if err != nil {
				return nil, fmt.Errorf("element %d: %w", i, err)
			}
			out = append(out, x)
		}
		return out, nil
	case *ndarray:
		switch d := v.data.(type) {
		case []float64:
			return d, nil
		case []float32:
			return converted(d), nil
		case []int32:
			return converted(d), nil
		case []int64:
			return converted(d), nil
		case []bool:
			for _, x := range d {
				n, _ := toNumber(x)
				out = append(out, n)
			}
			return out, nil
		}
	}
	return nil, fmt.Errorf("%T: want a list of numbers", v)
}

func converted[E int32 | int64 | float32](v []E) []float64 {
	out := make([]float64, len(v))
	for i, x := range v {
		out[i] = float64(x)
	}
	return out
}

// toTensor reads a parameter: an array, or a list of kernels, whose elements
// are taken from those left.
func toTensor(name string, values map[string]any, left *int) (Tensor, error) {
	if list, ok := values[name].(*types.List); ok {
		return toFilter(name, *list, values, left)
	}
	a, ok := values[name].(*ndarray)
	if !ok {
		return Tensor{}, fmt.Errorf("%T: want an array", values[name])
	}
	t, ok := tensorOfAny(name, a.dims, a.data)
	if !ok {
		return Tensor{}, fmt.Errorf("%T: want float32 or float64", a.data)
	}
	// The article's biases of dense layers are matrices of one row.
	if strings.HasPrefix(name, "fc_b_") && len(t.Dims) == 2 && t.Dims[0] == 1 {
		t.Dims = t.Dims[1:]
	}
	return t, nil
}

// toFilter makes [kh][kw][c][oc] of a list of kernels; the bias tells how many
// output maps there are. Kernels of both precisions become float64.
func toFilter(name string, list []any, values map[string]any, left *int) (Tensor, error) {
	bias, ok := values[strings.Replace(name, "conv_w_", "conv_b_", 1)].(*ndarray)
	if !ok || len(bias.dims) != 1 || bias.dims[0] < 1 || len(list) == 0 || len(list)%bias.dims[0] != 0 {
		return Tensor{}, fmt.Errorf("%d kernels: want a whole number for each element of the bias conv_b_…", len(list))
	}
	var size []int
	elements := 0
	kernels := make([][]float64, len(list))
	double := false
	for i, v := range list {
		k, ok := v.(*ndarray)
		if !ok || len(k.dims) != 2 || (i > 0 && !slices.Equal(k.dims, size)) {
			return Tensor{}, fmt.Errorf("kernel %d: want a matrix as large as the others", i)
		}
		size, elements = k.dims, k.dims[0]*k.dims[1]
		if i == 0 && elements > *left/len(list) {
			return Tensor{}, fmt.Errorf("%d kernels of %v: more than the file holds", len(list), size)
		}
		var err error
		if kernels[i], err = toNumbers(k); err != nil {
			return Tensor{}, fmt.Errorf("kernel %d: %w", i, err)
		}
		if _, single := k.data.([]float32); !single {
			double = true
		}
	}
	// Kernel ci·maps+co, element e, belongs at e·(c·maps) + ci·maps+co.
	t := Tensor{Name: name, Dims: []int{size[0], size[1], len(list) / bias.dims[0], bias.dims[0]}}
	t.Float64 = make([]float64, elements*len(list))
	*left -= len(t.Float64)
	for i, k := range kernels {
		for e, x := range k {
			t.Float64[e*len(list)+i] = x
		}
	}
	if !double {
		t.Float32 = make([]float32, len(t.Float64))
		copyTo(t.Float32, Tensor{Float64: t.Float64})
		t.Float64 = nil
	}
	return t, nil
}
