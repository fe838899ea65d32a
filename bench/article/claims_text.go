package article

import (
	"fmt"
	"io"
	"strings"
	"text/template"
	"time"

	"github.com/unslide/unslide/bench/measure"
)

// row returns the timeline's row of a name, nil if there is none.
func (c *Claims) row(name string) *Row {
	for i := range c.Timeline.Rows {
		if strings.HasPrefix(c.Timeline.Rows[i].Name, name) {
			return &c.Timeline.Rows[i]
		}
	}
	return nil
}

// perEpoch scales the time of some images to an epoch.
func perEpoch(d time.Duration, images int) time.Duration {
	return time.Duration(float64(d) / float64(images) * trainingImages)
}

// run returns the comparison's run of a name.
func (c *Claims) run(name string) *Run {
	for i := range c.Comparison.Runs {
		if c.Comparison.Runs[i].Name == name {
			return &c.Comparison.Runs[i]
		}
	}
	return nil
}

// Claim is a claim of the article beside what was measured here.
type Claim struct {
	What, Article, Here string
}

// List puts the article's claims beside what was measured.
func (c *Claims) List() []Claim {
	sliding := c.run(Sliding)
	slid := perEpoch(sliding.Time, c.Comparison.Options.Steps)
	one, all := perEpoch(c.OneWorker.Time, c.OneWorker.Images), perEpoch(c.Epochs[0].Time, c.Epochs[0].Images)
	whole, part := "", ""
	if c.Comparison.Options.Steps < trainingImages {
		whole = fmt.Sprintf(", by %d of its steps", c.Comparison.Options.Steps)
		part = fmt.Sprintf(" after %d of its steps", c.Comparison.Options.Steps)
	}

	against := func(slow time.Duration) string {
		return fmt.Sprintf("%s on one worker, %s on %d", factor(slow, one), factor(slow, all), c.Workers)
	}
	python, pythonFactor := "not measured: no Python with numpy", ""
	if row := c.row("Python"); row != nil {
		t := row.Total() * trainingImages
		python = fmt.Sprintf("%s by the same method in Python (%s), from %d images", short(t), row.About(), c.Timeline.Options.PythonImages)
		pythonFactor = fmt.Sprintf("Python, sliding → engine %s; ", against(t))
	}
	tensorFlow := "not measured: " + c.NoTensorFlow
	if len(c.TensorFlow) > 0 {
		var times []string
		for _, f := range c.TensorFlow {
			t := time.Duration(f.Seconds.Median * trainingImages * float64(time.Second))
			times = append(times, fmt.Sprintf("%s on %s (%s)", short(t), threads(f), f.Form))
		}
		tensorFlow = fmt.Sprintf("TensorFlow %s: %s, from the step of its best form", c.Version, strings.Join(times, ", "))
	}
	accuracy := func(e Epoch) string { return fmt.Sprintf("%.2f %%", 100*e.Test.Accuracy()) }
	last := c.Epochs[len(c.Epochs)-1]
	list := []Claim{
		{"an epoch of 55 000 images by sliding kernels in Python", "15 hours", python},
		{"the same in Go, compiled", "–", fmt.Sprintf("%s, %s%s", short(slid), slidingHow, whole)},
		{"the same network in TensorFlow", "7–8 minutes", tensorFlow},
		{"the engine", "–", fmt.Sprintf("%s on one worker, %s on %d, float32", short(one), short(all), c.Workers)},
		{"from sliding to a tuned program", "120 times", fmt.Sprintf("%sGo, sliding (%s) → engine (float32) %s", pythonFactor, slidingHow, against(slid))},
		{"test accuracy after one epoch", "89 %", fmt.Sprintf("%s by the engine, %.2f %% by sliding%s", accuracy(c.Epochs[0]), 100*sliding.Test.Accuracy(), part)},
		{fmt.Sprintf("after %d", len(c.Epochs)), "96 % after four", accuracy(last)},
		{"test images on which two programs differ after the same training", "1 of 10 000", c.disagreements()},
		{"weights of float32 from those of float64", "differ in the thousandths", c.apart()},
		{"where the time goes", "nearly all into the convolutions, forward and back", c.shares()},
	}
	return list
}

func threads(f measure.Figure) string {
	if f.Threads == 1 {
		return "1 thread"
	}
	return fmt.Sprintf("%d threads", f.Threads)
}

func (c *Claims) disagreements() string {
	sliding := c.run(Sliding).Test.Predicted
	return fmt.Sprintf("sliding and engine after %d steps: %d in float64, %d in float32, of %d", c.Comparison.Options.Steps,
		Disagreements(sliding, c.run(Float64).Test.Predicted), Disagreements(sliding, c.run(Float32).Test.Predicted), len(sliding))
}

// apart tells the largest difference of any weight.
func (c *Claims) apart() string {
	var parts []string
	for _, d := range c.Comparison.Drifts {
		largest, name := 0.0, ""
		for j, x := range d.Apart[len(d.Apart)-1] {
			if x >= largest {
				largest, name = x, c.Comparison.Parameters[j]
			}
		}
		parts = append(parts, fmt.Sprintf("%s from sliding: at most %.1g (%s)", d.Run, largest, name))
	}
	return strings.Join(parts, "; ")
}

func (c *Claims) shares() string {
	var parts []string
	for _, r := range c.Timeline.Rows {
		parts = append(parts, fmt.Sprintf("%s: convolutions %.0f %%", r.Name, 100*r.Share("conv")))
	}
	return strings.Join(parts, "; ")
}

// WriteMarkdown writes the claims, the machine, and each layer's share, as a
// page.
func (c *Claims) WriteMarkdown(w io.Writer) error {
	if err := page.Execute(w, c); err != nil {
		return fmt.Errorf("article: %w", err)
	}
	return nil
}

var page = template.Must(template.New("claims").Funcs(template.FuncMap{
	"short":   short,
	"percent": func(r Row, b Bar) string { return fmt.Sprintf("%.1f %%", r.percent(b)) },
	"bar":     func(r Row, i int) Bar { return r.Bars[i] },
	"join":    strings.Join,
	"tested":  func(e Epoch) string { return fmt.Sprintf("%d of %d", e.Test.Correct, e.Test.Images) },
	"next":    func(i int) int { return i + 1 },
}).Parse(`# The article's claims, measured again

By ` + "`make article`" + `, {{.Time.Format "2006-01-02"}}: {{.Machine.CPU}}, {{.Machine.Cores}} cores, {{.Machine.OS}}, {{.Machine.Go}}, own kernels {{.Machine.ISA}}, BLAS {{join .Machine.BLAS ", "}}.
{{- range .Machine.Notes}} {{.}}.{{end}}

| | the article | here |
|---|---|---|
{{range .List}}| {{.What}} | {{.Article}} | {{.Here}} |
{{end}}
Sliding and engine train from the same weights (seed 1) on the same images in the same order, batch 1, rate 0.01; the sliding reference computes in float64.

## The engine, epoch by epoch

| epoch | time | test images right |
|---|---|---|
| 1, one worker | {{short .OneWorker.Time}} | {{tested .OneWorker}} |
{{range $i, $e := .Epochs}}| {{next $i}}, {{$.Workers}} workers | {{short $e.Time}} | {{tested $e}} |
{{end}}
## Where one training step's time goes

| layer |{{range .Timeline.Rows}} {{.Name}} | share |{{end}}
|---|{{range .Timeline.Rows}}---|---|{{end}}
{{range $i, $bar := (index .Timeline.Rows 0).Bars}}| {{$bar}} |{{range $.Timeline.Rows}} {{short (bar . $i).Time}} | {{percent . (bar . $i)}} |{{end}}
{{end}}| the step |{{range .Timeline.Rows}} {{short .Total}} | |{{end}}

{{range .Timeline.Rows}}{{.Name}}: {{.About}}. {{end}}
![Losses, accuracies and differences of sliding kernels and the engine](compare.png)

![The time of each layer](timeline.png)
`))
