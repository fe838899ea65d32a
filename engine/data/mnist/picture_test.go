package mnist

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"math"
	"math/rand/v2"
	"runtime"
	"strings"
	"testing"

	"golang.org/x/image/draw"
	"golang.org/x/image/math/f64"
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

// withOrientation puts an EXIF block of one tag into a JPEG or PNG.
func withOrientation(picture []byte, orientation uint16, order binary.AppendByteOrder) []byte {
	tiff := []byte("II*\x00")
	if order == binary.BigEndian {
		tiff = []byte("MM\x00*")
	}
	tiff = order.AppendUint32(tiff, 8)      // where the directory begins
	tiff = order.AppendUint16(tiff, 1)      // its entries
	tiff = order.AppendUint16(tiff, 0x0112) // orientation
	tiff = order.AppendUint16(tiff, 3)      // of 16 bits
	tiff = order.AppendUint32(tiff, 1)
	tiff = order.AppendUint16(tiff, orientation)
	tiff = append(tiff, 0, 0, 0, 0, 0, 0)
	var b bytes.Buffer
	if bytes.HasPrefix(picture, []byte("\xff\xd8")) {
		b.Write(picture[:2])
		b.WriteString("\xff\xe1")
		b.Write(binary.BigEndian.AppendUint16(nil, uint16(2+6+len(tiff))))
		b.WriteString("Exif\x00\x00")
		b.Write(tiff)
		b.Write(picture[2:])
		return b.Bytes()
	}
	const header = 8 + 4 + 4 + 13 + 4 // the signature and IHDR
	b.Write(picture[:header])
	b.Write(binary.BigEndian.AppendUint32(nil, uint32(len(tiff))))
	chunk := append([]byte("eXIf"), tiff...)
	b.Write(chunk)
	b.Write(binary.BigEndian.AppendUint32(nil, crc32.ChecksumIEEE(chunk)))
	b.Write(picture[header:])
	return b.Bytes()
}

// TestOrientation: a camera held in any of the eight ways. Where each writes
// the seen picture's column and row follows from the standard's words: the
// stored row 0 and column 0 are, for 1 to 8, the seen top left, top right,
// bottom right, bottom left, left top, right top, right bottom, left bottom.
func TestOrientation(t *testing.T) {
	want := seven(t)
	const w, h = 150, 210
	seen := image.NewGray(image.Rect(0, 0, w, h))
	draw.CatmullRom.Scale(seen, image.Rect(5, 30, 145, 170), grayImage(want), image.Rect(0, 0, 28, 28), draw.Src, nil)
	stored := map[uint16]func(row, col int) (x, y int){ // where a stored pixel is seen
		1: func(row, col int) (x, y int) { return col, row },
		2: func(row, col int) (x, y int) { return w - 1 - col, row },
		3: func(row, col int) (x, y int) { return w - 1 - col, h - 1 - row },
		4: func(row, col int) (x, y int) { return col, h - 1 - row },
		5: func(row, col int) (x, y int) { return row, col },
		6: func(row, col int) (x, y int) { return w - 1 - row, col },
		7: func(row, col int) (x, y int) { return w - 1 - row, h - 1 - col },
		8: func(row, col int) (x, y int) { return row, h - 1 - col },
	}
	for orientation, at := range stored {
		img := image.NewGray(image.Rect(0, 0, w, h))
		if orientation >= 5 {
			img = image.NewGray(image.Rect(0, 0, h, w))
		}
		for row := range img.Rect.Dy() {
			for col := range img.Rect.Dx() {
				img.SetGray(col, row, seen.GrayAt(at(row, col)))
			}
		}
		var asPNG, asJPEG bytes.Buffer
		if err := errors.Join(png.Encode(&asPNG, img), jpeg.Encode(&asJPEG, img, &jpeg.Options{Quality: 90})); err != nil {
			t.Fatal(err)
		}
		for name, b := range map[string][]byte{"PNG": asPNG.Bytes(), "JPEG": asJPEG.Bytes()} {
			for _, order := range []binary.AppendByteOrder{binary.LittleEndian, binary.BigEndian} {
				got, err := ReadPicture(bytes.NewReader(withOrientation(b, orientation, order)))
				if err != nil {
					t.Errorf("%s, orientation %d: %v", name, orientation, err)
				} else if d := meanDifference(got, want); !(d <= 5) {
					t.Errorf("%s, orientation %d: the mean difference is %.2f grey levels: want at most 5", name, orientation, d)
				}
			}
		}
	}
	// What EXIF says wrongly counts for nothing.
	var b bytes.Buffer
	if err := jpeg.Encode(&b, seen, nil); err != nil {
		t.Fatal(err)
	}
	for name, picture := range map[string][]byte{
		"none": b.Bytes(), "0": withOrientation(b.Bytes(), 0, binary.LittleEndian), "9": withOrientation(b.Bytes(), 9, binary.BigEndian),
		"damaged": bytes.Replace(withOrientation(b.Bytes(), 6, binary.LittleEndian), []byte("II*"), []byte("XX*"), 1),
	} {
		got, err := ReadPicture(bytes.NewReader(picture))
		if err != nil {
			t.Errorf("orientation %s: %v", name, err)
		} else if d := meanDifference(got, want); !(d <= 5) {
			t.Errorf("orientation %s: the mean difference is %.2f grey levels", name, d)
		}
	}
}

// TestFrames: the page in a frame of another shade is no digit, nor is a strip
// of the table along an edge.
func TestFrames(t *testing.T) {
	want := seven(t)
	ink := grayImage(want)
	page := func(frame, paper, pen uint8, at image.Rectangle) *image.Gray {
		img := image.NewGray(image.Rect(0, 0, 300, 320))
		draw.Draw(img, img.Rect, image.NewUniform(color.Gray{frame}), image.Point{}, draw.Src)
		draw.Draw(img, at, image.NewUniform(color.Gray{paper}), image.Point{}, draw.Src)
		digit := image.Rect(90, 100, 210, 220)
		big := image.NewGray(digit)
		draw.CatmullRom.Scale(big, digit, ink, ink.Rect, draw.Src, nil)
		mask := &image.Alpha{Pix: big.Pix, Stride: big.Stride, Rect: digit}
		draw.DrawMask(img, digit, image.NewUniform(color.Gray{pen}), image.Point{}, mask, digit.Min, draw.Over)
		return img
	}
	turned := image.NewGray(image.Rect(0, 0, 400, 400))
	draw.BiLinear.Transform(turned, f64.Aff3{0.9, -0.35, 120, 0.35, 0.9, 20}, page(20, 230, 20, image.Rect(10, 10, 290, 310)), image.Rect(10, 10, 290, 310), draw.Over, nil)
	for name, test := range map[string]struct {
		img  image.Image
		want error
	}{
		"dark frame":              {page(20, 230, 20, image.Rect(10, 10, 290, 310)), errFramed},
		"light frame":             {page(240, 30, 240, image.Rect(40, 30, 260, 300)), errFramed},
		"grey frame, dark pen":    {page(90, 230, 20, image.Rect(30, 10, 280, 250)), errFramed},
		"frame on three sides":    {page(20, 230, 20, image.Rect(20, 20, 280, 320)), errFramed},
		"turned page":             {turned, errFramed},
		"page of nothing":         {page(20, 230, 230, image.Rect(30, 10, 280, 310)), errFramed},
		"table at the top":        {page(20, 230, 20, image.Rect(0, 20, 300, 320)), errEdge},
		"table at two sides":      {page(20, 230, 20, image.Rect(0, 0, 270, 300)), errFramed},
		"table at the right":      {page(20, 230, 20, image.Rect(0, 0, 292, 320)), errEdge},
		"page lighter than table": {page(200, 235, 20, image.Rect(10, 10, 290, 310)), nil},
		"page alone":              {page(230, 230, 20, image.Rectangle{}), nil},
	} {
		got, err := FromImage(test.img)
		if err != test.want {
			t.Errorf("%s: error %v, want %v", name, err, test.want)
		} else if err == nil {
			if d := meanDifference(got, want); !(d <= 5) {
				t.Errorf("%s: the mean difference is %.2f grey levels: want at most 5", name, d)
			}
		}
	}
}

// TestDigitsAreNoPages: full, square and closed digits of the kind that seven
// segments make.
func TestDigitsAreNoPages(t *testing.T) {
	segments := [...]image.Rectangle{
		image.Rect(0, 0, 100, 22), image.Rect(78, 0, 100, 100), image.Rect(78, 78, 100, 180), image.Rect(0, 158, 100, 180),
		image.Rect(0, 78, 22, 180), image.Rect(0, 0, 22, 100), image.Rect(0, 79, 100, 101),
	}
	for digit, lit := range [...]string{"012345", "12", "01346", "01236", "1256", "02356", "023456", "012", "0123456", "012356"} {
		img := image.NewGray(image.Rect(0, 0, 160, 240))
		for _, s := range lit {
			draw.Draw(img, segments[s-'0'].Add(image.Pt(30, 30)), image.White, image.Point{}, draw.Src)
		}
		if _, err := FromImage(img); err != nil {
			t.Errorf("%d: %v", digit, err)
		}
	}
}

// TestLargePictures: what is held beside the decoded picture does not grow with
// it, and the digit is read all the same.
func TestLargePictures(t *testing.T) {
	want := seven(t)
	const side = 3000
	img := image.NewGray(image.Rect(0, 0, side, side))
	draw.NearestNeighbor.Scale(img, image.Rect(side/8, side/6, side/2, side/6+3*side/8), grayImage(want), image.Rect(0, 0, 28, 28), draw.Src, nil)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	got, err := FromImage(img)
	runtime.ReadMemStats(&after)
	if err != nil {
		t.Fatal(err)
	}
	if d := meanDifference(got, want); !(d <= 8) {
		t.Errorf("the mean difference is %.2f grey levels: want at most 8", d)
	}
	const most = 64 * planeSide * planeSide
	if taken := after.TotalAlloc - before.TotalAlloc; taken > most {
		t.Errorf("%d bytes beside the picture: want at most %d", taken, most)
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
	claims := func(w, h uint32) []byte {
		b := bytes.Clone(good)
		binary.BigEndian.PutUint32(b[16:], w)
		binary.BigEndian.PutUint32(b[20:], h)
		binary.BigEndian.PutUint32(b[29:], crc32.ChecksumIEEE(b[12:29]))
		return b
	}
	var asJPEG bytes.Buffer
	if err := jpeg.Encode(&asJPEG, white, nil); err != nil {
		t.Fatal(err)
	}
	frame := bytes.Index(asJPEG.Bytes(), []byte("\xff\xc0"))
	claimsJPEG := bytes.Clone(asJPEG.Bytes())
	binary.BigEndian.PutUint32(claimsJPEG[frame+5:], 8191<<16|8191)
	progressive := append(bytes.Clone(claimsJPEG), make([]byte, 1<<20)...)
	progressive[frame+1] = 0xc2
	for name, test := range map[string]struct {
		b    []byte
		says string
	}{
		"claims":       {claims(8191, 8191), "8191×8191 pixels in"},
		"claims, JPEG": {claimsJPEG, "8191×8191 pixels in"},
		"progressive":  {progressive, "8191×8191 pixels: want at most 33554432"},
		"other format": {[]byte("GIF89a\x01\x00\x01\x00\x00\x00\x00"), "want PNG or JPEG"},
		"blank":        {good, "blank"},
		"one pixel":    {encode(image.NewGray(image.Rect(0, 0, 1, 1))), "blank"},
		"empty":        {nil, "want PNG or JPEG"},
		"text":         {[]byte("seven"), "want PNG or JPEG"},
		"cut":          {good[:len(good)/2], "picture: "},
		"bomb":         {claims(40000, 30000), "40000×30000 pixels"},
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
