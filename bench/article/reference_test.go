package article

import (
	"context"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/sourcegraph/conc/panics"

	"github.com/unslide/unslide/engine"
	"github.com/unslide/unslide/engine/data"
	"github.com/unslide/unslide/engine/nn"
)

// randomSet is a set of random images.
func randomSet(n int) *data.Set {
	random := rand.New(rand.NewPCG(3, 4))
	pixels, labels := make([]byte, n*28*28), make([]int32, n)
	for i := range pixels {
		pixels[i] = uint8(random.IntN(256))
	}
	for i := range labels {
		labels[i] = int32(random.IntN(10))
	}
	s, err := data.NewSet(data.Shape{H: 28, W: 28, C: 1}, 10, pixels, labels)
	if err != nil {
		panic(err)
	}
	return s
}

// fewUnits has fewer units than the article's network, or its experiment's.
func fewUnits(n nn.Network) nn.Network {
	n.Layers[3].Op = nn.Dense{Units: 12, Activation: engine.Sigmoid}
	return n
}

// TestReferenceTrainsAsTheEngine: sliding kernels and the engine's float64
// plans take the same steps.
func TestReferenceTrainsAsTheEngine(t *testing.T) {
	set := randomSet(40)
	config := nn.Config{Epochs: 2, Batch: 1, Order: nn.Order{Kind: nn.Shuffled, Seed: 5}, Optimizer: nn.ArticleOptimizer(), ReportEvery: 16}
	for name, network := range map[string]nn.Network{"article": fewUnits(nn.Article()), "experiment": fewUnits(nn.ArticleExperiment())} {
		r, err := NewReference(network, set, config)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		m, err := nn.New[float64](network)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		e, err := nn.NewTrainer(m, set, config)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		r.Init(7)
		m.Init(7)
		var slid, computed []nn.Report
		if err := r.Run(context.Background(), nn.Hooks{Report: func(x nn.Report) { slid = append(slid, x) }}); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if err := e.Run(context.Background(), nn.Hooks{Report: func(x nn.Report) { computed = append(computed, x) }}); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if len(r.Losses()) != 80 || len(slid) != 6 || len(slid) != len(computed) {
			t.Fatalf("%s: %d steps, reports %d and %d: want 80, 6 and 6", name, len(r.Losses()), len(slid), len(computed))
		}
		near := func(what string, got, want float64) {
			t.Helper()
			if !(math.Abs(got-want) <= 1e-10*(1+math.Abs(want))) {
				t.Errorf("%s: %s: slid %v, computed %v", name, what, got, want)
			}
		}
		for i, loss := range r.Losses() {
			near("loss", loss, e.Losses()[i])
		}
		if !slices.Equal(r.Correct(), e.Correct()) {
			t.Errorf("%s: right and wrong differ", name)
		}
		for i, s := range slid {
			c := computed[i]
			near("report's loss", s.Loss, c.Loss)
			near("report's accuracy", s.Accuracy, c.Accuracy)
			if s.Step != c.Step || s.Epoch != c.Epoch || s.Done != c.Done || s.Steps != c.Steps {
				t.Errorf("%s: report %+v: want %+v", name, s, c)
			}
		}
		want := e.Checkpoint()
		for i, got := range r.Checkpoint().Tensors {
			for j, x := range got.Float64 {
				near(got.Name, x, want.Tensors[i].Float64[j])
			}
		}
		slidTest, err1 := r.Evaluate(context.Background(), set, nil)
		test, err2 := m.Evaluate(context.Background(), set, nil)
		if err1 != nil || err2 != nil {
			t.Fatal(err1, err2)
		}
		near("test loss", slidTest.Loss, test.Loss)
		if slidTest.Correct != test.Correct || !slices.Equal(slidTest.Predicted, test.Predicted) {
			t.Errorf("%s: tests differ", name)
		}
	}
}

// TestReferenceResumes: stopped, saved and continued it takes the same steps.
func TestReferenceResumes(t *testing.T) {
	set, network := randomSet(30), fewUnits(nn.Article())
	config := nn.ArticleConfig()
	whole, err := NewReference(network, set, config)
	if err != nil {
		t.Fatal(err)
	}
	whole.Init(1)
	if err := whole.Run(context.Background(), nn.Hooks{}); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	part, err := NewReference(network, set, config)
	if err != nil {
		t.Fatal(err)
	}
	part.Init(1)
	err = part.Run(ctx, nn.Hooks{Step: func(s nn.Step) {
		if s.Step == 11 {
			stop()
		}
	}})
	if err == nil || part.Taken() != 11 {
		t.Fatalf("stopped after %d steps with error %v: want 11 and one", part.Taken(), err)
	}
	rest, err := NewReference(network, set, config)
	if err != nil {
		t.Fatal(err)
	}
	if err := rest.Resume(part.Checkpoint()); err != nil {
		t.Fatal(err)
	}
	if err := rest.Run(context.Background(), nn.Hooks{}); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(rest.Losses(), whole.Losses()) {
		t.Error("the losses are not those of an uninterrupted training")
	}
}

func TestReferenceRefusals(t *testing.T) {
	article := nn.ArticleConfig()
	batch := article
	batch.Batch = 2
	adam := article
	adam.Optimizer.Method = nn.Adam
	tanh := nn.Article()
	edit(&tanh, 0, func(c *nn.Conv) { c.Activation = engine.Tanh })
	valid := nn.Article()
	edit(&valid, 2, func(c *nn.Conv) { c.Centre, c.Padding = nil, nn.Padding{Rule: nn.Valid} })
	dilated := nn.Article()
	edit(&dilated, 0, func(c *nn.Conv) { c.Dilation = nn.Pair{H: 2, W: 1} })
	for name, test := range map[string]struct {
		network nn.Network
		config  nn.Config
		says    string
	}{
		"batch":    {nn.Article(), batch, "batch 2: want 1"},
		"adam":     {nn.Article(), adam, "optimiser adam: want sgd"},
		"layers":   {nn.Strong(), article, "want conv, maxpool, conv, dense, dense"},
		"tanh":     {tanh, article, "conv_1: activation"},
		"valid":    {valid, article, "with conv_2 "},
		"dilation": {dilated, article, "with conv_1 "},
	} {
		if _, err := NewReference(test.network, randomSet(4), test.config); err == nil || !strings.Contains(err.Error(), test.says) {
			t.Errorf("%s: error %v: want one with %q", name, err, test.says)
		}
	}
}

// TestReferenceFindsDivergence: of the last step too, whose loss no later step
// tells of.
func TestReferenceFindsDivergence(t *testing.T) {
	config := nn.ArticleConfig()
	config.Limit, config.Optimizer.Rate = 1, 1e30
	r, err := NewReference(fewUnits(nn.Article()), randomSet(3), config)
	if err != nil {
		t.Fatal(err)
	}
	r.Init(1)
	if err := r.Diverged(); err != nil {
		t.Errorf("before the first step: %v", err)
	}
	if err := r.Run(context.Background(), nn.Hooks{}); err == nil || !strings.Contains(err.Error(), "after step 1: want a smaller rate than 1e+30") {
		t.Errorf("error %v: want one that tells of step 1", err)
	}
}

// A panic of what hears of the progress reaches the caller, though images are
// computed on other goroutines.
func TestEvaluateHandsOnPanics(t *testing.T) {
	l, err := newNaive(fewUnits(nn.Article()), 1, 0.01)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if r, ok := recover().(*panics.Recovered); !ok || r.Value != "progress" {
			t.Errorf("recovered %v, want the panic of progress", r)
		}
	}()
	l.evaluate(context.Background(), randomSet(200), func(int) { panic("progress") })
	t.Error("no panic")
}
