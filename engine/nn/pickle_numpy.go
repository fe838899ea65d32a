package nn

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math"

	"github.com/nlpodyssey/gopickle/pickle"
	"github.com/nlpodyssey/gopickle/types"
)

// loadPickle returns what a pickle of NumPy arrays holds: nested *types.Dict,
// *types.List and *types.Tuple of numbers, bools, strings, [][]byte and
// *ndarray. Classes other than NumPy's few constructors are refused by name.
func loadPickle(b []byte) (v any, err error) {
	if err := scanPickle(b); err != nil {
		return nil, err
	}
	// The library indexes some operands without looking.
	defer func() {
		if p := recover(); p != nil {
			v, err = nil, fmt.Errorf("malformed pickle: %v", p)
		}
	}()
	u := pickle.NewUnpickler(bytes.NewReader(b))
	u.FindClass = numpyClass
	return u.Load()
}

// numpyClass returns a constructor that NumPy's pickles name, under NumPy 1's
// and NumPy 2's module names.
func numpyClass(module, name string) (any, error) {
	switch module + "." + name {
	case "numpy.core.multiarray._reconstruct", "numpy._core.multiarray._reconstruct":
		return constructor(func(...any) (any, error) { return new(ndarray), nil }), nil
	case "numpy.core.multiarray.scalar", "numpy._core.multiarray.scalar":
		return constructor(newScalar), nil
	case "numpy.ndarray":
		return constructor(func(...any) (any, error) { return nil, errors.New("numpy.ndarray called: want its _reconstruct") }), nil
	case "numpy.dtype":
		return constructor(newDtype), nil
	case "_codecs.encode": // how protocol 2 writes bytes
		return constructor(encodeLatin1), nil
	}
	return nil, fmt.Errorf("class %s.%s: want NumPy's arrays alone", module, name)
}

// constructor is a function that a pickle may call.
type constructor func(args ...any) (any, error)

// Call implements [types.Callable].
func (c constructor) Call(args ...any) (any, error) { return c(args...) }

// dtype is a NumPy element type: kind and size, such as f8, and the byte order.
type dtype struct {
	kind  string
	order binary.ByteOrder
}

func newDtype(args ...any) (any, error) {
	if len(args) > 0 {
		if s, ok := args[0].(string); ok {
			switch s {
			case "f4", "f8", "i4", "i8", "b1", "O8", "O":
				return &dtype{s, binary.LittleEndian}, nil
			}
		}
		return nil, fmt.Errorf("numpy.dtype %v: want f4, f8, i4, i8, b1 or O8", args[0])
	}
	return nil, errors.New("numpy.dtype without arguments")
}

// PySetState takes (version, byte order, …).
func (d *dtype) PySetState(state any) error {
	t, ok := state.(*types.Tuple)
	if !ok || t.Len() < 2 {
		return fmt.Errorf("numpy.dtype: state %T: want a tuple", state)
	}
	switch order := t.Get(1); order {
	case "<", "|", "=":
	case ">":
		d.order = binary.BigEndian
	default:
		return fmt.Errorf("numpy.dtype: byte order %v: want <, > or |", order)
	}
	return nil
}

// elements reads numbers or bools.
func (d *dtype) elements(raw []byte) (data any, err error) {
	size := map[string]int{"f4": 4, "f8": 8, "i4": 4, "i8": 8, "b1": 1}[d.kind]
	if size == 0 || len(raw)%size != 0 {
		return nil, fmt.Errorf("%d bytes of numpy.dtype %s: want whole numbers", len(raw), d.kind)
	}
	n := len(raw) / size
	switch d.kind {
	case "f4":
		v := make([]float32, n)
		for i := range v {
			v[i] = math.Float32frombits(d.order.Uint32(raw[4*i:]))
		}
		return v, nil
	case "f8":
		v := make([]float64, n)
		for i := range v {
			v[i] = math.Float64frombits(d.order.Uint64(raw[8*i:]))
		}
		return v, nil
	case "i4":
		v := make([]int64, n)
		for i := range v {
			v[i] = int64(int32(d.order.Uint32(raw[4*i:])))
		}
		return v, nil
	case "i8":
		v := make([]int64, n)
		for i := range v {
			v[i] = int64(d.order.Uint64(raw[8*i:]))
		}
		return v, nil
	}
	v := make([]bool, n)
	for i := range v {
		v[i] = raw[i] != 0
	}
	return v, nil
}

// newScalar is numpy.core.multiarray.scalar(dtype, bytes).
func newScalar(args ...any) (any, error) {
	if len(args) == 2 {
		d, ok1 := args[0].(*dtype)
		raw, ok2 := rawBytes(args[1])
		if ok1 && ok2 {
			v, err := d.elements(raw)
			if err != nil {
				return nil, err
			}
			return &ndarray{data: v}, nil
		}
	}
	return nil, errors.New("numpy scalar: want an element type and its bytes")
}

// rawBytes returns a Python bytes, or a Python 2 str.
func rawBytes(v any) ([]byte, bool) {
	switch v := v.(type) {
	case []byte:
		return v, true
	case string:
		return []byte(v), true
	}
	return nil, false
}

// encodeLatin1 is _codecs.encode(text, "latin1").
func encodeLatin1(args ...any) (any, error) {
	if len(args) == 2 && (args[1] == "latin1" || args[1] == "latin-1") {
		if s, ok := args[0].(string); ok {
			b := make([]byte, 0, len(s))
			for _, r := range s {
				if r > 0xff {
					return nil, fmt.Errorf("_codecs.encode: %q: want latin1", r)
				}
				b = append(b, byte(r))
			}
			return b, nil
		}
	}
	return nil, errors.New("_codecs.encode: want a text in latin1")
}

// ndarray is a NumPy array; a scalar has no dimensions.
type ndarray struct {
	dims []int
	data any // []float32, []float64, []int64, []bool or, of objects, []any
}

// PySetState takes (version, shape, dtype, column-major, elements).
func (a *ndarray) PySetState(state any) error {
	t, ok := state.(*types.Tuple)
	if !ok || t.Len() != 5 {
		return fmt.Errorf("numpy.ndarray: state %T: want a tuple of 5", state)
	}
	shape, ok1 := t.Get(1).(*types.Tuple)
	d, ok2 := t.Get(2).(*dtype)
	fortran, ok3 := t.Get(3).(bool)
	if !ok1 || !ok2 || !ok3 {
		return errors.New("numpy.ndarray: state: want shape, dtype, order and elements")
	}
	if shape.Len() > maxDims {
		return fmt.Errorf("numpy.ndarray: %d dimensions: want at most %d", shape.Len(), maxDims)
	}
	var dims []int
	for _, v := range *shape {
		n, ok := v.(int)
		if !ok || n < 0 {
			return fmt.Errorf("numpy.ndarray: dimension %v: want a number from 0", v)
		}
		dims = append(dims, n)
	}
	if list, ok := t.Get(4).(*types.List); ok && (d.kind == "O8" || d.kind == "O") {
		a.dims, a.data = dims, []any(*list)
		return fills(dims, 1, list.Len())
	}
	raw, ok := rawBytes(t.Get(4))
	if !ok {
		return fmt.Errorf("numpy.ndarray: elements %T: want bytes", t.Get(4))
	}
	data, err := d.elements(raw)
	if err != nil {
		return err
	}
	return a.set(dims, data, fortran)
}

// set takes elements that must fill the dimensions.
func (a *ndarray) set(dims []int, data any, fortran bool) error {
	var err error
	switch v := data.(type) {
	case []float32:
		if err = fills(dims, 1, len(v)); err == nil && fortran {
			data = rowMajor(v, dims)
		}
	case []float64:
		if err = fills(dims, 1, len(v)); err == nil && fortran {
			data = rowMajor(v, dims)
		}
	case []int64:
		if err = fills(dims, 1, len(v)); err == nil && fortran {
			data = rowMajor(v, dims)
		}
	case []bool:
		if err = fills(dims, 1, len(v)); err == nil && fortran {
			data = rowMajor(v, dims)
		}
	}
	a.dims, a.data = dims, data
	return err
}
