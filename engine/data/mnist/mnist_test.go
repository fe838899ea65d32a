package mnist

import (
	"bytes"
	"encoding/binary"
	"math"
	"strings"
	"testing"
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
	s, err := Decode(idx(0x803, []uint32{2, 1, 3}, 1, 2, 3, 4, 5, 6), idx(0x801, []uint32{2}, 7, 9))
	if err != nil {
		t.Fatal(err)
	}
	if s.Len() != 2 || s.Rows != 1 || s.Cols != 3 || !bytes.Equal(s.Image(1), []byte{4, 5, 6}) || s.Labels[1] != 9 {
		t.Errorf("%+v: want two images of 1×3", s)
	}
	part := s.Slice(1, 2)
	if part.Len() != 1 || !bytes.Equal(part.Image(0), []byte{4, 5, 6}) || part.Labels[0] != 9 {
		t.Errorf("%+v: want the second image", part)
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
		"floats":          {idx(0xd03, []uint32{2, 1, 1}, 1, 2), labels, "images: magic number 0x00000d03: want 0x00000803"},
		"data cut":        {images[:17], labels, "images: cut: 1 bytes: the header says [2 1 1], 2 bytes"},
		"data over":       {images, append(labels[:len(labels):len(labels)], 0), "labels: 1 bytes too many"},
		"huge":            {idx(0x803, []uint32{math.MaxUint32, math.MaxUint32, math.MaxUint32}), labels, "dimension 1 is 4294967295"},
		"many":            {idx(0x803, []uint32{math.MaxUint32, 4096, 4096}), labels, "cut: 0 bytes"},
		"no rows":         {idx(0x803, []uint32{2, 0, 1}), labels, "dimension 1 is 0"},
		"counts":          {images, idx(0x801, []uint32{3}, 3, 4, 5), "2 images, 3 labels"},
		"digit":           {images, idx(0x801, []uint32{2}, 3, 10), "label 1 is 10"},
	} {
		if s, err := Decode(c.images, c.labels); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, error %v: want an error with %q", name, s, err, c.want)
		}
	}
}

func FuzzDecode(f *testing.F) {
	f.Add(idx(0x803, []uint32{2, 1, 1}, 1, 2), idx(0x801, []uint32{2}, 3, 4))
	f.Add(idx(0x803, []uint32{math.MaxUint32, 4096, 4096}), idx(0x801, []uint32{math.MaxUint32}))
	f.Fuzz(func(t *testing.T, images, labels []byte) {
		s, err := Decode(images, labels)
		if err != nil {
			return
		}
		if len(s.Images) != s.Len()*s.Rows*s.Cols || len(images) != 16+len(s.Images) || len(labels) != 8+s.Len() {
			t.Errorf("%d images of %d×%d from %d and %d bytes", s.Len(), s.Rows, s.Cols, len(images), len(labels))
		}
		for i := range s.Len() {
			s.Image(i)
		}
	})
}

func TestPixels(t *testing.T) {
	single, double := make([]float32, 256), make([]float64, 256)
	all := make([]byte, 256)
	for i := range all {
		all[i] = byte(i)
	}
	Pixels(single, all)
	Pixels(double, all)
	for i := range all {
		// The nearest float32 to i/255 is unique; float64's division errs by
		// far less than half a float32 step.
		if want := float32(float64(i) / 255); single[i] != want || double[i] != float64(want) {
			t.Errorf("pixel %d: %v and %v, want %v", i, single[i], double[i], want)
		}
	}
}

func TestArticlesSplit(t *testing.T) {
	s := &Set{Rows: 1, Cols: 1, Images: make([]byte, 60000), Labels: make([]byte, 60000)}
	s.Images[4999], s.Images[5000] = 1, 2
	d := Data{Training: s}
	if d.Train().Len() != 55000 || d.Train().Image(0)[0] != 2 || d.Validation().Len() != 5000 || d.Validation().Image(4999)[0] != 1 {
		t.Error("want 5000 held back, 55000 to train on")
	}
}
