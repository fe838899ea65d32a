package picture

import (
	"image"
	"image/color"

	"golang.org/x/image/draw"
)

// Channels are those of pixels in colour: red, green, blue.
const Channels = 3

// Pixels decodes the picture as it is to be seen: [h][w][Channels] for those of
// Size. What lets the background through lies on white. grey says that the three
// channels are equal everywhere.
func (p *Picture) Pixels() (pixels []byte, grey bool, err error) {
	img, err := p.Decode()
	if err != nil {
		return nil, false, err
	}
	h, w := p.Size()
	pixels, grey = turned(img, p.orientation, h, w)
	return pixels, grey, nil
}

// Scaled is Pixels of a picture that is stretched to so many rows and columns;
// one that has them stays as it is.
func (p *Picture) Scaled(h, w int) (pixels []byte, grey bool, err error) {
	ownH, ownW := p.Size()
	if h == ownH && w == ownW {
		return p.Pixels()
	}
	img, err := p.Decode()
	if err != nil {
		return nil, false, err
	}
	storedH, storedW := h, w
	if Sideways(p.orientation) {
		storedH, storedW = w, h
	}
	small := image.NewRGBA64(image.Rect(0, 0, storedW, storedH))
	draw.Draw(small, small.Rect, image.White, image.Point{}, draw.Src)
	draw.CatmullRom.Scale(small, small.Rect, img, img.Bounds(), draw.Over, nil)
	pixels, grey = turned(small, p.orientation, h, w)
	return pixels, grey, nil
}

// turned returns the pixels of h × w that an orientation shows of an image.
func turned(img image.Image, orientation, h, w int) (pixels []byte, grey bool) {
	pixels, grey = make([]byte, h*w*Channels), true
	bounds, at := img.Bounds(), ColorAt(img)
	from := Turned(orientation, bounds.Dx(), bounds.Dy())
	for y := range h {
		for x := range w {
			column, row := from(x, y)
			c := at(bounds.Min.X+column, bounds.Min.Y+row)
			white := 0xffff - uint32(c.A) // the colours are times alpha already
			r, g, b := byte((uint32(c.R)+white)>>8), byte((uint32(c.G)+white)>>8), byte((uint32(c.B)+white)>>8)
			o := (y*w + x) * Channels
			pixels[o], pixels[o+1], pixels[o+2] = r, g, b
			grey = grey && r == g && g == b
		}
	}
	return pixels, grey
}

// Turned returns where the column and row that are seen lie in a picture as it is
// stored, of w columns and h rows, whose EXIF orientation is one of 1 to 8; any other
// turns nothing.
func Turned(orientation, w, h int) func(x, y int) (column, row int) {
	switch orientation {
	case 2:
		return func(x, y int) (int, int) { return w - 1 - x, y }
	case 3:
		return func(x, y int) (int, int) { return w - 1 - x, h - 1 - y }
	case 4:
		return func(x, y int) (int, int) { return x, h - 1 - y }
	case 5:
		return func(x, y int) (int, int) { return y, x }
	case 6:
		return func(x, y int) (int, int) { return y, h - 1 - x }
	case 7:
		return func(x, y int) (int, int) { return w - 1 - y, h - 1 - x }
	case 8:
		return func(x, y int) (int, int) { return w - 1 - y, x }
	}
	return func(x, y int) (int, int) { return x, y }
}

// ColorAt returns img.At for pictures whose colours need no memory, as those of
// package image, and for others.
func ColorAt(img image.Image) func(x, y int) color.RGBA64 {
	if img, ok := img.(image.RGBA64Image); ok {
		return img.RGBA64At
	}
	return func(x, y int) color.RGBA64 {
		r, g, b, a := img.At(x, y).RGBA()
		return color.RGBA64{R: uint16(r), G: uint16(g), B: uint16(b), A: uint16(a)}
	}
}
