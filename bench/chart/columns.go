package chart

import (
	"image/color"
	"math"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// Columns are a series of upright bars, one in each group; 0 is none.
type Columns struct {
	Name    string
	Color   color.Color
	Heights []float64
}

// AddColumns fills the panel with groups of upright bars, and the legend with
// their series: one bar of each series in a group, the groups named below the
// axis. They share four fifths of a group's place.
func (p *Panel) AddColumns(groups []string, series ...Columns) {
	width := 0.8 / float64(max(len(series), 1))
	for at, s := range series {
		bars := columnPlot{color: s.Color}
		for i, h := range s.Heights {
			if h != 0 {
				left := float64(i) - 0.4 + width*float64(at)
				bars.boxes = append(bars.boxes, box{left, left + 0.9*width, h})
			}
		}
		p.Add(&bars)
		p.Key = append(p.Key, Entry{Name: s.Name, Style: Line{Color: s.Color}, Box: true})
	}
	p.NominalX(groups...)
	p.X.Tick.Label.Rotation = math.Pi / 5
	p.X.Tick.Label.XAlign, p.X.Tick.Label.YAlign = text.XRight, text.YCenter
	p.X.Tick.Label.Font = Face(groupSize)
	p.X.Min, p.X.Max = -0.5, float64(len(groups))-0.5
}

const groupSize = 9 // of a group's name

// columnPlot draws upright bars in the plot's own units, so that they shrink with
// the number of groups; the plotting library's have a width on paper.
type columnPlot struct {
	boxes []box
	color color.Color
}

type box struct{ left, right, height float64 }

// Plot implements plot.Plotter.
func (b *columnPlot) Plot(c draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&c)
	for _, v := range b.boxes {
		c.FillPolygon(b.color, c.ClipPolygonXY([]vg.Point{
			{X: x(v.left), Y: y(0)}, {X: x(v.left), Y: y(v.height)},
			{X: x(v.right), Y: y(v.height)}, {X: x(v.right), Y: y(0)},
		}))
	}
}
