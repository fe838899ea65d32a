package picture

import (
	"bytes"
	"encoding/binary"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"slices"
	"testing"
)

// marked is a picture of 24×16 whose quarters have a colour each: red, green, blue,
// white, from the top left.
func marked() *image.RGBA {
	img := image.NewRGBA(image.Rect(0, 0, 24, 16))
	for y := range 16 {
		for x := range 24 {
			img.SetRGBA(x, y, [...]color.RGBA{{255, 0, 0, 255}, {0, 255, 0, 255}, {0, 0, 255, 255}, {255, 255, 255, 255}}[y/8*2+x/12])
		}
	}
	return img
}

// turnedBy is a JPEG with an EXIF orientation.
func turnedBy(t *testing.T, orientation uint16) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, marked(), &jpeg.Options{Quality: 100}); err != nil {
		t.Fatal(err)
	}
	tiff := []byte("MM\x00*\x00\x00\x00\x08\x00\x01\x01\x12\x00\x03\x00\x00\x00\x01")
	tiff = binary.BigEndian.AppendUint16(tiff, orientation)
	tiff = append(tiff, 0, 0, 0, 0, 0, 0)
	head := binary.BigEndian.AppendUint16([]byte("\xff\xd8\xff\xe1"), uint16(2+6+len(tiff)))
	return slices.Concat(head, []byte("Exif\x00\x00"), tiff, b.Bytes()[2:])
}

// corners names the colours from the top left on.
func corners(t *testing.T, pixels []byte, h, w int) (s string) {
	t.Helper()
	if len(pixels) != h*w*Channels {
		t.Fatalf("%d bytes: want %d×%d×3", len(pixels), h, w)
	}
	for _, at := range [][2]int{{1, 1}, {1, w - 2}, {h - 2, 1}, {h - 2, w - 2}} {
		p := pixels[(at[0]*w+at[1])*Channels:][:Channels]
		n := 0
		for c, v := range p {
			if v > 128 {
				n |= 1 << c
			}
		}
		s += map[int]string{1: "r", 2: "g", 4: "b", 7: "w"}[n]
	}
	return s
}

// TestOrientation: where the stored quarters are seen follows from the standard's
// words: the stored row 0 and column 0 are, for 1 to 8, the seen top left, top
// right, bottom right, bottom left, left top, right top, right bottom, left bottom.
func TestOrientation(t *testing.T) {
	for i, want := range []string{"rgbw", "grwb", "wbgr", "bwrg", "rbgw", "brwg", "wgbr", "gwrb"} {
		p, err := Open(bytes.NewReader(turnedBy(t, uint16(i+1))))
		if err != nil {
			t.Fatal(err)
		}
		h, w := p.Size()
		if wantH, wantW := 16, 24; i >= 4 && (h != wantW || w != wantH) || i < 4 && (h != wantH || w != wantW) {
			t.Errorf("orientation %d: %d×%d", i+1, h, w)
		}
		pixels, grey, err := p.Pixels()
		if err != nil || grey {
			t.Fatalf("orientation %d: grey %t, error %v", i+1, grey, err)
		}
		if got := corners(t, pixels, h, w); got != want {
			t.Errorf("orientation %d shows %s: want %s", i+1, got, want)
		}
		small, _, err := p.Scaled(8, 10)
		if err != nil {
			t.Fatal(err)
		}
		if got := corners(t, small, 8, 10); got != want {
			t.Errorf("orientation %d, scaled, shows %s: want %s", i+1, got, want)
		}
	}
	for _, wrong := range []uint16{0, 9} {
		if p, err := Open(bytes.NewReader(turnedBy(t, wrong))); err != nil || p.Orientation() != 1 {
			t.Errorf("orientation %d: %v", wrong, err)
		}
	}
}

// TestPixels: of all kinds of PNG; a size that the picture has changes nothing.
func TestPixels(t *testing.T) {
	grey := image.NewGray(image.Rect(0, 0, 2, 1))
	grey.Pix = []byte{7, 250}
	deep := image.NewGray16(image.Rect(0, 0, 2, 1))
	deep.Pix = []byte{7, 99, 250, 1}
	half := image.NewNRGBA(image.Rect(0, 0, 2, 1))
	half.Pix = []byte{255, 0, 0, 255, 9, 9, 9, 0}
	table := image.NewPaletted(image.Rect(0, 0, 2, 1), color.Palette{color.RGBA{1, 2, 3, 255}, color.Gray{5}})
	table.Pix = []byte{1, 0}
	for name, c := range map[string]struct {
		img  image.Image
		want []byte
		grey bool
	}{
		"grey":        {grey, []byte{7, 7, 7, 250, 250, 250}, true},
		"16 bits":     {deep, []byte{7, 7, 7, 250, 250, 250}, true},
		"transparent": {half, []byte{255, 0, 0, 255, 255, 255}, false},
		"palette":     {table, []byte{5, 5, 5, 1, 2, 3}, false},
	} {
		var b bytes.Buffer
		if err := png.Encode(&b, c.img); err != nil {
			t.Fatal(err)
		}
		p, err := Open(bytes.NewReader(b.Bytes()))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for range 2 {
			pixels, isGrey, err := p.Scaled(1, 2)
			if err != nil || isGrey != c.grey || !slices.Equal(pixels, c.want) {
				t.Errorf("%s: %v, grey %t, error %v: want %v, %t", name, pixels, isGrey, err, c.want, c.grey)
			}
		}
	}
}
