package bench

import (
	"image/color"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// bars are upright bars in the plot's own units, so that they shrink with the
// number of layers; the plotting library's have a width on paper.
type bars struct {
	boxes []box
	color color.Color
}

type box struct{ left, right, height float64 }

// Plot draws the bars.
func (b *bars) Plot(c draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&c)
	for _, v := range b.boxes {
		c.FillPolygon(b.color, c.ClipPolygonXY([]vg.Point{
			{X: x(v.left), Y: y(0)}, {X: x(v.left), Y: y(v.height)},
			{X: x(v.right), Y: y(v.height)}, {X: x(v.right), Y: y(0)},
		}))
	}
}
