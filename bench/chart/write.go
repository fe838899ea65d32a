package chart

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/png"
	"path/filepath"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"
	"gonum.org/v1/plot/vg/vgsvg"

	"github.com/unslide/unslide/internal/wholefile"
)

// Width is a picture's usual width.
const Width = 9 * vg.Inch

// dpi makes a picture of the usual width 1440 pixels wide, sharp on screens
// that show it at half that.
const dpi = 160

// Write draws the panels below each other, their data areas aligned, into a
// file that ends in .png or .svg. It replaces a file only once the new one is
// complete.
func Write(file string, width, height Length, panels ...*Panel) error {
	content, err := Encode(filepath.Ext(file), width, height, dpi, func(c draw.Canvas) { Draw(c, panels...) })
	if err != nil {
		return fmt.Errorf("chart: %s: %w", file, err)
	}
	if err := wholefile.Write(file, content); err != nil {
		return fmt.Errorf("chart: %w", err)
	}
	return nil
}

// Encode returns the picture that paint draws, as .png, of so many pixels an inch,
// or as .svg.
func Encode(ext string, width, height Length, dpi int, paint func(draw.Canvas)) ([]byte, error) {
	var data bytes.Buffer
	switch ext {
	case ".png":
		err := png.Encode(&data, Image(width, height, dpi, paint))
		return data.Bytes(), err
	case ".svg":
		picture := vgsvg.New(width, height)
		paint(draw.New(picture))
		if _, err := picture.WriteTo(&data); err != nil {
			return nil, err
		}
		// A machine without the picture's letters has others of the same widths.
		return bytes.ReplaceAll(data.Bytes(), []byte("font-family:Liberation Sans;"),
			[]byte("font-family:'Liberation Sans',Arial,Helvetica,sans-serif;")), nil
	default:
		return nil, errors.New("want a file that ends in .png or .svg")
	}
}

// Image returns the picture that paint draws, of so many pixels an inch.
func Image(width, height Length, dpi int, paint func(draw.Canvas)) image.Image {
	picture := vgimg.NewWith(vgimg.UseWH(width, height), vgimg.UseDPI(dpi))
	paint(draw.New(picture))
	return picture.Image()
}

// Draw draws the panels below each other on a canvas, on the pictures' ground.
// Their data areas are equally high, and as wide as the widest labels allow.
func Draw(c draw.Canvas, panels ...*Panel) {
	c.SetColor(Ground)
	c.Fill(c.Rectangle.Path())
	c = draw.Crop(c, 10, -16, 8, -8)
	var left, right vg.Length
	for _, p := range panels {
		around := p.around(c)
		left, right = max(left, around.left), max(right, around.right)
	}
	free := c.Max.Y - c.Min.Y - gap*vg.Length(len(panels)-1)
	for _, p := range panels {
		p.reserve(c.Max.X - c.Min.X - left - right)
		around := p.around(c)
		free -= around.top + around.bottom
	}
	top := c.Max.Y
	for _, p := range panels {
		around := p.around(c)
		bottom := top - around.top - around.bottom - free/vg.Length(len(panels))
		p.draw(draw.Canvas{Canvas: c.Canvas, Rectangle: vg.Rectangle{
			Min: vg.Point{X: c.Min.X + left - around.left, Y: bottom},
			Max: vg.Point{X: c.Max.X - right + around.right, Y: top},
		}})
		top = bottom - gap
	}
}

// gap is the room between two panels.
const gap = 14
