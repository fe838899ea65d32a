package idx

import (
	"bytes"
	"encoding/binary"
	"math"
	"strings"
	"testing"

	"github.com/unslide/unslide/engine/data"
)

// idx makes an IDX file of a magic number, dimensions and data.
func idx(magic uint32, dims []uint32, data ...byte) []byte {
	b := binary.BigEndian.AppendUint32(nil, magic)
	for _, d := range dims {
		b = binary.BigEndian.AppendUint32(b, d)
	}
	return append(b, data...)
}

func TestDecode(t *testing.T) {
	s, err := Decode(idx(0x803, []uint32{2, 1, 3}, 1, 2, 3, 4, 5, 6), idx(0x801, []uint32{2}, 7, 9), 10)
	if err != nil {
		t.Fatal(err)
	}
	if s.Len() != 2 || s.Shape() != (data.Shape{H: 1, W: 3, C: 1}) || s.Classes() != 10 || !bytes.Equal(s.Image(1), []byte{4, 5, 6}) || s.Label(1) != 9 {
		t.Errorf("%+v: want two images of 1×3", s)
	}
	part := s.Slice(1, 2)
	if part.Len() != 1 || !bytes.Equal(part.Image(0), []byte{4, 5, 6}) || part.Label(0) != 9 {
		t.Errorf("%+v: want the second image", part)
	}
}

// TestDecodeOtherSets: neither 28×28 nor ten classes are the format's.
func TestDecodeOtherSets(t *testing.T) {
	s, err := Decode(idx(0x803, []uint32{1, 3, 2}, 1, 2, 3, 4, 5, 6), idx(0x801, []uint32{1}, 255), 256)
	if err != nil || s.Shape() != (data.Shape{H: 3, W: 2, C: 1}) || s.Label(0) != 255 {
		t.Errorf("%+v, error %v: want an image of 3×2 of class 255", s, err)
	}
}

// TestColour: four dimensions, the last the channels, there and back.
func TestColour(t *testing.T) {
	images, labels := idx(0x804, []uint32{2, 1, 2, 3}, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12), idx(0x801, []uint32{2}, 4, 0)
	s, err := Decode(images, labels, 5)
	if err != nil || s.Shape() != (data.Shape{H: 1, W: 2, C: 3}) || s.Len() != 2 || !bytes.Equal(s.Image(1), []byte{7, 8, 9, 10, 11, 12}) {
		t.Fatalf("%+v, error %v: want two images of 1×2×3", s, err)
	}
	i, l, err := Encode(s)
	if err != nil || !bytes.Equal(i, images) || !bytes.Equal(l, labels) {
		t.Errorf("%x and %x, error %v: want what was read", i, l, err)
	}
}

func TestDecodeRefuses(t *testing.T) {
	images, labels := idx(0x803, []uint32{2, 1, 1}, 1, 2), idx(0x801, []uint32{2}, 3, 4)
	for name, c := range map[string]struct {
		images, labels []byte
		want           string
	}{
		"empty":           {nil, labels, "images: cut"},
		"both":            {nil, nil, "labels: cut"},
		"header cut":      {images[:15], labels, "want a header of 16"},
		"magic":           {labels, labels, "images: cut"},
		"magic of labels": {images, idx(0x803, []uint32{2}, 3, 4), "labels: magic number 0x00000803: want 0x00000801"},
		"floats":          {idx(0xd03, []uint32{2, 1, 1}, 1, 2), labels, "images: magic number 0x00000d03: want 0x00000803 or 0x00000804"},
		"channels":        {idx(0x804, []uint32{2, 1, 1, 256}), labels, "dimension 3 is 256: want 1 to 255"},
		"no channels":     {idx(0x804, []uint32{0, 1, 1, 0}), idx(0x801, []uint32{0}), "dimension 3 is 0"},
		"colour cut":      {idx(0x804, []uint32{2, 4096, 4096, 255}), labels, "images: cut: 0 bytes"},
		"data cut":        {images[:17], labels, "images: cut: 1 bytes: the header says [2 1 1], 2 bytes"},
		"data over":       {images, append(labels[:len(labels):len(labels)], 0), "labels: 1 bytes too many"},
		"huge":            {idx(0x803, []uint32{math.MaxUint32, math.MaxUint32, math.MaxUint32}), labels, "dimension 1 is 4294967295"},
		"many":            {idx(0x803, []uint32{math.MaxUint32, 4096, 4096}), labels, "cut: 0 bytes"},
		"no rows":         {idx(0x803, []uint32{2, 0, 1}), labels, "dimension 1 is 0"},
		"counts":          {images, idx(0x801, []uint32{3}, 3, 4, 5), "2 images, 3 labels"},
		"digit":           {images, idx(0x801, []uint32{2}, 3, 10), "label 10 of image 1: want 0 to 9"},
	} {
		if s, err := Decode(c.images, c.labels, 10); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, error %v: want an error with %q", name, s, err, c.want)
		}
	}
}

func FuzzDecode(f *testing.F) {
	f.Add(idx(0x803, []uint32{2, 1, 1}, 1, 2), idx(0x801, []uint32{2}, 3, 4))
	f.Add(idx(0x804, []uint32{1, 1, 1, 3}, 1, 2, 3), idx(0x801, []uint32{1}, 3))
	f.Add(idx(0x803, []uint32{math.MaxUint32, 4096, 4096}), idx(0x801, []uint32{math.MaxUint32}))
	f.Fuzz(func(t *testing.T, images, labels []byte) {
		s, err := Decode(images, labels, 10)
		if err != nil {
			return
		}
		header := 16
		if images[3] == 4 {
			header = 20
		}
		if len(images) != header+s.Len()*s.Shape().Len() || len(labels) != 8+s.Len() {
			t.Errorf("%d images of %v from %d and %d bytes", s.Len(), s.Shape(), len(images), len(labels))
		}
		for i := range s.Len() {
			s.Image(i)
		}
		// What can be read is written as it was; one channel needs no dimension.
		if header == 20 && s.Shape().C == 1 {
			return
		}
		i, l, err := Encode(s)
		if err != nil || !bytes.Equal(i, images) || !bytes.Equal(l, labels) {
			t.Errorf("%x and %x written, error %v: want %x and %x", i, l, err, images, labels)
		}
	})
}

func TestEncode(t *testing.T) {
	set, err := data.NewSet(data.Shape{H: 1, W: 2, C: 1}, 10, []byte{1, 2, 3, 4}, []int32{9, 0})
	if err != nil {
		t.Fatal(err)
	}
	images, labels, err := Encode(set)
	if err != nil || !bytes.Equal(images, idx(0x803, []uint32{2, 1, 2}, 1, 2, 3, 4)) || !bytes.Equal(labels, idx(0x801, []uint32{2}, 9, 0)) {
		t.Errorf("%x and %x, error %v", images, labels, err)
	}
}

func TestEncodeRefuses(t *testing.T) {
	set, err := data.NewSet(data.Shape{H: 1, W: 1, C: 1}, 1000, make([]byte, 1), []int32{256})
	if err != nil {
		t.Fatal(err)
	}
	const want = "label 256 of image 0: want 0 to 255"
	if _, _, err := Encode(set); err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("error %v: want %q", err, want)
	}
}
