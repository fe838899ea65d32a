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
	"gonum.org/v1/plot/vg"
)

func TestWrite(t *testing.T) {
	dir := t.TempDir()
	panel := NewPanel("Title", "time [ms]", "loss [nats]")
	panel.AddLine("a line", plotter.XYs{{X: 0, Y: 1}, {X: 2, Y: 3}}, Color(0), 2, Dashes(1))
	panel.Key = append(panel.Key, Entry{Name: "a box", Box: true})
	other := NewPanel("Another", "x", "apart [m]")
	other.Y.Min, other.Y.Max = 1e-9, 1
	other.LogY()

	name := filepath.Join(dir, "a.png")
	if err := Write(name, 3*vg.Inch, 3*vg.Inch, panel, other); err != nil {
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
	if b := picture.Bounds(); b.Dx() != 480 || b.Dy() != 480 {
		t.Errorf("picture of %v, want 480×480", b)
	}
	if _, _, _, a := picture.At(0, 0).RGBA(); a != 0xffff {
		t.Error("the corner is not opaque")
	}

	name = filepath.Join(dir, "a.svg")
	if err := Write(name, 3*vg.Inch, 3*vg.Inch, panel, other); err != nil {
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
	for _, s := range []string{"Title", "time [ms]", "loss [nats]", "a line", "a box", "Another", "apart [m]", "1e-8", "'Liberation Sans',Arial,"} {
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
		if err := Write(c.file, vg.Inch, vg.Inch, NewPanel("", "", "")); err == nil || !strings.Contains(err.Error(), c.want) {
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

func TestKeyRows(t *testing.T) {
	p := NewPanel("", "", "")
	for range 10 {
		p.Key = append(p.Key, Entry{Name: "a series with quite a name"})
	}
	entries := 0
	for _, row := range p.keyRows(Width) {
		if len(row) > 4 {
			t.Errorf("%d entries in a row", len(row))
		}
		entries += len(row)
	}
	if entries != 10 {
		t.Errorf("%d entries, want 10", entries)
	}
	// What is wider than the picture has a row of its own.
	if rows := p.keyRows(1); len(rows) != 10 {
		t.Errorf("%d rows, want 10", len(rows))
	}
}

func TestLogAxis(t *testing.T) {
	for _, c := range []struct{ min, max, lo, hi float64 }{
		{3e-15, 2e-5, 1e-15, 1e-4},
		{0.01, 0.01, 0.01, 0.1},
		{math.Inf(1), math.Inf(-1), 1, 10}, // no series
	} {
		p := NewPanel("", "", "")
		p.Y.Min, p.Y.Max = c.min, c.max
		LogAxis(&p.Y)
		if !(math.Abs(p.Y.Min/c.lo-1) < 1e-12 && math.Abs(p.Y.Max/c.hi-1) < 1e-12) {
			t.Errorf("%g to %g: axis %g to %g, want %g to %g", c.min, c.max, p.Y.Min, p.Y.Max, c.lo, c.hi)
		}
		labels := 0
		for _, tick := range p.Y.Tick.Marker.Ticks(p.Y.Min, p.Y.Max) {
			if tick.Label != "" {
				labels++
			}
		}
		if labels < 2 || labels > maxDecades+1 {
			t.Errorf("%g to %g: %d labels", c.min, c.max, labels)
		}
	}
}

func TestRoundTicks(t *testing.T) {
	for _, c := range []struct {
		lo, hi float64
		want   string
	}{
		{0, 1000, "0 200 400 600 800 1000"},
		{0, 55000, "0 10000 20000 30000 40000 50000"},
		{0, 277.3, "0 50 100 150 200 250"},
		{0.7, 3.1, "1 1.5 2 2.5 3"},
		{-1, 1, "-1 -0.5 0 0.5 1"},
		{1, 1, ""},
		{math.Inf(1), math.Inf(-1), ""},
	} {
		var labels []string
		for _, tick := range roundTicks(c.lo, c.hi) {
			labels = append(labels, tick.Label)
		}
		if got := strings.Join(labels, " "); got != c.want {
			t.Errorf("%g to %g: %q, want %q", c.lo, c.hi, got, c.want)
		}
	}
}

func TestBars(t *testing.T) {
	p := NewPanel("", "time [ms]", "")
	p.AddBars([]Bar{{Name: "a", Value: 2}, {Value: 4}, {Name: "b", Value: 1}})
	ticks := p.Y.Tick.Marker.Ticks(0, 0)
	if len(ticks) != 2 || ticks[0].Label != "a" || ticks[0].Value != -1.5 || ticks[1].Label != "b" || !(ticks[1].Value < -3) {
		t.Errorf("names at %v, want a in the middle of its two bars, b below", ticks)
	}
	if p.X.Min != 0 || !(p.X.Max > 4) {
		t.Errorf("axis from %g to %g, want 0 to more than 4", p.X.Min, p.X.Max)
	}
	dir := t.TempDir()
	for _, log := range []bool{false, true} {
		if log {
			p.X.Min, p.X.Max = 0.5, 100
			LogAxis(&p.X)
		}
		if err := Write(filepath.Join(dir, "bars.png"), 2*vg.Inch, 2*vg.Inch, p); err != nil {
			t.Fatal(err)
		}
	}
}

func TestColumns(t *testing.T) {
	p := NewPanel("", "", "GFLOP/s")
	p.AddColumns([]string{"a", "b", "c"}, Columns{Name: "one", Color: Blue, Heights: []float64{1, 0, 3}}, Columns{Name: "two", Color: Green, Heights: []float64{2, 2, 2}})
	if p.X.Min != -0.5 || p.X.Max != 2.5 || len(p.Key) != 2 || !p.Key[1].Box || p.Key[1].Name != "two" {
		t.Errorf("axis from %g to %g, legend %+v: want three groups and two boxes", p.X.Min, p.X.Max, p.Key)
	}
	p.Y.Min, p.Y.Max = 0, 4
	if err := Write(filepath.Join(t.TempDir(), "columns.svg"), 2*Inch, 2*Inch, p); err != nil {
		t.Fatal(err)
	}
}
