package chart

import (
	"bytes"
	"encoding/xml"
	"image/png"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gonum.org/v1/plot/plotter"
)

func TestWrite(t *testing.T) {
	dir := t.TempDir()
	panel := NewPanel("Title", "time [ms]", "loss [nats]")
	Grid(panel)
	line := NewLine(plotter.XYs{{X: 0, Y: 1}, {X: 2, Y: 3}}, Color(0), 2, Dashes(1))
	panel.Add(line)
	panel.Legend.Add("a line", line)
	other := NewPanel("Another", "x", "y")

	name := filepath.Join(dir, "a.png")
	if err := Write(name, Width, Width/2, panel, other); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	picture, err := png.Decode(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	if b := picture.Bounds(); b.Dx() != 1440 || b.Dy() != 720 {
		t.Errorf("picture of %v, want 1440×720", b)
	}
	if _, _, _, a := picture.At(0, 0).RGBA(); a != 0xffff {
		t.Error("the corner is not opaque")
	}

	name = filepath.Join(dir, "a.svg")
	if err := Write(name, Width, Width/2, panel, other); err != nil {
		t.Fatal(err)
	}
	if data, err = os.ReadFile(name); err != nil {
		t.Fatal(err)
	}
	for d := xml.NewDecoder(bytes.NewReader(data)); ; {
		if _, err := d.Token(); err == io.EOF {
			break
		} else if err != nil {
			t.Fatalf("SVG: %v", err)
		}
	}
	for _, s := range []string{"Title", "time [ms]", "loss [nats]", "a line", "Another"} {
		if !strings.Contains(string(data), s) {
			t.Errorf("SVG does not say %q", s)
		}
	}
}

func TestWriteRefused(t *testing.T) {
	dir := t.TempDir()
	for _, c := range []struct{ file, want string }{
		{filepath.Join(dir, "a.gif"), "want a file that ends in .png or .svg"},
		{filepath.Join(dir, "missing", "a.png"), "missing"},
	} {
		if err := Write(c.file, Width, Width, NewPanel("", "", "")); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want %q", c.file, err, c.want)
		}
	}
	if files, _ := os.ReadDir(dir); len(files) != 0 {
		t.Errorf("left behind: %v", files)
	}
}

// TestContrast checks that every series' colour stands out from the ground: a
// luminance ratio of 2 for lines and bars, of 7 for letters (WCAG's formula).
func TestContrast(t *testing.T) {
	luminance := func(c interface{ RGBA() (r, g, b, a uint32) }) float64 {
		r, g, b, _ := c.RGBA()
		linear := func(v uint32) float64 {
			s := float64(v) / 0xffff
			if s <= 0.04045 {
				return s / 12.92
			}
			return math.Pow((s+0.055)/1.055, 2.4)
		}
		return 0.2126*linear(r) + 0.7152*linear(g) + 0.0722*linear(b)
	}
	ground := luminance(Ground) + 0.05
	for i := range Palette {
		if ratio := ground / (luminance(Color(i)) + 0.05); !(ratio >= 2) {
			t.Errorf("colour %d: contrast %.2f", i, ratio)
		}
	}
	if ratio := ground / (luminance(Ink) + 0.05); !(ratio >= 7) {
		t.Errorf("letters: contrast %.2f", ratio)
	}
}
