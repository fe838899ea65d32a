package article

import (
	"fmt"
	"image/color"

	"github.com/unslide/unslide/bench/chart"
)

// Draw writes the comparison's picture into each file, by its ending a PNG or
// an SVG: losses, accuracies, and how far the runs are apart.
func (c *Comparison) Draw(files ...string) error {
	window := fmt.Sprintf("mean of %d steps", c.Options.Window)
	loss := c.curves("Loss while training, "+window, "loss [nats]", c.LossCurves())
	loss.Y.Min = 0
	accuracy := c.curves("Accuracy while training, "+window, "right [%]", c.AccuracyCurves())
	accuracy.Y.Min, accuracy.Y.Max = 0, 100
	panels := []*chart.Panel{loss, accuracy}

	base := c.Runs[0].Name
	if lead := c.Lead(); lead != nil {
		name := c.Options.BesideName
		p := c.curves(fmt.Sprintf("Accuracy: lead of %s over %s, %s", name, base, window), "lead [% points]", []Curve{{name, lead}})
		p.Y.Min, p.Y.Max = min(p.Y.Min, 0), max(p.Y.Max, 0)
		panels = append(panels, p)
	}
	if curves := c.LossDifferences(); hasLine(curves) {
		p := c.curves(fmt.Sprintf("Loss: largest difference from %s in %d steps", base, c.Options.Window), "apart [nats]", curves)
		p.LogY()
		panels = append(panels, p)
	}
	if p := c.drifts(); p != nil {
		panels = append(panels, p)
	}
	height := chart.Length(len(panels)) * 2.9 * chart.Inch
	return writeAll(files, height, panels...)
}

// curves draws lines that may lie on each other: the first is the widest, so
// that it shows on both sides of the next.
func (c *Comparison) curves(title, y string, curves []Curve) *chart.Panel {
	p := chart.NewPanel(title, "training step, one image each", y)
	p.X.Min, p.X.Max = 0, float64(c.Options.Steps)
	for _, curve := range curves {
		if len(curve.Points) < 2 {
			continue // no line
		}
		col, width, dashes := c.style(curve.Name)
		p.AddLine(curve.Name, curve.Points, col, width, dashes)
	}
	return p
}

// style is a run's line, the same in all panels.
func (c *Comparison) style(name string) (col color.Color, width chart.Length, dashes []chart.Length) {
	widths := []chart.Length{5, 2.6, 1.2}
	for i, r := range c.Runs {
		if r.Name == name {
			return []color.Color{chart.Orange, chart.Blue, chart.Ink, chart.Green}[i], widths[min(i, 2)], nil
		}
	}
	for i, f := range c.Options.Foreign {
		if f.Name == name {
			return []color.Color{chart.Vermillion, chart.Purple, chart.Sky}[i%3], 1.2, chart.Dashes(i + 1)
		}
	}
	return chart.Ink, 1, nil
}

// drifts draws how far each run's weights are from the first run's: a colour
// for each layer, dashes for each run.
func (c *Comparison) drifts() *chart.Panel {
	p := chart.NewPanel("Weights: largest difference from "+c.Runs[0].Name, "training step, one image each", "apart")
	p.X.Min, p.X.Max = 0, float64(c.Options.Steps)
	var layers, runs []chart.Entry
	for run, d := range c.Drifts {
		layers = nil
		drawn := false
		for i, curve := range c.DriftCurves(run) {
			style := chart.Line{Color: chart.Color(i), Width: 2, Dashes: chart.Dashes(run)}
			layers = append(layers, chart.Entry{Name: curve.Name, Style: chart.Line{Color: chart.Color(i)}, Box: true})
			if len(curve.Points) > 0 {
				p.AddLine("", curve.Points, style.Color, style.Width, style.Dashes)
				drawn = true
			}
		}
		if drawn {
			runs = append(runs, chart.Entry{Name: d.Run, Style: chart.Line{Color: chart.Ink, Width: 2, Dashes: chart.Dashes(run)}})
		}
	}
	if len(runs) == 0 {
		return nil
	}
	p.Key = append(layers, runs...)
	p.LogY()
	return p
}

// hasLine reports whether a curve has points enough for a line.
func hasLine(curves []Curve) bool {
	for _, c := range curves {
		if len(c.Points) > 1 {
			return true
		}
	}
	return false
}
