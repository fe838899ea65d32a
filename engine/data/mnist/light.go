package mnist

import (
	"image"

	"github.com/unslide/unslide/engine/data/picture"
)

// plane is a picture's luma, 0 to 1, row by row.
type plane struct {
	w, h  int
	light []float32
}

// A digit of the data set has 20 pixels: of larger pictures blocks of pixels
// are averaged, of each of which at most so many rows and columns are looked
// at. That bounds the memory and time beside the decoded picture.
const (
	planeSide = 1 << 10
	blockSide = 4
)

// lightness returns a picture's luma. Where it lets the background through it
// lies on the paper that its opaque part needs: white under dark strokes, black
// under light ones.
func lightness(img image.Image) plane {
	bounds := img.Bounds()
	block := max(1, (max(bounds.Dx(), bounds.Dy())+planeSide-1)/planeSide)
	step := (block + blockSide - 1) / blockSide
	p := plane{w: (bounds.Dx() + block - 1) / block, h: (bounds.Dy() + block - 1) / block}
	p.light = make([]float32, p.w*p.h)
	through := make([]float32, p.w*p.h)
	at := picture.ColorAt(img)
	var sumLight, sumOpaque float64
	for y := range p.h {
		for x := range p.w {
			var light, clear float32
			n := 0
			for py := bounds.Min.Y + y*block; py < min(bounds.Min.Y+(y+1)*block, bounds.Max.Y); py += step {
				for px := bounds.Min.X + x*block; px < min(bounds.Min.X+(x+1)*block, bounds.Max.X); px += step {
					c := at(px, py) // times alpha already
					light += (0.299*float32(c.R) + 0.587*float32(c.G) + 0.114*float32(c.B)) / 0xffff
					clear += 1 - float32(c.A)/0xffff
					n++
				}
			}
			light, clear = light/float32(n), clear/float32(n)
			p.light[y*p.w+x], through[y*p.w+x] = light, clear
			sumLight, sumOpaque = sumLight+float64(light), sumOpaque+float64(1-clear)
		}
	}
	if sumLight < sumOpaque/2 {
		for i, t := range through {
			p.light[i] += t
		}
	}
	return p
}

const upright = 1

// oriented returns the plane as EXIF's orientation, 1 to 8, wants it seen.
func (p plane) oriented(orientation int) plane {
	if orientation == upright {
		return p
	}
	from := picture.Turned(orientation, p.w, p.h)
	seen := plane{p.w, p.h, make([]float32, len(p.light))}
	if picture.Sideways(orientation) {
		seen.w, seen.h = p.h, p.w
	}
	for i := range seen.light {
		x, y := from(i%seen.w, i/seen.w)
		seen.light[i] = p.light[y*p.w+x]
	}
	return seen
}
