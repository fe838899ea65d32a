package idx

import (
	"encoding/binary"
	"fmt"
	"slices"

	"github.com/unslide/unslide/engine/data"
)

// maxLabel is the largest that a byte holds.
const maxLabel = 255

// Encode writes a set as a pair of files, grey images in three dimensions, others in
// four. Its error names what the format does not hold: labels that are no byte.
func Encode(s *data.Set) (images, labels []byte, err error) {
	shape := s.Shape()
	size := []int{s.Len(), shape.H, shape.W}
	if shape.C != 1 {
		size = append(size, shape.C)
	}
	images = slices.Grow(header(size...), s.Len()*shape.Len())
	labels = slices.Grow(header(s.Len()), s.Len())
	for i := range s.Len() {
		y := s.Label(i)
		if y > maxLabel {
			return nil, nil, fmt.Errorf("idx: label %d of image %d: want 0 to %d", y, i, maxLabel)
		}
		images, labels = append(images, s.Image(i)...), append(labels, byte(y))
	}
	return images, labels, nil
}

func header(size ...int) []byte {
	b := binary.BigEndian.AppendUint32(nil, uint32(bytesType<<8|len(size)))
	for _, n := range size {
		b = binary.BigEndian.AppendUint32(b, uint32(n))
	}
	return b
}
