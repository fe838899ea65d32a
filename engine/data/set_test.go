package data

import (
	"bytes"
	"math"
	"slices"
	"strings"
	"testing"
)

// colours is a set of three images of 1×2×3 of four classes.
func colours(t *testing.T) *Set {
	t.Helper()
	pixels := make([]byte, 3*1*2*3)
	for i := range pixels {
		pixels[i] = byte(15 * i)
	}
	s, err := NewSet(Shape{1, 2, 3}, 4, pixels, []int32{3, 0, 2})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestSet(t *testing.T) {
	var s Source = colours(t)
	if s.Len() != 3 || s.Shape() != (Shape{1, 2, 3}) || s.Shape().Len() != 6 || s.Classes() != 4 || s.Label(0) != 3 || s.Label(2) != 2 {
		t.Errorf("%+v: want three images of 1×2×3", s)
	}
	const guard = -7
	dst := []float32{guard, 0, 0, 0, 0, 0, 0, guard}
	for i := range dst[1:7] {
		dst[1+i] = float32(math.NaN())
	}
	if err := s.Read(dst[1:7], 1); err != nil {
		t.Fatal(err)
	}
	want := []float32{guard, 90. / 255, 105. / 255, 120. / 255, 135. / 255, 150. / 255, 165. / 255, guard}
	if !slices.Equal(dst, want) {
		t.Errorf("image 1 is %v, want %v", dst, want)
	}
}

func TestSlice(t *testing.T) {
	s := colours(t)
	part := s.Slice(1, 3)
	if part.Len() != 2 || part.Shape() != s.Shape() || part.Classes() != 4 || part.Label(1) != 2 || !bytes.Equal(part.Image(1), s.Image(2)) {
		t.Errorf("%+v: want the last two images", part)
	}
	if none := s.Slice(2, 2); none.Len() != 0 {
		t.Errorf("%+v: want no image", none)
	}
}

func TestNewSetNamesEveryFault(t *testing.T) {
	for name, c := range map[string]struct {
		shape   Shape
		classes int
		pixels  int
		labels  []int32
		want    []string
	}{
		"shape and classes": {Shape{0, 2, 1}, 0, 0, nil, []string{"shape 0×2×1: want 1×1×1 to", "classes 0: want at least 1"}},
		"large":             {Shape{1 << 21, 1, 1}, 1, 0, nil, []string{"shape 2097152×1×1"}},
		"pixels and label":  {Shape{2, 2, 3}, 4, 23, []int32{0, 4}, []string{"23 pixels: want 2×2×3 for each of 2 labels", "label 4 of image 1: want 0 to 3"}},
		"negative":          {Shape{1, 1, 1}, 4, 2, []int32{0, -1}, []string{"label -1 of image 1"}},
		"no labels":         {Shape{1, 1, 1}, 4, 2, nil, []string{"2 pixels: want 1×1×1 for each of 0 labels"}},
		"overflow":          {Shape{1 << 20, 1 << 20, 1 << 20}, 1, 0, []int32{0, 0}, []string{"0 pixels"}},
	} {
		_, err := NewSet(c.shape, c.classes, make([]byte, c.pixels), c.labels)
		for _, want := range c.want {
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%s: error %v: want it to say %q", name, err, want)
			}
		}
	}
	if _, err := NewSet(Shape{1, 1, 1}, 1, nil, nil); err != nil {
		t.Errorf("an empty set: %v", err)
	}
}

func TestReadRefusesOtherLengths(t *testing.T) {
	defer func() {
		if r := recover(); r != badRead {
			t.Errorf("panic %v, want %q", r, badRead)
		}
	}()
	_ = colours(t).Read(make([]float32, 5), 0)
}

func TestScale(t *testing.T) {
	dst, all := make([]float32, 256), make([]byte, 256)
	for i := range all {
		all[i] = byte(i)
	}
	Scale(dst, all)
	for i := range all {
		// The nearest float32 to i/255 is unique; float64's division errs by
		// far less than half a float32 step.
		if want := float32(float64(i) / 255); dst[i] != want {
			t.Errorf("pixel %d: %v, want %v", i, dst[i], want)
		}
	}
	defer func() {
		if r := recover(); r != badScale {
			t.Errorf("panic %v, want %q", r, badScale)
		}
	}()
	Scale(dst[:255], all)
}
