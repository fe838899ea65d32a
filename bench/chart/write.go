package chart

import (
	"bytes"
	"fmt"
	"io"
	"path/filepath"

	"github.com/google/renameio/v2"
	"gonum.org/v1/plot"
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
	if err := renameio.WriteFile(file, data.Bytes(), 0o666); err != nil {
		return fmt.Errorf("chart: %w", err)
	}
	return nil
}

// Draw draws the panels below each other on a canvas, on the pictures' ground.
func Draw(c draw.Canvas, panels ...*Panel) {
	c.SetColor(Ground)
	c.Fill(c.Rectangle.Path())
	tiles := draw.Tiles{Rows: len(panels), Cols: 1, PadTop: 8, PadBottom: 8, PadLeft: 10, PadRight: 16, PadY: 14}
	width := c.Max.X - c.Min.X // of the narrowest data area, to which all are aligned
	rows := make([][]*plot.Plot, len(panels))
	for i, p := range panels {
		rows[i] = []*plot.Plot{p.Plot}
		data := p.DataCanvas(tiles.At(c, 0, i))
		width = min(width, data.Max.X-data.Min.X)
	}
	for _, p := range panels {
		p.reserve(width)
	}
	for i, canvas := range plot.Align(rows, tiles, c) {
		panels[i].draw(canvas[0], width)
	}
}
