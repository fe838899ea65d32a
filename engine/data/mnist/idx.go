package mnist

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// IDX, the data set's format: big-endian; two zero bytes, the element type, the
// number of dimensions, each dimension in 32 bits, the elements.
const (
	idxBytes   = 8 // the element type: unsigned byte
	maxIDXSide = 1 << 12
	maxDigit   = 9
)

// Decode reads a pair of uncompressed IDX files. The set's memory is that of
// the arguments. Its error names every fault of both.
func Decode(images, labels []byte) (*Set, error) {
	imageDims, pixels, err1 := decodeIDX("images", images, 3)
	labelDims, digits, err2 := decodeIDX("labels", labels, 1)
	if err := errors.Join(err1, err2); err != nil {
		return nil, err
	}
	if imageDims[0] != labelDims[0] {
		return nil, fmt.Errorf("mnist: %d images, %d labels: want one label for each image", imageDims[0], labelDims[0])
	}
	for i, d := range digits {
		if d > maxDigit {
			return nil, fmt.Errorf("mnist: label %d is %d: want 0 to %d", i, d, maxDigit)
		}
	}
	return &Set{Rows: imageDims[1], Cols: imageDims[2], Images: pixels, Labels: digits}, nil
}

// decodeIDX reads an IDX file of bytes with so many dimensions.
func decodeIDX(name string, b []byte, dims int) (size []int, data []byte, err error) {
	header := 4 + 4*dims
	if len(b) < header {
		return nil, nil, fmt.Errorf("mnist: %s: cut: %d bytes: want a header of %d", name, len(b), header)
	}
	if magic, want := binary.BigEndian.Uint32(b), uint32(idxBytes<<8|dims); magic != want {
		return nil, nil, fmt.Errorf("mnist: %s: magic number %#08x: want %#08x (bytes in %d dimensions)", name, magic, want, dims)
	}
	data = b[header:]
	n := uint64(1)
	for i := range dims {
		d := binary.BigEndian.Uint32(b[4+4*i:])
		if i > 0 && (d == 0 || d > maxIDXSide) {
			return nil, nil, fmt.Errorf("mnist: %s: dimension %d is %d: want 1 to %d", name, i, d, maxIDXSide)
		}
		size = append(size, int(d))
		n *= uint64(d) // at most 2³²·2¹²·2¹²
	}
	switch {
	case n > uint64(len(data)):
		return nil, nil, fmt.Errorf("mnist: %s: cut: %d bytes: the header says %v, %d bytes", name, len(data), size, n)
	case n < uint64(len(data)):
		return nil, nil, fmt.Errorf("mnist: %s: %d bytes too many: the header says %v, %d bytes", name, uint64(len(data))-n, size, n)
	}
	return size, data[:n:n], nil
}
