package nn

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/sbinet/npyio/npy"
)

// array is what an .npy holds.
type array struct {
	dims []int
	data any // []float32, []float64, []int32, []int64 or []uint8, row-major
}

func (a array) String() string { return fmt.Sprintf("%T of %v", a.data, a.dims) }

func (a array) bytes() ([]byte, error) {
	b, ok := a.data.([]byte)
	if !ok || len(a.dims) != 1 {
		return nil, fmt.Errorf("%s: want uint8 in one dimension", a)
	}
	return b, nil
}

// elements are the element types that a weights file may have, by NumPy's
// names.
var elements = map[string]struct {
	size int
	read func(r *npy.Reader) (any, error)
}{
	"f4": {4, readElements[float32]},
	"f8": {8, readElements[float64]},
	"i4": {4, readElements[int32]},
	"i8": {8, readElements[int64]},
	"u1": {1, readElements[uint8]},
}

func readElements[E any](r *npy.Reader) (any, error) {
	data := []E{}
	err := r.Read(&data)
	if r.Header.Descr.Fortran {
		data = rowMajor(data, r.Header.Descr.Shape)
	}
	return data, err
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

// decodeNPY reads a plain .npy that lies in memory. What its header claims is
// compared with its real size before npyio takes memory for it.
func decodeNPY(file []byte) (array, error) {
	r, body, err := readHeader(file)
	if err != nil {
		return array{}, err
	}
	descr := r.Header.Descr
	order, kind := byte('|'), descr.Type
	if len(kind) == 3 {
		order, kind = kind[0], kind[1:]
	}
	e, ok := elements[kind]
	if !ok || (order != '<' && order != '>' && (order != '|' || e.size > 1)) {
		return array{}, fmt.Errorf("element type %q: want float32, float64, int32, int64 or uint8", descr.Type)
	}
	if err := fills(descr.Shape, e.size, body); err != nil {
		return array{}, err
	}
	data, err := e.read(r)
	return array{descr.Shape, data}, err
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

// readHeader reads an .npy's header and returns how many bytes follow it. npyio
// trusts the header's length and form, so the first is checked here and a
// panic over the second is an error.
func readHeader(file []byte) (r *npy.Reader, body int, err error) {
	if !bytes.HasPrefix(file, npy.Magic[:]) {
		return nil, 0, errors.New("no .npy: want it to begin with \\x93NUMPY")
	}
	if len(file) < 12 {
		return nil, 0, fmt.Errorf("cut: %d bytes", len(file))
	}
	var header uint64
	switch file[6] {
	case 1:
		header = 10 + uint64(binary.LittleEndian.Uint16(file[8:]))
	case 2:
		header = 12 + uint64(binary.LittleEndian.Uint32(file[8:]))
	default:
		return nil, 0, fmt.Errorf(".npy version %d: want 1 or 2", file[6])
	}
	if header > uint64(len(file)) {
		return nil, 0, fmt.Errorf("cut: %d bytes: the header claims %d", len(file), header)
	}
	defer func() {
		if p := recover(); p != nil {
			r, err = nil, fmt.Errorf("malformed header: %v", p)
		}
	}()
	r, err = npy.NewReader(bytes.NewReader(file))
	return r, len(file) - int(header), err
}
