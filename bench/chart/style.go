package chart

import (
	"image/color"

	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// The words of the plotting library that a picture is described in, so that who
// describes one needs no other package.
type (
	Points = plotter.XYs // of a line, in the axes' units
	Point  = plotter.XY
	Length = vg.Length      // on paper
	Line   = draw.LineStyle // its colour, width and dashes
)

// Inch is a length of 25.4 mm.
const Inch = vg.Inch

// Colours of Okabe and Ito (2008), told apart with any kind of colour
// blindness. Those too pale for lines on a light ground are left out.
var (
	Blue       = color.RGBA{0x00, 0x72, 0xb2, 0xff}
	Orange     = color.RGBA{0xe6, 0x9f, 0x00, 0xff}
	Green      = color.RGBA{0x00, 0x9e, 0x73, 0xff}
	Vermillion = color.RGBA{0xd5, 0x5e, 0x00, 0xff}
	Purple     = color.RGBA{0xcc, 0x79, 0xa7, 0xff}
	Sky        = color.RGBA{0x56, 0xb4, 0xe9, 0xff}
	Ink        = color.RGBA{0x20, 0x24, 0x28, 0xff} // letters and axes
	Faint      = color.RGBA{0xd8, 0xdc, 0xe0, 0xff} // grid lines
	Ground     = color.RGBA{0xff, 0xff, 0xff, 0xff}
)

// Palette holds the colours of series, in the order in which to use them.
var Palette = []color.Color{Blue, Vermillion, Green, Orange, Purple, Sky}

// Color returns the colour of series i.
func Color(i int) color.Color { return Palette[i%len(Palette)] }

// Dashes returns the dash pattern of series i, so that lines differ by more
// than their colour. Series 0 is drawn through.
func Dashes(i int) []Length {
	patterns := [][]Length{nil, {6, 3}, {2, 2}, {9, 3, 2, 3}, {12, 4}}
	return patterns[i%len(patterns)]
}

const (
	titleSize = 15
	labelSize = 13
	tickSize  = 12
)

// Face returns the letters of a picture in a size in points.
func Face(size Length) font.Font {
	return font.Font{Typeface: "Liberation", Variant: "Sans", Size: size}
}
