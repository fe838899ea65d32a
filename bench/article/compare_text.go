package article

import (
	"fmt"
	"io"
	"text/tabwriter"
)

// Print writes the comparison's tables.
func (c *Comparison) Print(w io.Writer) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	c.printRuns(t)
	c.printParameters(t)
	c.printDisagreements(t)
	return t.Flush()
}

func (c *Comparison) printRuns(w io.Writer) {
	o, base := &c.Options, c.Runs[0]
	last := ""
	if c.last() < o.Steps {
		last = fmt.Sprintf("last %d\t", c.last())
	}
	fmt.Fprintf(w, "run\tms a step\t× %s\tmean loss\t%stest right\ttest loss\n", base.Name, last)
	for _, r := range c.Runs {
		fmt.Fprintf(w, "%s\t%.3g\t%.1f\t%.6f\t", r.Name, r.Time.Seconds()*1000/float64(o.Steps), base.Time.Seconds()/r.Time.Seconds(), mean(r.Losses))
		if last != "" {
			fmt.Fprintf(w, "%.6f\t", mean(r.Losses[len(r.Losses)-c.last():]))
		}
		if r.Test.Images > 0 {
			fmt.Fprintf(w, "%d of %d\t%.6f\n", r.Test.Correct, r.Test.Images, r.Test.Loss)
		} else {
			fmt.Fprint(w, "–\t–\n")
		}
	}
	for _, f := range o.Foreign {
		if last != "" {
			last = "–\t"
		}
		fmt.Fprintf(w, "%s\t–\t–\t%.6f\t%s–\t–\n", f.Name, f.mean(o.Steps), last)
	}
	fmt.Fprintf(w, "\n%d steps of one image each, taken in turns. × %s: so many times\nas fast as that run.\n", o.Steps, base.Name)
	for _, r := range c.Runs {
		fmt.Fprintf(w, "%s: %s\n", r.Name, o.how(r.Name))
	}
	fmt.Fprintln(w)
}

// how says what computes a run.
func (o *CompareOptions) how(run string) string {
	switch run {
	case Sliding:
		return "sliding kernels, " + slidingHow
	case Float64:
		return "the engine, " + engineHow[float64](o.Workers)
	}
	return "the engine, " + engineHow[float32](o.Workers)
}

// last is how many of the last steps are summed up.
func (c *Comparison) last() int { return min(c.Options.Steps, 1000) }

func (c *Comparison) printParameters(w io.Writer) {
	if len(c.Drifts) == 0 {
		return
	}
	fmt.Fprintf(w, "parameter\tlargest value")
	for _, d := range c.Drifts {
		fmt.Fprintf(w, "\t%s from %s", d.Run, c.Runs[0].Name)
	}
	fmt.Fprintln(w)
	for j, name := range c.Parameters {
		fmt.Fprintf(w, "%s\t%.4g", name, c.Largest[j])
		for _, d := range c.Drifts {
			fmt.Fprintf(w, "\t%.2g", d.Apart[len(d.Apart)-1][j])
		}
		fmt.Fprintln(w)
	}
	fmt.Fprintln(w)
}

func (c *Comparison) printDisagreements(w io.Writer) {
	for i, r := range c.Runs {
		if r.Test.Images == 0 {
			continue
		}
		for _, s := range c.Runs[i+1:] {
			c.printDisagreement(w, r.Name, s.Name, r.Test.Predicted, s.Test.Predicted)
		}
		for _, f := range c.Options.Foreign {
			// Predictions after another number of steps say nothing.
			if len(f.Predictions) == r.Test.Images && f.Steps == c.Options.Steps {
				c.printDisagreement(w, r.Name, f.Name, r.Test.Predicted, f.Predictions)
			}
		}
	}
}

func (c *Comparison) printDisagreement(w io.Writer, a, b string, x, y []int32) {
	n := Disagreements(x, y)
	fmt.Fprintf(w, "%s and %s give %d of %d test images different digits", a, b, n, len(x))
	for i, shown := 0, 0; i < len(x) && shown < 5; i++ {
		if x[i] != y[i] {
			fmt.Fprintf(w, "; image %d: %d and %d", i, x[i], y[i])
			shown++
		}
	}
	fmt.Fprintln(w)
}

func mean(v []float64) float64 {
	sum := 0.0
	for _, x := range v {
		sum += x
	}
	return sum / float64(len(v))
}
