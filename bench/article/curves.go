package article

import (
	"math"
	"strings"

	"github.com/unslide/unslide/bench/chart"
)

// Curve is one line of a picture.
type Curve struct {
	Name   string
	Points chart.Points
}

// LossCurves returns the mean loss of each window of steps, against the
// window's last step.
func (c *Comparison) LossCurves() (curves []Curve) {
	for _, r := range c.Runs {
		curves = append(curves, Curve{r.Name, means(r.Losses, c.Options.Window)})
	}
	for _, f := range c.Options.Foreign {
		curves = append(curves, Curve{f.Name, f.losses(c.Options.Steps, c.Options.Window)})
	}
	return curves
}

// Lead returns by how many percentage points the network beside is more
// accurate than the first run in each window, nil if there is none.
func (c *Comparison) Lead() chart.Points {
	if c.Options.Beside == nil {
		return nil
	}
	curves := c.AccuracyCurves()
	first, beside := curves[0].Points, curves[len(c.Runs)-1].Points
	lead := make(chart.Points, len(first))
	for i := range lead {
		lead[i] = chart.Point{X: first[i].X, Y: beside[i].Y - first[i].Y}
	}
	return lead
}

// AccuracyCurves returns the share of images that were right in each window, in
// percent.
func (c *Comparison) AccuracyCurves() (curves []Curve) {
	for _, r := range c.Runs {
		curves = append(curves, Curve{r.Name, means(percents(r.Correct), c.Options.Window)})
	}
	for _, f := range c.Options.Foreign {
		if points := f.accuracies(c.Options.Steps, c.Options.Window); len(points) > 0 {
			curves = append(curves, Curve{f.Name, points})
		}
	}
	return curves
}

// percents returns 100 for each image that was right.
func percents(correct []bool) []float64 {
	v := make([]float64, len(correct))
	for i, ok := range correct {
		if ok {
			v[i] = 100
		}
	}
	return v
}

// LossDifferences returns, for each run of the same network but the first and
// for the foreign runs, the largest difference of a step's loss from the first
// run's in each window. Windows without any difference have no point: the axis
// is logarithmic.
func (c *Comparison) LossDifferences() (curves []Curve) {
	base := c.Runs[0].Losses
	apart := func(name string, losses []float64) {
		n := min(len(losses), len(base))
		d := make([]float64, n)
		for i := range d {
			d[i] = math.Abs(losses[i] - base[i])
		}
		curves = append(curves, Curve{name, positive(windows(d, c.Options.Window, largest))})
	}
	for i := range c.Drifts {
		apart(c.Runs[i+1].Name, c.Runs[i+1].Losses)
	}
	for _, f := range c.Options.Foreign {
		apart(f.Name, f.Losses)
	}
	return curves
}

// DriftCurves returns, for one further run, how far each weight tensor is from
// the first run's: the largest difference, against the steps taken.
func (c *Comparison) DriftCurves(run int) (curves []Curve) {
	d := c.Drifts[run]
	for j, name := range c.Parameters {
		if !isWeights(name) {
			continue
		}
		points := make(chart.Points, len(d.Steps))
		for i, step := range d.Steps {
			points[i] = chart.Point{X: float64(step), Y: d.Apart[i][j]}
		}
		curves = append(curves, Curve{name, positive(points)})
	}
	return curves
}

// isWeights tells weights, conv_w_1 and so on, from biases.
func isWeights(name string) bool { return strings.Contains(name, "_w_") }

func means(values []float64, window int) chart.Points {
	return windows(values, window, func(v []float64) float64 {
		sum := 0.0
		for _, x := range v {
			sum += x
		}
		return sum / float64(len(v))
	})
}

func largest(values []float64) (m float64) {
	for _, v := range values {
		m = max(m, v)
	}
	return m
}

// windows sums up each whole window of values.
func windows(values []float64, window int, sum func([]float64) float64) chart.Points {
	var points chart.Points
	for hi := window; hi <= len(values); hi += window {
		points = append(points, chart.Point{X: float64(hi), Y: sum(values[hi-window : hi])})
	}
	return points
}

// positive leaves out the points that a logarithmic axis cannot show.
func positive(points chart.Points) (p chart.Points) {
	for _, xy := range points {
		if xy.Y > 0 {
			p = append(p, xy)
		}
	}
	return p
}
