package chart

import (
	"image/color"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// Bar is a horizontal bar with its row's name to the left and a note to the
// right of its end.
type Bar struct {
	Name  string // empty for a further bar of the row above
	Value float64
	Color color.Color
	Note  string
}

// AddBars fills the panel with horizontal bars, the first on top, which start
// at the horizontal axis's left end. Bars without a name move up to the bar
// above them, so that they make a group. The axis starts at 0 and leaves room
// for the notes; for a logarithmic one set its ends afterwards and call
// [LogAxis].
func (p *Panel) AddBars(bars []Bar) {
	b := &barPlot{bars: bars}
	y := 0.0
	var names []plot.Tick
	for i := range bars {
		if i > 0 && bars[i].Name != "" {
			y -= groupGap
		}
		y--
		b.at = append(b.at, y)
	}
	for i := 0; i < len(bars); {
		j := i + 1
		for j < len(bars) && bars[j].Name == "" {
			j++
		}
		names = append(names, plot.Tick{Value: (b.at[i] + b.at[j-1]) / 2, Label: bars[i].Name})
		i = j
	}
	p.Add(b)
	p.Y.Tick.Marker = plot.ConstantTicks(names)
	p.Y.Tick.Length = 0
	p.Y.LineStyle.Width = 0
	p.Y.Min, p.Y.Max = y-0.8, 0
	p.Y.Padding, p.X.Padding = 0, 0
	p.grid.Horizontal.Width = 0
}

const (
	groupGap  = 0.35 // between two groups, in bars
	thickness = 0.78 // of a bar, of its row's height
)

// barPlot draws the bars, in data coordinates at their rows.
type barPlot struct {
	bars []Bar
	at   []float64
}

// Plot implements plot.Plotter.
func (b *barPlot) Plot(c draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&c)
	left := x(p.X.Min)
	sty := text.Style{Color: Ink, Font: Face(noteSize), YAlign: text.YCenter, Handler: plot.DefaultTextHandler}
	for i, bar := range b.bars {
		end := left
		if bar.Value > p.X.Min {
			end = x(min(bar.Value, p.X.Max))
		}
		lo, hi := y(b.at[i]-thickness/2), y(b.at[i]+thickness/2)
		c.FillPolygon(bar.Color, []vg.Point{{X: left, Y: lo}, {X: end, Y: lo}, {X: end, Y: hi}, {X: left, Y: hi}})
		c.FillText(sty, vg.Point{X: end + 5, Y: (lo+hi)/2 + 1}, bar.Note)
	}
}

const noteSize = 11

// DataRange implements plot.DataRanger. It leaves room for the notes.
func (b *barPlot) DataRange() (xmin, xmax, ymin, ymax float64) {
	for _, bar := range b.bars {
		xmax = max(xmax, bar.Value)
	}
	return 0, xmax * noteRoom, 0, 0
}

// noteRoom is how much longer than the longest bar the axis is.
const noteRoom = 1.3
