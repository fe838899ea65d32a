package article

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/unslide/unslide/bench/measure"
	"github.com/unslide/unslide/engine/data/mnist"
)

// TestClaims measures a few steps on random images: every claim has its row,
// and what can be known beforehand is right.
func TestClaims(t *testing.T) {
	if testing.Short() {
		t.Skip("trains the article's network by sliding kernels")
	}
	data := &mnist.Data{Training: randomSet(mnist.HeldBack + 60), Test: randomSet(50)}
	o := ArticleClaims()
	o.Steps, o.Epochs, o.Python = 20, 2, ""
	said := 0
	o.Progress = func(string) { said++ }
	// The article's 10000 test images are not here.
	if _, err := MeasureClaims(context.Background(), data, ClaimsOptions{Steps: 61, Epochs: 1}); err == nil {
		t.Error("more steps than images give no error")
	}
	c, err := MeasureClaims(context.Background(), data, o)
	if err != nil {
		t.Fatal(err)
	}
	if said == 0 || len(c.Epochs) != 2 || c.Epochs[1].Images != 60 || c.Epochs[1].Time <= 0 || c.OneWorker.Test.Images != 50 {
		t.Errorf("progress %d times, epochs %+v, %+v", said, c.OneWorker, c.Epochs)
	}
	if c.OneWorker.Test.Correct != c.Epochs[0].Test.Correct {
		t.Errorf("one worker gets %d right, all get %d", c.OneWorker.Test.Correct, c.Epochs[0].Test.Correct)
	}
	if c.NoTensorFlow == "" || len(c.TensorFlow) > 0 {
		t.Errorf("without figures TensorFlow has %v", c.TensorFlow)
	}
	figure := func(program, form string, batch, threads int, seconds float64) measure.Figure {
		return measure.Figure{List: measure.TrainingList, Program: program, Form: form, Batch: batch, Threads: threads, Seconds: measure.Spread{Median: seconds}}
	}
	c.findTensorFlow(&measure.Results{Peers: map[string]string{"TensorFlow": "2.0"}, Figures: []measure.Figure{
		figure("TensorFlow", "function", 1, 2, 0.003), figure("TensorFlow", "function", 1, 1, 0.006), figure("TensorFlow", "XLA", 1, 1, 0.009),
		figure("TensorFlow", "function", 128, 1, 0.001), figure("JAX", "jit", 1, 1, 0.001),
	}})
	list := c.List()
	here := map[string]string{}
	for _, claim := range list {
		if claim.Article == "" || claim.Here == "" {
			t.Errorf("the claim %+v lacks a side", claim)
		}
		here[claim.What] = claim.Here
	}
	for what, want := range map[string]string{
		"the same network in TensorFlow":                                   "TensorFlow 2.0: 5.5 min on 1 thread (function), 2.75 min on 2 threads (function)", // 55000 · 6 ms, 3 ms
		"test images on which two programs differ after the same training": "sliding and engine after 20 steps: 0 in float64, 0 in float32, of 50",
		"test accuracy after one epoch":                                    fmt.Sprintf("%.2f %% by the engine", 2*float64(c.Epochs[0].Test.Correct)),
		"after 2":                                                          fmt.Sprintf("%.2f %%", 2*float64(c.Epochs[1].Test.Correct)),
		"an epoch of 55 000 images by sliding kernels in Python":           "not measured",
	} {
		if !strings.Contains(here[what], want) {
			t.Errorf("%s: %q: want %q", what, here[what], want)
		}
	}
	if !strings.Contains(here["where the time goes"], "Go, sliding: convolutions ") {
		t.Errorf("where the time goes: %q", here["where the time goes"])
	}
	var page strings.Builder
	if err := c.WriteMarkdown(&page); err != nil {
		t.Fatal(err)
	}
	for _, claim := range list {
		if row := fmt.Sprintf("| %s | %s | %s |\n", claim.What, claim.Article, claim.Here); !strings.Contains(page.String(), row) {
			t.Errorf("the page has no row %q:\n%s", row, &page)
		}
	}
	if n := strings.Count(page.String(), "\n| 1, ") + strings.Count(page.String(), "\n| 2, "); n != 3 {
		t.Errorf("%d rows of epochs: want 3:\n%s", n, &page)
	}
	if n := strings.Count(page.String(), "ward |"); n != len(c.Timeline.Rows[0].Bars) {
		t.Errorf("%d rows of layers: want %d", n, len(c.Timeline.Rows[0].Bars))
	}
	if perEpoch(time.Second, 5500) != 10*time.Second {
		t.Error("5500 images a second are not 10 s an epoch")
	}
}

// The kept figures spell the framework's name as the measurement does.
func TestClaimsFindTensorFlowInKeptFigures(t *testing.T) {
	data, err := os.ReadFile("../results/training.json")
	if err != nil {
		t.Fatal(err)
	}
	var r measure.Results
	if err := json.Unmarshal(data, &r); err != nil {
		t.Fatal(err)
	}
	var c Claims
	c.findTensorFlow(&r)
	if len(c.TensorFlow) == 0 || c.Version == "" {
		t.Errorf("no TensorFlow in figures that have it: %q", c.NoTensorFlow)
	}
}
