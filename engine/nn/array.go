package nn

import (
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
)

// array is a NumPy array; a scalar has no dimensions.
type array struct {
	dims []int
	data any // a slice of what elementKinds names or, of objects, []any; row-major
}

func (a array) String() string { return fmt.Sprintf("%T of %v", a.data, a.dims) }

func (a array) bytes() ([]byte, error) {
	b, ok := a.data.([]byte)
	if !ok || len(a.dims) != 1 {
		return nil, fmt.Errorf("%s: want uint8 in one dimension", a)
	}
	return b, nil
}

// dtype is a NumPy element type.
type dtype struct {
	kind  string // of elementKinds, or object
	order binary.ByteOrder
}

// object is the kind of arrays of Python's objects.
const object = "O"

// elementKinds are the elements that a weights file may have, by NumPy's names.
var elementKinds = map[string]struct {
	size int
	read func(raw []byte, order binary.ByteOrder, dims []int, columnMajor bool) any
}{
	"f4": {4, readElements[float32]},
	"f8": {8, readElements[float64]},
	"i4": {4, readElements[int32]},
	"i8": {8, readElements[int64]},
	"u1": {1, readElements[uint8]},
	"b1": {1, readElements[bool]},
}

// parseDtype reads a type as NumPy's dtype.str writes it: the byte order, which
// may be left out, the kind, the size.
func parseDtype(name string) (*dtype, error) {
	d := &dtype{kind: strings.TrimLeft(name, "<>=|"), order: binary.LittleEndian}
	sign := name[:len(name)-len(d.kind)]
	if d.kind == "O8" {
		d.kind = object
	}
	if _, ok := elementKinds[d.kind]; (!ok && d.kind != object) || len(sign) > 1 {
		return nil, fmt.Errorf("element type %.20q: want float32 (f4), float64 (f8), int32 (i4), int64 (i8), uint8 (u1) or bool (b1)", name)
	}
	return d, d.setOrder(sign)
}

// setOrder reads NumPy's sign of the byte order. "=" is the writing machine's,
// of which there are none but little-endian ones.
func (d *dtype) setOrder(sign string) error {
	switch sign {
	case "", "<", "|", "=":
	case ">":
		d.order = binary.BigEndian
	default:
		return fmt.Errorf("byte order %.20q: want <, > or |", sign)
	}
	return nil
}

// newArray makes an array of the bytes of its elements, which must be as many
// as the dimensions say.
func newArray(dims []int, d *dtype, columnMajor bool, raw []byte) (array, error) {
	if d.kind == object {
		return array{}, errors.New("an array of Python's objects: want numbers")
	}
	k := elementKinds[d.kind]
	if err := fills(dims, k.size, len(raw)); err != nil {
		return array{}, err
	}
	return array{dims, k.read(raw, d.order, dims, columnMajor)}, nil
}

// fills reports whether so many elements of a size fill the body.
func fills(dims []int, size, body int) error {
	if len(dims) > maxDims {
		return fmt.Errorf("%d dimensions: want at most %d", len(dims), maxDims)
	}
	n := size
	for _, d := range dims {
		if d < 0 || (d > 0 && n > body/d) {
			return fmt.Errorf("shape %v claims more than the %d bytes there are", dims, body)
		}
		n *= d
	}
	if n != body {
		return fmt.Errorf("shape %v takes %d bytes: there are %d", dims, n, body)
	}
	return nil
}

func readElements[E any](raw []byte, order binary.ByteOrder, dims []int, columnMajor bool) any {
	var e E
	v := make([]E, len(raw)/binary.Size(e))
	if _, err := binary.Decode(raw, order, v); err != nil {
		panic("nn: an array's bytes are not as many as its elements") // newArray compares them
	}
	if columnMajor {
		v = rowMajor(v, dims)
	}
	return v
}

// rowMajor reorders an array whose first index runs fastest.
func rowMajor[E any](data []E, dims []int) []E {
	if len(dims) < 2 {
		return data
	}
	out := make([]E, len(data))
	index := make([]int, len(dims))
	for _, v := range data {
		at := 0
		for k, d := range dims {
			at = at*d + index[k]
		}
		out[at] = v
		for k := range dims {
			if index[k]++; index[k] < dims[k] {
				break
			}
			index[k] = 0
		}
	}
	return out
}
