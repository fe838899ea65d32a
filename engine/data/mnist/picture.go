package mnist

import (
	"errors"
	"image"
	"io"
	"math"
	"slices"

	"golang.org/x/image/draw"
	"golang.org/x/image/math/f64"

	"github.com/unslide/unslide/engine/data/picture"
)

// The data set's own rule for a digit: its longer side is boxSide pixels, its
// centre of mass lies on pixel (centre, centre) of side × side.
const (
	side    = 28
	boxSide = 20
	centre  = 14
)

// FromImage prepares a picture of one digit, of any size, dark on light or
// light on dark, as the data set's images were: the digit alone is scaled so
// that its longer side has 20 pixels, and its centre of mass is put into the
// middle of 28 × 28. 0 is paper, 255 is ink. A picture that is like that
// already stays as it is.
//
// Most of the picture's edge must be paper. A picture without contrast, one of
// a page in a frame and one with ink along its edge are errors.
func FromImage(img image.Image) ([]byte, error) { return fromLight(lightness(img)) }

// ReadPicture decodes a PNG or JPEG picture of one digit, see [picture.Open], turns
// it as its EXIF orientation says and prepares it as FromImage does.
func ReadPicture(r io.ReadSeeker) ([]byte, error) {
	p, err := picture.Open(r)
	if err != nil {
		return nil, err
	}
	img, err := p.Decode()
	if err != nil {
		return nil, err
	}
	return fromLight(lightness(img).oriented(p.Orientation()))
}

func fromLight(light plane) ([]byte, error) {
	ink, box, err := findInk(light)
	if err != nil {
		return nil, err
	}
	if pixels, ok := prepared(ink); ok {
		return pixels, nil
	}
	if err := checkInk(strokes(ink)); err != nil {
		return nil, err
	}
	// The box becomes w × h on a canvas that leaves room for soft edges.
	const margin = 2
	longer := float64(max(box.Dx(), box.Dy()))
	scale := boxSide / longer
	canvas := image.NewGray(image.Rect(0, 0, boxSide+2*margin, boxSide+2*margin))
	draw.CatmullRom.Transform(canvas, f64.Aff3{
		scale, 0, margin - scale*float64(box.Min.X),
		0, scale, margin - scale*float64(box.Min.Y),
	}, ink, ink.Rect, draw.Src, nil)

	x, y, mass := centreOfMass(canvas)
	if mass == 0 {
		return nil, errBlank
	}
	pixels := image.NewGray(image.Rect(0, 0, side, side))
	at := image.Pt(int(math.Round(centre-x)), int(math.Round(centre-y)))
	draw.Draw(pixels, canvas.Rect.Add(at), canvas, image.Point{}, draw.Src)
	return pixels.Pix, nil
}

// prepared returns the pixels of a picture that is in the data set's form.
func prepared(ink *image.Gray16) (pixels []byte, ok bool) {
	if ink.Rect.Dx() != side || ink.Rect.Dy() != side {
		return nil, false
	}
	gray := image.NewGray(ink.Rect)
	box := image.Rectangle{}
	for i := range gray.Pix {
		level := uint32(ink.Pix[2*i])<<8 | uint32(ink.Pix[2*i+1])
		gray.Pix[i] = uint8((level*0xff + 0x7fff) / 0xffff)
		if gray.Pix[i] > 0 {
			box = box.Union(image.Rect(i%side, i/side, i%side+1, i/side+1))
		}
	}
	x, y, _ := centreOfMass(gray)
	const near = 0.51
	ok = max(box.Dx(), box.Dy()) == boxSide && math.Abs(x-centre) < near && math.Abs(y-centre) < near
	return gray.Pix, ok
}

// centreOfMass returns the mean place of the ink, in pixels.
func centreOfMass(img *image.Gray) (x, y, mass float64) {
	w := img.Rect.Dx()
	for i, v := range img.Pix {
		m := float64(v)
		x, y, mass = x+m*float64(i%w), y+m*float64(i/w), mass+m
	}
	return x / mass, y / mass, mass
}

var errBlank = errors.New("mnist: picture is blank: want a digit that stands out from its background")

// body is the share of full ink from which on a pixel counts as the digit's;
// what is fainter is a soft edge.
const body = 0.3

// strokes returns the pixels that count as the digit's.
func strokes(ink *image.Gray16) mask {
	m := mask{ink.Rect.Dx(), ink.Rect.Dy(), make([]bool, ink.Rect.Dx()*ink.Rect.Dy())}
	for i := range m.in {
		m.in[i] = float64(uint16(ink.Pix[2*i])<<8|uint16(ink.Pix[2*i+1])) > body*0xffff
	}
	return m
}

// findInk returns how much ink each pixel has, from none to full, and the
// rectangle around the digit.
func findInk(p plane) (*image.Gray16, image.Rectangle, error) {
	light, w, h := p.light, p.w, p.h
	edge := make([]float32, 0, 2*(w+h))
	for x := range w {
		edge = append(edge, light[x], light[(h-1)*w+x])
	}
	for y := range h {
		edge = append(edge, light[y*w], light[y*w+w-1])
	}
	// Paper is what most of the edge is; ink is what differs most from it.
	paper := median(edge)
	full := slices.Max(light)
	if low := slices.Min(light); paper-low > full-paper {
		full = low
	}
	const leastContrast = 10.0 / 255
	if contrast := full - paper; contrast < leastContrast && contrast > -leastContrast {
		return nil, image.Rectangle{}, errBlank
	}
	// What paper itself varies by is no ink.
	for i, v := range edge {
		edge[i] = float32(math.Abs(float64((v - paper) / (full - paper))))
	}
	noise := min(4*median(edge), 0.5)

	ink := image.NewGray16(image.Rect(0, 0, w, h))
	box := image.Rectangle{}
	for y := range h {
		for x := range w {
			v := (light[y*w+x] - paper) / (full - paper)
			if !(v > noise) {
				continue
			}
			level := uint16(math.Round(float64(v) * 0xffff))
			ink.Pix[y*ink.Stride+2*x] = uint8(level >> 8)
			ink.Pix[y*ink.Stride+2*x+1] = uint8(level)
			if v > body {
				box = box.Union(image.Rect(x, y, x+1, y+1))
			}
		}
	}
	return ink, box, nil
}

// median sorts its argument.
func median(v []float32) float32 {
	slices.Sort(v)
	return v[len(v)/2]
}
