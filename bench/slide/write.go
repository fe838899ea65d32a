package slide

import (
	"bytes"
	"cmp"
	"fmt"
	"image"
	"image/color"
	"image/gif"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"github.com/unslide/unslide/bench/chart"
	"github.com/unslide/unslide/internal/wholefile"
)

// Write writes the scene into a file: an animation where the name ends in
// .gif, a strip of all frames where it ends in .svg or .png. It replaces a file
// only once the new one is complete.
func (s Scene) Write(file string, delay time.Duration) error {
	var data bytes.Buffer
	var err error
	switch ext := strings.ToLower(filepath.Ext(file)); ext {
	case ".gif":
		err = s.WriteGIF(&data, delay)
	case ".svg", ".png":
		err = s.WriteStrip(&data, ext)
	default:
		err = fmt.Errorf("slide: %s: want a file that ends in .gif, .svg or .png", file)
	}
	if err != nil {
		return err
	}
	if err := wholefile.Write(file, data.Bytes()); err != nil {
		return fmt.Errorf("slide: %w", err)
	}
	return nil
}

// gifDPI makes a frame's letters as large as a page's.
const gifDPI = 110

// WriteGIF writes an endless animation that shows each frame for delay, and the
// last one for three times as long.
func (s Scene) WriteGIF(w io.Writer, delay time.Duration) error {
	if err := s.fits(); err != nil {
		return err
	}
	width, height := s.frameSize()
	head := s.head(width)
	var frames []image.Image
	for _, f := range s.Frames {
		frames = append(frames, chart.Image(width, height+head.height(), gifDPI, func(c draw.Canvas) {
			head.draw(c)
			f.draw(draw.Crop(c, 0, 0, 0, -head.height()))
		}))
	}
	palette := commonColours(frames)
	var animation gif.GIF
	index := map[color.RGBA]uint8{}
	for i, f := range frames {
		b := f.Bounds()
		p := image.NewPaletted(b, palette)
		for y := b.Min.Y; y < b.Max.Y; y++ {
			for x := b.Min.X; x < b.Max.X; x++ {
				c := color.RGBAModel.Convert(f.At(x, y)).(color.RGBA)
				k, ok := index[c]
				if !ok {
					k = uint8(palette.Index(c))
					index[c] = k
				}
				p.SetColorIndex(x, y, k)
			}
		}
		hundredths := max(int(delay/(10*time.Millisecond)), 2)
		if i == len(frames)-1 {
			hundredths *= 3
		}
		animation.Image = append(animation.Image, p)
		animation.Delay = append(animation.Delay, hundredths)
	}
	return gif.EncodeAll(w, &animation)
}

// commonColours returns the 256 most frequent colours of the frames. Those left
// out are rare shades at the edges of letters, which take a neighbour's.
func commonColours(frames []image.Image) color.Palette {
	counts := map[color.RGBA]int{}
	for _, f := range frames {
		b := f.Bounds()
		for y := b.Min.Y; y < b.Max.Y; y++ {
			for x := b.Min.X; x < b.Max.X; x++ {
				counts[color.RGBAModel.Convert(f.At(x, y)).(color.RGBA)]++
			}
		}
	}
	colours := make([]color.RGBA, 0, len(counts))
	for c := range counts {
		colours = append(colours, c)
	}
	slices.SortFunc(colours, func(a, b color.RGBA) int {
		return cmp.Or(counts[b]-counts[a], int(a.R)-int(b.R), int(a.G)-int(b.G), int(a.B)-int(b.B))
	})
	var palette color.Palette
	for _, c := range colours[:min(len(colours), 256)] {
		palette = append(palette, c)
	}
	return palette
}

// WriteStrip writes all frames side by side, in rows, as .svg or .png.
func (s Scene) WriteStrip(w io.Writer, ext string) error {
	if err := s.fits(); err != nil {
		return err
	}
	width, height := s.frameSize()
	cols := max(1, min(len(s.Frames), int(stripWidth/width)))
	rows := (len(s.Frames) + cols - 1) / cols
	head := s.head(vg.Length(cols) * width)
	size := vg.Point{X: vg.Length(cols) * width, Y: vg.Length(rows)*height + head.height()}
	picture, err := chart.Encode(ext, size.X, size.Y, gifDPI, func(c draw.Canvas) {
		head.draw(c)
		for i, f := range s.Frames {
			x, y := vg.Length(i%cols)*width, size.Y-head.height()-vg.Length(i/cols+1)*height
			tile := vg.Rectangle{Min: vg.Point{X: x, Y: y}, Max: vg.Point{X: x + width, Y: y + height}}
			f.draw(draw.Canvas{Canvas: c.Canvas, Rectangle: tile})
			stroke(c, tile, draw.LineStyle{Color: chart.Faint, Width: 1})
		}
	})
	if err != nil {
		return fmt.Errorf("slide: strip as %q: %w", ext, err)
	}
	_, err = w.Write(picture)
	return err
}

// stripWidth is how wide a strip may be, in points, unless a frame is wider.
const stripWidth = 1300

// maxFrames bounds a picture's frames; text may have more.
const maxFrames = 120

func (s Scene) fits() error {
	if n := len(s.Frames); n == 0 || n > maxFrames {
		return fmt.Errorf("slide: %d frames in a picture: want 1 to %d", n, maxFrames)
	}
	return nil
}
