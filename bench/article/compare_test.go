package article

import (
	"bytes"
	"context"
	"errors"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/unslide/unslide/engine"
	"github.com/unslide/unslide/engine/nn"
)

// small is a comparison of few steps, each of a small network.
func small() CompareOptions {
	o := ArticleCompare()
	o.Network.Layers[3].Op = nn.Dense{Units: 30, Activation: engine.Sigmoid}
	o.Steps, o.Test = 40, 100
	return o
}

// TestCompareArticle compares every run with the article's own program.
func TestCompareArticle(t *testing.T) {
	images := readImages(t)
	losses, correct := readTrace(t)
	o := ArticleCompare()
	o.Steps, o.Test = 60, 20
	if raceEnabled {
		o.Steps, o.Test = 5, 2
	}
	c, err := Compare(context.Background(), images, images, o)
	if err != nil {
		t.Fatal(err)
	}
	if len(c.Runs) != 3 || len(c.Drifts) != 2 {
		t.Fatalf("%d runs, %d compared, want 3 and 2", len(c.Runs), len(c.Drifts))
	}
	for i, tolerance := range []float64{1e-9, 1e-9, 1e-4} {
		r := c.Runs[i]
		if len(r.Losses) != o.Steps || len(r.Correct) != o.Steps {
			t.Fatalf("%s: %d losses, %d flags, want %d", r.Name, len(r.Losses), len(r.Correct), o.Steps)
		}
		for j, l := range r.Losses {
			if !(math.Abs(l-losses[j]) <= tolerance*losses[j]) || r.Correct[j] != correct[j] {
				t.Errorf("%s: step %d: loss %v, %v, want %v, %v", r.Name, j, l, r.Correct[j], losses[j], correct[j])
			}
		}
		if r.Time <= 0 || r.Test.Images != o.Test {
			t.Errorf("%s: took %v, %d test images", r.Name, r.Time, r.Test.Images)
		}
	}
	for i, tolerance := range []float64{1e-12, 1e-4} {
		d := c.Drifts[i]
		if got := d.Steps[len(d.Steps)-1]; got != o.Steps || len(d.Apart) != len(d.Steps) {
			t.Errorf("%s: last compared after step %d, %d times", d.Run, got, len(d.Apart))
		}
		for _, apart := range d.Apart {
			for j, a := range apart {
				// Different orders of sums leave some difference, precisions do.
				if !(a <= tolerance) || d.Run == Float32 && a == 0 {
					t.Errorf("%s: %s is %g apart", d.Run, c.Parameters[j], a)
				}
			}
		}
	}
	if n := Disagreements(c.Runs[0].Test.Predicted, c.Runs[1].Test.Predicted); n != 0 {
		t.Errorf("sliding and float64 disagree on %d of %d images", n, o.Test)
	}
}

func TestComparePicture(t *testing.T) {
	images := readImages(t)
	o := small()
	experiment := nn.ArticleExperiment()
	experiment.Layers[3].Op = nn.Dense{Units: 30, Activation: engine.Sigmoid}
	o.Beside, o.BesideName = &experiment, "experiment"
	losses, correct := readTrace(t)
	o.Foreign = []Foreign{
		{Name: "long", Losses: losses, Correct: correct},
		{Name: "short", Losses: losses[:7], Predictions: make([]int32, 100), Steps: 40},
	}
	c, err := Compare(context.Background(), images, images.Slice(500, 1000), o)
	if err != nil {
		t.Fatal(err)
	}

	curves := c.LossCurves()
	want := []struct {
		name   string
		points int
	}{{"sliding", 8}, {"float64", 8}, {"float32", 8}, {"experiment", 8}, {"long", 8}, {"short", 1}}
	if len(curves) != len(want) {
		t.Fatalf("%d curves, want %d", len(curves), len(want))
	}
	for i, w := range want {
		if curves[i].Name != w.name || len(curves[i].Points) != w.points {
			t.Errorf("curve %d: %s with %d points, want %s with %d", i, curves[i].Name, len(curves[i].Points), w.name, w.points)
		}
	}
	mean := 0.0
	for _, l := range c.Runs[0].Losses[5:10] {
		mean += l / 5
	}
	if p := curves[0].Points[1]; p.X != 10 || !(math.Abs(p.Y-mean) <= 1e-12) {
		t.Errorf("second point %v, want the mean %v of steps 6 to 10", p, mean)
	}
	for _, curve := range c.AccuracyCurves() {
		for _, p := range curve.Points {
			if r := math.Remainder(p.Y, 20); !(math.Abs(r) <= 1e-9) || p.Y < 0 || p.Y > 100 {
				t.Errorf("%s: accuracy of 5 images is %v %%", curve.Name, p.Y)
			}
		}
	}
	lead := c.Lead()
	if len(lead) != 8 {
		t.Fatalf("lead of %d points, want 8", len(lead))
	}
	accuracies := c.AccuracyCurves()
	for i, p := range lead {
		if want := accuracies[3].Points[i].Y - accuracies[0].Points[i].Y; p.Y != want {
			t.Errorf("window %d: lead %v, want %v", i, p.Y, want)
		}
	}
	differences := c.LossDifferences()
	if len(differences) != 4 || differences[1].Name != Float32 || len(differences[1].Points) == 0 {
		t.Fatalf("differences %v, want float64, float32, long and short", differences)
	}
	for _, p := range differences[1].Points {
		if !(p.Y > 0 && p.Y < 1e-4) {
			t.Errorf("float32 differs by %g", p.Y)
		}
	}
	if drifts := c.DriftCurves(1); len(drifts) != 4 || drifts[0].Name != "conv_w_1" || drifts[0].Points[0].X != 10 {
		t.Errorf("drifts %v, want those of the four weight tensors from step 10", drifts)
	}

	var out bytes.Buffer
	if err := c.Print(&out); err != nil {
		t.Fatal(err)
	}
	for _, w := range []string{"sliding", "of 100", "conv_b_2", "float32 from sliding", "short give", "experiment"} {
		if !strings.Contains(out.String(), w) {
			t.Errorf("tables do not say %q:\n%s", w, &out)
		}
	}
	dir := t.TempDir()
	files := []string{filepath.Join(dir, "c.png"), filepath.Join(dir, "c.svg")}
	if err := c.Draw(files...); err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if info, err := os.Stat(f); err != nil || info.Size() < 1000 {
			t.Errorf("%s: %v, %v", f, info, err)
		}
	}
}

func TestCompareRefused(t *testing.T) {
	images := readImages(t)
	for _, c := range []struct {
		change func(*CompareOptions)
		want   string
	}{
		{func(o *CompareOptions) { o.Runs = nil }, `runs "": want`},
		{func(o *CompareOptions) { o.Runs = []string{"float16"} }, `runs "float16"`},
		{func(o *CompareOptions) { o.Runs = []string{Float32, Float32} }, "at most once"},
		{func(o *CompareOptions) { o.Steps = 1001 }, "steps 1001: want 1 to 1000"},
		{func(o *CompareOptions) { o.Window = 41 }, "window 41: want 1 to 40"},
		{func(o *CompareOptions) { o.Rate = math.NaN() }, "rate NaN"},
		{func(o *CompareOptions) { o.Test = -1 }, "test -1: want 0"},
		{func(o *CompareOptions) { o.Network.Layers[4].Op = nn.Dense{Units: 9} }, "network of 9 classes"},
		{func(o *CompareOptions) { edit(&o.Network, 2, func(c *nn.Conv) { c.Centre = &nn.Pair{H: 1, W: 3} }) }, "conv_2"},
		{func(o *CompareOptions) { o.Network = nn.Strong() }, "for the sliding reference"},
		{func(o *CompareOptions) { o.Rate = 1e9 }, "want a smaller learning rate"},
	} {
		o := small()
		c.change(&o)
		if _, err := Compare(context.Background(), images, images, o); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("error %v, want one with %q", err, c.want)
		}
	}
	ctx, cancel := context.WithCancelCause(context.Background())
	stop := errors.New("stop")
	cancel(stop)
	if _, err := Compare(ctx, images, images, small()); !errors.Is(err, stop) {
		t.Errorf("error %v, want %v", err, stop)
	}
}
