package idx

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/unslide/unslide/engine/data"
)

// An IDX file is big-endian: two zero bytes, the element type, the number of
// dimensions, each dimension in 32 bits, the elements.
const (
	bytesType = 8 // the element type: unsigned byte
	maxSide   = 1 << 12

	imageDims = 3 // images, rows, columns
	labelDims = 1
)

// Decode reads a pair of files: images of any size and their labels, 0 to
// classes−1. The set's pixels are the argument's memory. Its error names every
// fault of both files.
func Decode(images, labels []byte, classes int) (*data.Set, error) {
	size, pixels, err1 := decode("images", images, imageDims)
	count, bytes, err2 := decode("labels", labels, labelDims)
	if err := errors.Join(err1, err2); err != nil {
		return nil, err
	}
	if size[0] != count[0] {
		return nil, fmt.Errorf("idx: %d images, %d labels: want one label for each image", size[0], count[0])
	}
	wide := make([]int32, len(bytes))
	for i, y := range bytes {
		wide[i] = int32(y)
	}
	return data.NewSet(data.Shape{H: size[1], W: size[2], C: 1}, classes, pixels, wide)
}

// decode reads a file of bytes with so many dimensions.
func decode(name string, b []byte, dims int) (size []int, elements []byte, err error) {
	header := 4 + 4*dims
	if len(b) < header {
		return nil, nil, fmt.Errorf("idx: %s: cut: %d bytes: want a header of %d", name, len(b), header)
	}
	if magic, want := binary.BigEndian.Uint32(b), uint32(bytesType<<8|dims); magic != want {
		return nil, nil, fmt.Errorf("idx: %s: magic number %#08x: want %#08x (bytes in %d dimensions)", name, magic, want, dims)
	}
	elements = b[header:]
	n := uint64(1)
	for i := range dims {
		d := binary.BigEndian.Uint32(b[4+4*i:])
		if i > 0 && (d == 0 || d > maxSide) {
			return nil, nil, fmt.Errorf("idx: %s: dimension %d is %d: want 1 to %d", name, i, d, maxSide)
		}
		size = append(size, int(d))
		n *= uint64(d) // at most 2³²·2¹²·2¹²
	}
	switch {
	case n > uint64(len(elements)):
		return nil, nil, fmt.Errorf("idx: %s: cut: %d bytes: the header says %v, %d bytes", name, len(elements), size, n)
	case n < uint64(len(elements)):
		return nil, nil, fmt.Errorf("idx: %s: %d bytes too many: the header says %v, %d bytes", name, uint64(len(elements))-n, size, n)
	}
	return size, elements[:n:n], nil
}
