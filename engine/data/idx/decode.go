package idx

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"

	"github.com/unslide/unslide/engine/data"
)

// An IDX file is big-endian: two zero bytes, the element type, the number of
// dimensions, each dimension in 32 bits, the elements.
const (
	bytesType = 8 // the element type: unsigned byte

	maxSide     = 1 << 12
	maxChannels = 1<<8 - 1

	greyDims   = 3 // images, rows, columns
	colourDims = 4 // images, rows, columns, channels
	labelDims  = 1
)

// Decode reads a pair of files: images of any size, grey or, in four dimensions,
// of several channels, and their labels, 0 to classes−1. The set's pixels are the
// argument's memory. Its error names every fault of both files.
func Decode(images, labels []byte, classes int) (*data.Set, error) {
	shape, pixels, err1 := decodeImages(images)
	wide, err2 := decodeLabels(labels)
	if err := errors.Join(err1, err2); err != nil {
		return nil, err
	}
	if n := len(pixels) / shape.Len(); n != len(wide) {
		return nil, fmt.Errorf("idx: %d images, %d labels: want one label for each image", n, len(wide))
	}
	return data.NewSet(shape, classes, pixels, wide)
}

func decodeImages(b []byte) (data.Shape, []byte, error) {
	size, pixels, err := decode("images", b, greyDims, colourDims)
	if err != nil {
		return data.Shape{}, nil, err
	}
	channels := 1
	if len(size) == colourDims {
		channels = size[3]
	}
	return data.Shape{H: size[1], W: size[2], C: channels}, pixels, nil
}

func decodeLabels(b []byte) ([]int32, error) {
	_, labels, err := decode("labels", b, labelDims)
	wide := make([]int32, len(labels))
	for i, y := range labels {
		wide[i] = int32(y)
	}
	return wide, err
}

// decode reads a file of bytes in one of some numbers of dimensions, the fewest
// first.
func decode(name string, b []byte, allowed ...int) (size []int, elements []byte, err error) {
	dims := allowed[0]
	if len(b) >= 4 && slices.Contains(allowed, int(b[3])) {
		dims = int(b[3])
	}
	header := 4 + 4*dims
	if len(b) < header {
		return nil, nil, fmt.Errorf("idx: %s: cut: %d bytes: want a header of %d", name, len(b), header)
	}
	if magic, want := binary.BigEndian.Uint32(b), uint32(bytesType<<8|dims); magic != want {
		if len(allowed) > 1 {
			return nil, nil, fmt.Errorf("idx: %s: magic number %#08x: want %#08x or %#08x (bytes in %d or %d dimensions)", name, magic, want, bytesType<<8|allowed[1], dims, allowed[1])
		}
		return nil, nil, fmt.Errorf("idx: %s: magic number %#08x: want %#08x (bytes in %d dimension)", name, magic, want, dims)
	}
	elements = b[header:]
	n := uint64(1)
	for i := range dims {
		d := binary.BigEndian.Uint32(b[4+4*i:])
		most := uint32(maxSide)
		if i == colourDims-1 {
			most = maxChannels
		}
		if i > 0 && (d == 0 || d > most) {
			return nil, nil, fmt.Errorf("idx: %s: dimension %d is %d: want 1 to %d", name, i, d, most)
		}
		size = append(size, int(d))
		n *= uint64(d) // at most 2³²·2¹²·2¹²·2⁸
	}
	switch {
	case n > uint64(len(elements)):
		return nil, nil, fmt.Errorf("idx: %s: cut: %d bytes: the header says %v, %d bytes", name, len(elements), size, n)
	case n < uint64(len(elements)):
		return nil, nil, fmt.Errorf("idx: %s: %d bytes too many: the header says %v, %d bytes", name, uint64(len(elements))-n, size, n)
	}
	return size, elements[:n:n], nil
}
