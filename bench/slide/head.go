package slide

import (
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"github.com/unslide/unslide/bench/chart"
)

// A head is what stands above a picture's frames: the scene's title and its
// legend, broken to the picture's width.
type head struct {
	title  []string
	legend [][]meaning
}

const (
	keySide = 12 // of a legend's box
	keyGap  = 18 // between two entries
)

// head lays the scene's head out.
func (s Scene) head(width vg.Length) (h head) {
	room := width - 2*edge
	h.title = wrap(s.Title, titleStyle, room)
	marks, places := s.legend()
	left := room + 1 // nothing fits the row before the first
	for _, key := range append(marks, places...) {
		if w := key.width(); left+w > room {
			h.legend, left = append(h.legend, nil), 0
		}
		last := len(h.legend) - 1
		h.legend[last] = append(h.legend[last], key)
		left += key.width() + keyGap
	}
	return h
}

var (
	titleStyle = style(captionSize+1, draw.XLeft, draw.YTop)
	keyStyle   = style(titleSize, draw.XLeft, draw.YTop)
)

// width is that of an entry with its box.
func (m meaning) width() vg.Length { return keySide + 5 + keyStyle.Width(m.text) }

func (h head) height() vg.Length {
	return 10 + vg.Length(len(h.title))*lineHeight + 6 + vg.Length(len(h.legend))*lineHeight
}

// draw clears a picture and writes the head at its top.
func (h head) draw(c draw.Canvas) {
	c.SetColor(chart.Ground)
	c.Fill(c.Rectangle.Path())
	top := c.Max.Y - 10
	for _, line := range h.title {
		c.FillText(titleStyle, vg.Point{X: c.Min.X + edge, Y: top}, line)
		top -= lineHeight
	}
	top -= 6
	for _, row := range h.legend {
		left := c.Min.X + edge
		for _, key := range row {
			key.draw(c, left, top)
			left += key.width() + keyGap
		}
		top -= lineHeight
	}
}

// draw draws an entry with its upper left corner at (left, top).
func (m meaning) draw(c draw.Canvas, left, top vg.Length) {
	box := vg.Rectangle{Min: vg.Point{X: left, Y: top - keySide}, Max: vg.Point{X: left + keySide, Y: top}}
	c.SetColor(fill(m.mark))
	c.Fill(box.Path())
	line := outline(m.mark)
	if m.mark == Centre {
		line = ring
	}
	stroke(c, box, line)
	c.FillText(keyStyle, vg.Point{X: left + keySide + 5, Y: top}, m.text)
}
