package chart

import (
	"bytes"
	"fmt"
	"io"
	"path/filepath"

	"github.com/unslide/unslide/internal/wholefile"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"
	"gonum.org/v1/plot/vg/vgsvg"
)

// Width is a picture's usual width.
const Width = 9 * vg.Inch

// dpi makes a picture of the usual width 1440 pixels wide, sharp on screens
// that show it at half that.
const dpi = 160

// Write draws the panels below each other, their data areas aligned, into a
// file that ends in .png or .svg. It replaces a file only once the new one is
// complete.
func Write(file string, width, height vg.Length, panels ...*Panel) error {
	var picture interface {
		vg.CanvasSizer
		io.WriterTo
	}
	switch ext := filepath.Ext(file); ext {
	case ".png":
		picture = vgimg.PngCanvas{Canvas: vgimg.NewWith(vgimg.UseWH(width, height), vgimg.UseDPI(dpi))}
	case ".svg":
		picture = vgsvg.New(width, height)
	default:
		return fmt.Errorf("chart: %s: want a file that ends in .png or .svg", file)
	}
	Draw(draw.New(picture), panels...)
	var data bytes.Buffer
	if _, err := picture.WriteTo(&data); err != nil {
		return fmt.Errorf("chart: %s: %w", file, err)
	}
	// A machine without the picture's letters has others of the same widths.
	content := bytes.ReplaceAll(data.Bytes(), []byte("font-family:Liberation Sans;"),
		[]byte("font-family:'Liberation Sans',Arial,Helvetica,sans-serif;"))
	if err := wholefile.Write(file, content); err != nil {
		return fmt.Errorf("chart: %w", err)
	}
	return nil
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
