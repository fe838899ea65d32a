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
	if p.orientation >= sideways {
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
	bounds, at := img.Bounds(), colorAt(img)
	right, bottom := bounds.Max.X-1, bounds.Max.Y-1
	left, top := bounds.Min.X, bounds.Min.Y
	for y := range h {
		for x := range w {
			var c color.RGBA64
			switch orientation {
			case 2:
				c = at(right-x, top+y)
			case 3:
				c = at(right-x, bottom-y)
			case 4:
				c = at(left+x, bottom-y)
			case 5:
				c = at(left+y, top+x)
			case 6:
				c = at(left+y, bottom-x)
			case 7:
				c = at(right-y, bottom-x)
			case 8:
				c = at(right-y, top+x)
			default:
				c = at(left+x, top+y)
			}
			white := 0xffff - uint32(c.A) // the colours are times alpha already
			r, g, b := byte((uint32(c.R)+white)>>8), byte((uint32(c.G)+white)>>8), byte((uint32(c.B)+white)>>8)
			o := (y*w + x) * Channels
			pixels[o], pixels[o+1], pixels[o+2] = r, g, b
			grey = grey && r == g && g == b
		}
	}
	return pixels, grey
}

// colorAt returns img.At for pictures whose colours need no memory, as those of
// package image, and for others.
func colorAt(img image.Image) func(x, y int) color.RGBA64 {
	if img, ok := img.(image.RGBA64Image); ok {
		return img.RGBA64At
	}
	return func(x, y int) color.RGBA64 {
		r, g, b, a := img.At(x, y).RGBA()
		return color.RGBA64{R: uint16(r), G: uint16(g), B: uint16(b), A: uint16(a)}
	}
}
