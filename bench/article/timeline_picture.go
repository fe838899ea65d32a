package article

import (
	"fmt"
	"time"

	"github.com/unslide/unslide/bench/chart"
)

// Draw writes the timeline's picture into each file, by its ending a PNG or an
// SVG: a panel for each way to take the step, a bar for each layer and
// direction.
func (t *Timeline) Draw(files ...string) error {
	var panels []*chart.Panel
	height := chart.Length(0)
	for _, r := range t.Rows {
		panels = append(panels, r.panel(t.Options.Batch))
		height += 3.4 * chart.Inch
	}
	panels[0].Key = []chart.Entry{
		{Name: "forward", Style: chart.Line{Color: chart.Blue}, Box: true},
		{Name: "backward, with the change of weights", Style: chart.Line{Color: chart.Vermillion}, Box: true},
	}
	return writeAll(files, height, panels...)
}

func writeAll(files []string, height chart.Length, panels ...*chart.Panel) error {
	for _, f := range files {
		if err := chart.Write(f, chart.Width, height, panels...); err != nil {
			return err
		}
	}
	return nil
}

func (r Row) panel(batch int) *chart.Panel {
	images := "one image"
	if batch > 1 {
		images = fmt.Sprintf("%d images", batch)
	}
	p := chart.NewPanel(fmt.Sprintf("%s: %s for a step of %s (%s)", r.Name, short(r.Total()), images, r.About()), "time [ms]", "")
	var bars []chart.Bar
	for _, b := range r.Bars {
		bar := chart.Bar{
			Name:  b.String(),
			Value: b.Time.Seconds() * 1000,
			Color: chart.Vermillion,
			Note:  fmt.Sprintf("%s, %.1f %%", short(b.Time), r.percent(b)),
		}
		switch {
		case b.Time == 0:
			bar.Note = "none"
		case b.Forward:
			bar.Color = chart.Blue
		case b.Layer == between:
			bar.Color = chart.Ink
		}
		bars = append(bars, bar)
	}
	p.AddBars(bars)
	return p
}

// short writes a duration with three digits and a fitting unit.
func short(d time.Duration) string {
	s := d.Seconds()
	switch {
	case d == 0:
		return "0"
	case s < 1e-3:
		return fmt.Sprintf("%.3g µs", s*1e6)
	case s < 1:
		return fmt.Sprintf("%.3g ms", s*1e3)
	case s < 100:
		return fmt.Sprintf("%.3g s", s)
	case s < 7200:
		return fmt.Sprintf("%.3g min", s/60)
	}
	return fmt.Sprintf("%.3g h", s/3600)
}

// DrawReal writes a picture of real layers' times into each file: a group of
// bars for each layer and pass, one for each way to compute it, on a
// logarithmic axis.
func DrawReal(times []RealTimes, files ...string) error {
	ways := []struct {
		name  string
		color int
		took  func(RealTimes) [3]time.Duration
	}{
		{"Python, sliding", 3, func(r RealTimes) [3]time.Duration { return r.Python }},
		{"Go, sliding", 0, func(r RealTimes) [3]time.Duration { return r.Sliding }},
		{"Go, im2col and GEMM", 2, func(r RealTimes) [3]time.Duration { return r.GEMM }},
		{"Go, the engine's choice", 1, func(r RealTimes) [3]time.Duration { return r.Engine }},
	}
	p := chart.NewPanel("One image through layers of real size", "time [s]", "")
	var bars []chart.Bar
	least, most := time.Duration(0), time.Duration(0)
	for _, w := range ways {
		p.Key = append(p.Key, chart.Entry{Name: w.name, Style: chart.Line{Color: chart.Color(w.color)}, Box: true})
	}
	for _, r := range times {
		for pass, name := range Passes {
			name = r.Name + ", " + name
			for _, w := range ways {
				d := w.took(r)[pass]
				if d == 0 {
					continue
				}
				bars = append(bars, chart.Bar{Name: name, Value: d.Seconds(), Color: chart.Color(w.color), Note: short(d)})
				name = ""
				if least == 0 || d < least {
					least = d
				}
				most = max(most, d)
			}
		}
	}
	p.AddBars(bars)
	p.X.Min, p.X.Max = least.Seconds()/2, most.Seconds()*10
	chart.LogAxis(&p.X)
	return writeAll(files, chart.Length(1.6+0.17*float64(len(bars))+0.06*float64(3*len(times)))*chart.Inch, p)
}
