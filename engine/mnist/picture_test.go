package mnist

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"golang.org/x/image/draw"
)

// seven draws a digit as the data set has it: 20 pixels high, its centre of
// mass in the middle, soft edges.
func seven(t *testing.T) []byte {
	t.Helper()
	big := image.NewGray(image.Rect(0, 0, 120, 200))
	for y := range 200 {
		for x := range 120 {
			// A bar at the top and a slanted stroke.
			if d := 118 - y/2 - x; y < 24 || d >= 0 && d < 26 {
				big.SetGray(x, y, color.Gray{255})
			}
		}
	}
	small := image.NewGray(image.Rect(0, 0, 12, 20))
	draw.CatmullRom.Scale(small, small.Rect, big, big.Rect, draw.Src, nil)
	var mass, sx, sy float64
	for i, v := range small.Pix {
		mass, sx, sy = mass+float64(v), sx+float64(v)*float64(i%12), sy+float64(v)*float64(i/12)
	}
	left, top := int(math.Round(14-sx/mass)), int(math.Round(14-sy/mass))
	pixels := make([]byte, 28*28)
	for y := range 20 {
		copy(pixels[(top+y)*28+left:], small.Pix[y*12:(y+1)*12])
	}
	return pixels
}

func grayImage(pixels []byte) *image.Gray {
	return &image.Gray{Pix: append([]byte(nil), pixels...), Stride: 28, Rect: image.Rect(0, 0, 28, 28)}
}

func TestPicturesOfTheDataSetStayAsTheyAre(t *testing.T) {
	want := seven(t)
	dark := make([]byte, len(want))
	for i, v := range want {
		dark[i] = 255 - v
	}
	for name, pixels := range map[string][]byte{"light on dark": want, "dark on light": dark} {
		got, err := FromImage(grayImage(pixels))
		if err != nil {
			t.Fatal(err)
		}
		// One grey level: the picture's darkest pixel counts as full ink.
		if d := worst(got, want); d > 1 {
			t.Errorf("%s: differs by %d grey levels", name, d)
		}
	}
}

// TestPicturesOfAnyKind: pictures of one digit, however they were made, come
// out as the digit.
func TestPicturesOfAnyKind(t *testing.T) {
	want := seven(t)
	ink := grayImage(want)
	// place draws the digit, magnified, somewhere on a page of a colour.
	place := func(w, h int, at image.Rectangle, paper, pen color.Color) *image.RGBA {
		page := image.NewRGBA(image.Rect(0, 0, w, h))
		draw.Draw(page, page.Rect, image.NewUniform(paper), image.Point{}, draw.Src)
		mask := image.NewAlpha(at)
		big := image.NewGray(at)
		draw.CatmullRom.Scale(big, at, ink, ink.Rect, draw.Src, nil)
		copy(mask.Pix, big.Pix)
		draw.DrawMask(page, at, image.NewUniform(pen), image.Point{}, mask, at.Min, draw.Over)
		return page
	}
	noisy := place(300, 200, image.Rect(20, 10, 188, 178), color.Gray{200}, color.Gray{40})
	random := rand.New(rand.NewPCG(1, 2))
	for i := range noisy.Pix {
		if i%4 != 3 {
			noisy.Pix[i] = uint8(int(noisy.Pix[i]) + random.IntN(9) - 4)
		}
	}
	part := place(400, 400, image.Rect(200, 200, 340, 340), color.White, color.Black)
	for name, test := range map[string]struct {
		img  image.Image
		mean float64 // grey levels that the mean difference may have
	}{
		"black on white, large":        {place(900, 700, image.Rect(500, 30, 780, 310), color.White, color.Black), 5},
		"white on black, off centre":   {place(300, 100, image.Rect(2, 5, 86, 89), color.Black, color.White), 5},
		"blue on yellow":               {place(200, 200, image.Rect(10, 40, 150, 180), color.RGBA{250, 240, 100, 255}, color.RGBA{10, 20, 160, 255}), 5},
		"pale grey on white":           {place(200, 200, image.Rect(10, 40, 150, 180), color.White, color.Gray{215}), 5},
		"dark on transparent":          {place(200, 200, image.Rect(10, 40, 150, 180), color.Transparent, color.Black), 5},
		"light on transparent":         {place(200, 200, image.Rect(10, 40, 150, 180), color.Transparent, color.White), 5},
		"noisy paper":                  {noisy, 5},
		"a part of a larger image":     {part.SubImage(image.Rect(190, 190, 350, 350)), 5},
		"smaller than the data set's":  {place(20, 20, image.Rect(1, 1, 19, 19), color.White, color.Black), 14},
		"one stroke, higher than wide": {place(60, 900, image.Rect(-400, 20, 460, 880), color.White, color.Black), 60},
	} {
		got, err := FromImage(test.img)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if mean := meanDifference(got, want); !(mean <= test.mean) {
			t.Errorf("%s: the mean difference is %.2f grey levels: want at most %v", name, mean, test.mean)
		}
	}
}

func TestReadPicture(t *testing.T) {
	want := seven(t)
	img := image.NewGray(image.Rect(0, 0, 280, 280))
	draw.CatmullRom.Scale(img, img.Rect, grayImage(want), image.Rect(0, 0, 28, 28), draw.Src, nil)
	var asPNG, asJPEG bytes.Buffer
	if err := png.Encode(&asPNG, img); err != nil {
		t.Fatal(err)
	}
	if err := jpeg.Encode(&asJPEG, img, &jpeg.Options{Quality: 60}); err != nil {
		t.Fatal(err)
	}
	for name, b := range map[string][]byte{"PNG": asPNG.Bytes(), "JPEG": asJPEG.Bytes()} {
		got, err := ReadPicture(bytes.NewReader(b))
		if err != nil {
			t.Errorf("%s: %v", name, err)
		} else if d := meanDifference(got, want); !(d <= 5) {
			t.Errorf("%s: the mean difference is %.2f grey levels: want at most 5", name, d)
		}
	}
}

func TestPicturesThatAreNone(t *testing.T) {
	encode := func(img image.Image) []byte {
		var b bytes.Buffer
		if err := png.Encode(&b, img); err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
	white := image.NewGray(image.Rect(0, 0, 40, 30))
	for i := range white.Pix {
		white.Pix[i] = 255
	}
	good := encode(white)
	// A PNG whose header claims 1.2 thousand million pixels.
	bomb := append([]byte(nil), good...)
	binary.BigEndian.PutUint32(bomb[16:], 40000)
	binary.BigEndian.PutUint32(bomb[20:], 30000)
	binary.BigEndian.PutUint32(bomb[29:], crc32.ChecksumIEEE(bomb[12:29]))
	for name, test := range map[string]struct {
		b    []byte
		says string
	}{
		"blank":     {good, "blank"},
		"one pixel": {encode(image.NewGray(image.Rect(0, 0, 1, 1))), "blank"},
		"empty":     {nil, "want PNG or JPEG"},
		"text":      {[]byte("seven"), "want PNG or JPEG"},
		"cut":       {good[:len(good)/2], "mnist: picture: "},
		"bomb":      {bomb, "40000×30000 pixels"},
	} {
		_, err := ReadPicture(bytes.NewReader(test.b))
		if err == nil || !strings.Contains(err.Error(), test.says) {
			t.Errorf("%s: error %v: want one with %q", name, err, test.says)
		}
	}
}

func worst(a, b []byte) int {
	d := 0
	for i := range a {
		d = max(d, int(a[i])-int(b[i]), int(b[i])-int(a[i]))
	}
	return d
}

func meanDifference(a, b []byte) float64 {
	sum := 0.0
	for i := range a {
		sum += math.Abs(float64(a[i]) - float64(b[i]))
	}
	return sum / float64(len(a))
}
