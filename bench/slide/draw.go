package slide

import (
	"image/color"
	"strings"

	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"github.com/unslide/unslide/bench/chart"
)

// Sizes in points.
const (
	cellSize    = 34
	smallWidth  = 30
	smallHeight = 22
	titleHeight = 20
	operator    = 30 // between two matrices
	rowGap      = 14
	edge        = 14 // around a frame
	captionSize = 14
	titleSize   = 11
	numberSize  = 13
	smallSize   = 11
	lineHeight  = 18
	leastWidth  = 440
)

// Fills of marked elements, pale enough for the numbers on them.
var (
	coveredFill = mix(chart.Sky, 0.55)
	resultFill  = mix(chart.Orange, 0.55)
	outsideLine = color.RGBA{0xb8, 0xbe, 0xc4, 0xff}
	cellLine    = color.RGBA{0x7a, 0x82, 0x8a, 0xff}
)

// fill is the ground of an element with a mark.
func fill(m Mark) color.RGBA {
	switch {
	case m&Result != 0:
		return resultFill
	case m&Covered != 0:
		return coveredFill
	}
	return chart.Ground
}

// outline is the line around an element with a mark.
func outline(m Mark) draw.LineStyle {
	if m&beyond != 0 {
		return draw.LineStyle{Color: outsideLine, Width: 0.8, Dashes: []vg.Length{2, 2}}
	}
	return draw.LineStyle{Color: cellLine, Width: 0.8}
}

// ring marks the kernel's centre.
var ring = draw.LineStyle{Color: chart.Vermillion, Width: 2.2}

// mix is a colour on the ground.
func mix(c color.RGBA, share float64) color.RGBA {
	f := func(x, ground uint8) uint8 { return uint8(share*float64(x) + (1-share)*float64(ground)) }
	return color.RGBA{f(c.R, chart.Ground.R), f(c.G, chart.Ground.G), f(c.B, chart.Ground.B), 0xff}
}

func style(size vg.Length, x text.XAlignment, y text.YAlignment) draw.TextStyle {
	return draw.TextStyle{
		Color: chart.Ink, Font: chart.Face(size), XAlign: x, YAlign: y,
		Handler: text.Plain{Fonts: font.DefaultCache},
	}
}

// cells returns how many columns and rows of elements are drawn.
func (g Grid) cells() (cols, rows int) {
	return g.Margin.Left + g.Values.Cols() + g.Margin.Right, g.Margin.Top + g.Values.Rows() + g.Margin.Bottom
}

func (g Grid) cellSize() (w, h vg.Length) {
	if g.Small {
		w, h = smallWidth, smallHeight
	} else {
		w, h = cellSize, cellSize
	}
	letters := style(g.numberSize(), draw.XCenter, draw.YCenter)
	for i := range g.Values {
		for j := range g.Values[i] {
			w = max(w, letters.Width(g.cell(i, j))+8)
		}
	}
	return w, h
}

func (g Grid) numberSize() vg.Length {
	if g.Small {
		return smallSize
	}
	return numberSize
}

// size is that of the matrix with its title.
func (g Grid) size() (w, h vg.Length) {
	cols, rows := g.cells()
	cw, ch := g.cellSize()
	w, h = vg.Length(cols)*cw, vg.Length(rows)*ch+titleHeight
	return max(w, style(titleSize, draw.XLeft, draw.YBottom).Width(g.Title)), h
}

// rowSize is the size of matrices side by side.
func rowSize(grids []Grid) (w, h vg.Length) {
	for i, g := range grids {
		gw, gh := g.size()
		if w, h = w+gw, max(h, gh); i > 0 {
			w += operator
		}
	}
	return w, h
}

// wrap breaks a line that is too long.
func wrap(line string, s draw.TextStyle, width vg.Length) (lines []string) {
	for _, word := range strings.Fields(line) {
		if n := len(lines); n > 0 && s.Width(lines[n-1]+" "+word) <= width {
			lines[n-1] += " " + word
			continue
		}
		lines = append(lines, word)
	}
	return lines
}

// content is the width of the matrices.
func (f Frame) content() vg.Length {
	w := vg.Length(leastWidth)
	for _, row := range f.Rows {
		rw, _ := rowSize(row)
		w = max(w, rw)
	}
	return w
}

// texts are the caption and the lines, broken to the width.
func (f Frame) texts(width vg.Length) (caption, lines []string) {
	caption = wrap(f.Caption, style(captionSize, draw.XLeft, draw.YTop), width)
	for _, line := range f.Lines {
		lines = append(lines, wrap(line, style(numberSize, draw.XLeft, draw.YTop), width)...)
	}
	return caption, lines
}

func (f Frame) height(width vg.Length) vg.Length {
	caption, lines := f.texts(width)
	h := vg.Length(len(caption)+len(lines)) * lineHeight
	for _, row := range f.Rows {
		_, rh := rowSize(row)
		h += rh + rowGap
	}
	return h
}

// frameSize is the size that every frame of the scene fits.
func (s Scene) frameSize() (w, h vg.Length) {
	for _, f := range s.Frames {
		w = max(w, f.content())
	}
	for _, f := range s.Frames {
		h = max(h, f.height(w))
	}
	return w + 2*edge, h + 2*edge
}

// draw draws a frame on a canvas of the scene's frame size.
func (f Frame) draw(c draw.Canvas) {
	c.SetColor(chart.Ground)
	c.Fill(c.Rectangle.Path())
	left, top := c.Min.X+edge, c.Max.Y-edge
	caption, lines := f.texts(c.Max.X - c.Min.X - 2*edge)
	for _, line := range caption {
		c.FillText(style(captionSize, draw.XLeft, draw.YTop), vg.Point{X: left, Y: top}, line)
		top -= lineHeight
	}
	for _, row := range f.Rows {
		top -= rowGap
		_, height := rowSize(row)
		x := left
		for i, g := range row {
			w, h := g.size()
			if i > 0 {
				// The operator stands at the middle of the row's elements.
				at := vg.Point{X: x + operator/2, Y: top - titleHeight - (height-titleHeight)/2}
				c.FillText(style(captionSize+4, draw.XCenter, draw.YCenter), at, g.Before)
				x += operator
			}
			g.draw(c, x, top-(height-h)/2)
			x += w
		}
		top -= height
	}
	top -= rowGap / 2
	for _, line := range lines {
		c.FillText(style(numberSize, draw.XLeft, draw.YTop), vg.Point{X: left, Y: top}, line)
		top -= lineHeight
	}
}

// draw draws a matrix with its upper left corner at (left, top).
func (g Grid) draw(c draw.Canvas, left, top vg.Length) {
	c.FillText(style(titleSize, draw.XLeft, draw.YTop), vg.Point{X: left, Y: top}, g.Title)
	top -= titleHeight
	cols, rows := g.cells()
	w, h := g.cellSize()
	letters := style(g.numberSize(), draw.XCenter, draw.YCenter)
	box := func(i, j int) vg.Rectangle {
		x, y := left+vg.Length(j)*w, top-vg.Length(i+1)*h
		return vg.Rectangle{Min: vg.Point{X: x, Y: y}, Max: vg.Point{X: x + w, Y: y + h}}
	}
	// Rings come last, over their neighbours' lines.
	var rings []vg.Rectangle
	for i := range rows {
		for j := range cols {
			r, row, col := box(i, j), i-g.Margin.Top, j-g.Margin.Left
			mark := g.mark(row, col)
			c.SetColor(fill(mark))
			c.Fill(r.Path())
			stroke(c, r, outline(mark))
			if mark&Centre != 0 {
				rings = append(rings, r)
			}
			if word := g.cell(row, col); word != "" {
				c.FillText(letters, vg.Point{X: (r.Min.X + r.Max.X) / 2, Y: (r.Min.Y + r.Max.Y) / 2}, word)
			}
		}
	}
	for _, r := range rings {
		const inset = 1.5
		r.Min = r.Min.Add(vg.Point{X: inset, Y: inset})
		r.Max = r.Max.Sub(vg.Point{X: inset, Y: inset})
		stroke(c, r, ring)
	}
}

// stroke draws a rectangle's outline.
func stroke(c draw.Canvas, r vg.Rectangle, line draw.LineStyle) {
	corners := []vg.Point{r.Min, {X: r.Max.X, Y: r.Min.Y}, r.Max, {X: r.Min.X, Y: r.Max.Y}, r.Min}
	c.StrokeLines(line, corners)
}
