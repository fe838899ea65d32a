package nn

import (
	"bytes"
	"errors"
	"fmt"

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
			v, err = nil, fmt.Errorf("malformed pickle: %.200v", p)
		}
	}()
	u := pickle.NewUnpickler(bytes.NewReader(b))
	u.FindClass = (&numpy{allowance: 4 * len(b)}).class
	return u.Load()
}

// numpy makes the objects of one pickle.
type numpy struct {
	// allowance is how many bytes may still be made into elements. A pickle
	// that says the same bytes again and again, by two bytes a time, would
	// take any amount of memory.
	allowance int
}

func (n *numpy) take(bytes int) error {
	if n.allowance -= bytes; n.allowance < 0 {
		return errors.New("the pickle makes more elements than it holds bytes")
	}
	return nil
}

// class returns a constructor that NumPy's pickles name, under NumPy 1's and
// NumPy 2's module names.
func (n *numpy) class(module, name string) (any, error) {
	switch module + "." + name {
	case "numpy.core.multiarray._reconstruct", "numpy._core.multiarray._reconstruct":
		return constructor(func(...any) (any, error) { return &ndarray{numpy: n}, nil }), nil
	case "numpy.core.multiarray.scalar", "numpy._core.multiarray.scalar":
		return constructor(n.scalar), nil
	case "numpy.ndarray":
		return constructor(func(...any) (any, error) { return nil, errors.New("numpy.ndarray called: want its _reconstruct") }), nil
	case "numpy.dtype":
		return constructor(newDtype), nil
	case "_codecs.encode": // how protocol 2 writes bytes
		return constructor(n.encodeLatin1), nil
	}
	return nil, fmt.Errorf("class %.100s.%.100s: want NumPy's arrays alone", module, name)
}

// constructor is a function that a pickle may call.
type constructor func(args ...any) (any, error)

// Call implements [types.Callable].
func (c constructor) Call(args ...any) (any, error) { return c(args...) }

func newDtype(args ...any) (any, error) {
	if len(args) > 0 {
		if name, ok := args[0].(string); ok {
			return parseDtype(name)
		}
	}
	return nil, errors.New("numpy.dtype: want the name of a type")
}

// PySetState takes (version, byte order, …).
func (d *dtype) PySetState(state any) error {
	t, ok := state.(*types.Tuple)
	if !ok || t.Len() < 2 {
		return fmt.Errorf("numpy.dtype: state %T: want a tuple", state)
	}
	sign, ok := t.Get(1).(string)
	if !ok {
		return fmt.Errorf("numpy.dtype: byte order %T: want a string", t.Get(1))
	}
	return d.setOrder(sign)
}

// scalar is numpy.core.multiarray.scalar(dtype, bytes).
func (n *numpy) scalar(args ...any) (any, error) {
	if len(args) == 2 {
		d, ok1 := args[0].(*dtype)
		raw, ok2 := rawBytes(args[1])
		if ok1 && ok2 {
			if err := n.take(len(raw)); err != nil {
				return nil, err
			}
			a, err := newArray(nil, d, false, raw)
			return &ndarray{array: a}, err
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
func (n *numpy) encodeLatin1(args ...any) (any, error) {
	if len(args) == 2 && (args[1] == "latin1" || args[1] == "latin-1") {
		if s, ok := args[0].(string); ok {
			if err := n.take(len(s)); err != nil {
				return nil, err
			}
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

// ndarray is a pickled array.
type ndarray struct {
	array
	numpy *numpy
}

// PySetState takes (version, shape, dtype, column-major, elements).
func (a *ndarray) PySetState(state any) error {
	t, ok := state.(*types.Tuple)
	if !ok || t.Len() != 5 {
		return fmt.Errorf("numpy.ndarray: state %T: want a tuple of 5", state)
	}
	shape, ok1 := t.Get(1).(*types.Tuple)
	d, ok2 := t.Get(2).(*dtype)
	columnMajor, ok3 := t.Get(3).(bool)
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
			return fmt.Errorf("numpy.ndarray: dimension %.20v: want a number from 0", v)
		}
		dims = append(dims, n)
	}
	if list, ok := t.Get(4).(*types.List); ok && d.kind == object {
		a.array = array{dims, []any(*list)}
		return fills(dims, 1, list.Len())
	}
	raw, ok := rawBytes(t.Get(4))
	if !ok {
		return fmt.Errorf("numpy.ndarray: elements %T: want bytes", t.Get(4))
	}
	if err := a.numpy.take(len(raw)); err != nil {
		return err
	}
	var err error
	a.array, err = newArray(dims, d, columnMajor, raw)
	return err
}
