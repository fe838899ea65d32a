package chart

import (
	"image/color"
	"math"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// Panel is a plot whose legend stands in rows between the title and the data,
// where it hides nothing.
type Panel struct {
	*plot.Plot
	Key []Entry

	grid  *plotter.Grid
	yName string // drawn by the panel, if set
}

// Entry is a series in a legend: a line, or with Box a filled box.
type Entry struct {
	Name  string
	Style Line
	Box   bool
}

// NewPanel returns an empty plot with a title, faint grid lines and named axes;
// the names should say the unit.
func NewPanel(title, x, y string) *Panel {
	p := plot.New()
	p.BackgroundColor = Ground
	p.Title.Text = title
	p.Title.TextStyle.Font = Face(titleSize)
	p.Title.TextStyle.Color = Ink
	p.Title.Padding = 6
	p.X.Label.Text, p.Y.Label.Text = x, y
	for _, axis := range []*plot.Axis{&p.X, &p.Y} {
		axis.Label.TextStyle.Font = Face(labelSize)
		axis.Label.TextStyle.Color = Ink
		axis.Tick.Label.Font = Face(tickSize)
		axis.Tick.Label.Color = Ink
		axis.Tick.Color = Ink
		axis.Color = Ink
		axis.Tick.Marker = plot.TickerFunc(roundTicks)
	}
	g := plotter.NewGrid()
	g.Horizontal.Color, g.Vertical.Color = Faint, Faint
	p.Add(g)
	return &Panel{Plot: p, grid: g}
}

// AddLine adds a line through the points and its entry in the legend, unless it
// has no name.
func (p *Panel) AddLine(name string, points Points, c color.Color, width Length, dashes []Length) {
	style := Line{Color: c, Width: width, Dashes: dashes}
	p.Add(&plotter.Line{XYs: points, LineStyle: style})
	if name != "" {
		p.Key = append(p.Key, Entry{Name: name, Style: style})
	}
}

const (
	keyRow   = 19 // height of a row of the legend
	keyThumb = 26 // width of a line or box
	keyGap   = 18 // between two entries
)

// keyText is the look of the legend's names.
func keyText() text.Style {
	return text.Style{Color: Ink, Font: Face(labelSize), YAlign: text.YCenter, Handler: plot.DefaultTextHandler}
}

// keyRows puts the legend's entries into rows of at most the given width.
func (p *Panel) keyRows(width vg.Length) (rows [][]Entry) {
	sty, used := keyText(), vg.Length(0)
	for _, e := range p.Key {
		w := keyThumb + 5 + sty.Width(e.Name) + keyGap
		if len(rows) == 0 || used+w > width+keyGap {
			rows, used = append(rows, nil), 0
		}
		rows[len(rows)-1] = append(rows[len(rows)-1], e)
		used += w
	}
	return rows
}

// reserve makes room for the legend, as wide as the data.
func (p *Panel) reserve(width vg.Length) {
	p.Title.Padding = 6 + keyRow*vg.Length(len(p.keyRows(width)))
}

// margins is the room that a panel needs around its data.
type margins struct{ left, right, top, bottom vg.Length }

func (p *Panel) around(c draw.Canvas) margins {
	data := p.DataCanvas(p.plotCanvas(c))
	return margins{data.Min.X - c.Min.X, c.Max.X - data.Max.X, c.Max.Y - data.Max.Y, data.Min.Y - c.Min.Y}
}

// plotCanvas is the part of a panel's canvas that gonum/plot draws on.
func (p *Panel) plotCanvas(c draw.Canvas) draw.Canvas {
	if p.yName == "" {
		return c
	}
	return draw.Crop(c, labelSize+6, 0, 0, 0)
}

// draw draws the plot and the legend into the room reserved for it.
func (p *Panel) draw(c draw.Canvas) {
	sub := p.plotCanvas(c)
	p.Plot.Draw(sub)
	data, sty := p.DataCanvas(sub), keyText()
	if p.yName != "" {
		turned := keyText()
		turned.Rotation, turned.XAlign, turned.YAlign = math.Pi/2, text.XCenter, text.YTop
		c.FillText(turned, vg.Point{X: c.Min.X, Y: (data.Min.Y + data.Max.Y) / 2}, p.yName)
	}
	rows := p.keyRows(data.Max.X - data.Min.X + 1) // rounding must not make a row more
	y := data.Max.Y + keyRow*(vg.Length(len(rows))-0.4)
	for _, row := range rows {
		x := data.Min.X
		for _, e := range row {
			if e.Box {
				h := vg.Length(5)
				c.FillPolygon(e.Style.Color, []vg.Point{{X: x, Y: y - h}, {X: x + keyThumb, Y: y - h}, {X: x + keyThumb, Y: y + h}, {X: x, Y: y + h}})
			} else {
				c.StrokeLine2(e.Style, x, y, x+keyThumb, y)
			}
			x += keyThumb + 5
			c.FillText(sty, vg.Point{X: x, Y: y}, e.Name)
			x += sty.Width(e.Name) + keyGap
		}
		y -= keyRow
	}
}
