package measure

import (
	"fmt"
	"image/color"
	"slices"

	"github.com/unslide/unslide/bench/chart"
)

// series of a chart, in the order of their bars.
var series = []struct {
	name  string
	color color.Color
	of    func(Row) *Figure
}{
	{"unslide", chart.Blue, func(w Row) *Figure { return w.Exact }},
	{"unslide, fast algorithms", chart.Green, func(w Row) *Figure {
		if w.Fast == w.Exact {
			return nil
		}
		return w.Fast
	}},
	{"best of the other frameworks", chart.Vermillion, func(w Row) *Figure { return w.Peer }},
	{"im2col + OpenBLAS", chart.Sky, func(w Row) *Figure { return w.Im2col }},
	{"bare sgemm of the same M, N, K", chart.Orange, func(w Row) *Figure { return w.Sgemm }},
}

// Chart is a picture that the results can fill: a list of layers with a number
// of threads.
type Chart struct {
	List    string
	Threads int
}

// File is the picture's usual name.
func (c Chart) File() string { return fmt.Sprintf("%s-%dt.png", c.List, c.Threads) }

// Charts lists the pictures that the results can fill.
func (r *Results) Charts() []Chart {
	var all []Chart
	for _, f := range r.Figures {
		if c := (Chart{f.List, f.Threads}); f.List != TrainingList && !slices.Contains(all, c) {
			all = append(all, c)
		}
	}
	return all
}

// WriteChart draws a list's speeds with a number of threads as bars, one panel
// a pass, into a .png or .svg file. The line across is the machine's peak.
func (r *Results) WriteChart(file, list string, threads int) error {
	var panels []*chart.Panel
	for _, p := range Passes() {
		var rows []Row
		for _, w := range r.Rows() {
			if w.List == list && w.Threads == threads && w.Pass == p {
				rows = append(rows, w)
			}
		}
		if len(rows) > 0 {
			panels = append(panels, r.panel(list, p, threads, rows))
		}
	}
	if len(panels) == 0 {
		return fmt.Errorf("measure: chart of list %q with %d threads: no figures", list, threads)
	}
	for _, p := range panels[1:] {
		p.Key = nil // the first says which colour is which
	}
	return chart.Write(file, chart.Width, chart.Length(len(panels))*3.3*chart.Inch, panels...)
}

var passTitles = map[Pass]string{Forward: "forward", BackwardData: "gradient to the data", BackwardFilter: "gradient to the filter"}

func (r *Results) panel(list string, p Pass, threads int, rows []Row) *chart.Panel {
	title := fmt.Sprintf("%s, %s, %d threads", list, passTitles[p], threads)
	if threads == 1 {
		title = fmt.Sprintf("%s, %s, 1 thread", list, passTitles[p])
	}
	panel := chart.NewPanel(title, "", "GFLOP/s")
	names := make([]string, len(rows))
	for i, w := range rows {
		names[i] = w.Layer
	}
	peak := r.Peak(threads)
	var columns []chart.Columns
	top := peak
	for _, s := range series {
		c := chart.Columns{Name: s.name, Color: s.color, Heights: make([]float64, len(rows))}
		shown := false
		for i, w := range rows {
			if f := s.of(w); f != nil {
				c.Heights[i] = f.GFLOPS()
				top, shown = max(top, c.Heights[i]), true
			}
		}
		if shown {
			columns = append(columns, c)
		}
	}
	panel.AddColumns(names, columns...)
	if peak > 0 {
		panel.AddLine("peak: sgemm 2048³", chart.Points{{X: panel.X.Min, Y: peak}, {X: panel.X.Max, Y: peak}}, chart.Ink, 1.5, chart.Dashes(1))
	}
	panel.Y.Min, panel.Y.Max = 0, top*1.05
	return panel
}
