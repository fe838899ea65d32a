package nn

import (
	"context"
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestResumesToTheBit stops a training after some steps, writes it to a file,
// and continues from the file in a new trainer.
func TestResumesToTheBit(t *testing.T) {
	for name, c := range trainings() {
		t.Run(name, func(t *testing.T) {
			whole := trainer[float32](t, c.network, thousand(t), c.config)
			if err := whole.Run(t.Context(), Hooks{}); err != nil {
				t.Fatal(err)
			}
			stop := whole.Steps()/2 + 1
			ctx, cancel := context.WithCancelCause(t.Context())
			enough := errors.New("enough")
			first := trainer[float32](t, c.network, thousand(t), c.config)
			err := first.Run(ctx, Hooks{Step: func(s Step) {
				if s.Step == stop {
					cancel(enough)
				}
			}})
			if !errors.Is(err, enough) || first.Taken() != stop {
				t.Fatalf("%d steps, error %v: want %d, %v", first.Taken(), err, stop, enough)
			}
			path := filepath.Join(t.TempDir(), "checkpoint.npz")
			if err := first.Checkpoint().Write(path); err != nil {
				t.Fatal(err)
			}
			w, err := ReadWeights(path)
			if err != nil {
				t.Fatal(err)
			}
			second := trainer[float32](t, c.network, thousand(t), c.config)
			if err := second.Resume(w); err != nil {
				t.Fatal(err)
			}
			if err := second.Run(t.Context(), Hooks{}); err != nil {
				t.Fatal(err)
			}
			sameBits(t, "loss", second.Losses(), whole.Losses())
			if !slices.Equal(second.Correct(), whole.Correct()) {
				t.Errorf("%v right, want %v", second.Correct(), whole.Correct())
			}
			sameTensors(t, second.Checkpoint().Tensors, whole.Checkpoint().Tensors)
			sameTensors(t, second.Checkpoint().Training.Moments, whole.Checkpoint().Training.Moments)
		})
	}
}

// TestResumesTheArticlesFile continues the article's own training.
func TestResumesTheArticlesFile(t *testing.T) {
	w, err := ReadWeights(articlesFile)
	if err != nil {
		t.Fatal(err)
	}
	n, err := w.NetworkOrArticle()
	if err != nil {
		t.Fatal(err)
	}
	c := ArticleConfig()
	c.Epochs = 2
	tr := trainer[float64](t, n, thousand(t), c)
	if err := tr.Resume(w); err != nil {
		t.Fatal(err)
	}
	s := take(t, tr)
	if s.Step != 1001 || s.Epoch != 2 || tr.Losses()[1] != 8.024981923653918 {
		t.Errorf("step %d of epoch %d, second loss %v: want 1001, 2, 8.024981923653918", s.Step, s.Epoch, tr.Losses()[1])
	}
}

func TestResumeNamesEveryDifference(t *testing.T) {
	c := trainings()["batch"]
	tr := trainer[float32](t, c.network, thousand(t), c.config)
	for range 3 {
		take(t, tr)
	}
	w := tr.Checkpoint()
	other := Config{Epochs: 3, Batch: 8, Limit: 50, Order: Order{Kind: Listed, List: []int{1}},
		Optimizer: Optimizer{Method: Adam, Rate: 0.5, Schedule: OneCycle, Beta1: 0.5}}
	into := trainer[float64](t, Article(), thousand(t), other)
	before := into.Checkpoint()
	err := into.Resume(w)
	for _, want := range []string{"network", "precision float64: want float32", "batch 8: want 16", "limit 50: want 100", "order list: want shuffled", "order seed 0: want 9",
		"list SHA-256", "optimiser adam: want sgd", "rate 0.5: want 0.01", "schedule one-cycle: want constant", "beta1 0.5: want 0", "adam_m_conv_w_1"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v: want it to name %q", err, want)
		}
	}
	sameTensors(t, into.Checkpoint().Tensors, before.Tensors)
	if err := tr.Resume(tr.Model().Weights()); err == nil || !strings.Contains(err.Error(), "parameters alone") {
		t.Errorf("error %v: want it to say that the file has parameters alone", err)
	}
}
