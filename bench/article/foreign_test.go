package article

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/unslide/unslide/bench/chart"
)

func TestReadForeign(t *testing.T) {
	file := filepath.Join(t.TempDir(), "article_trace.json")
	if err := os.WriteFile(file, readGolden(t, "article_trace.json"), 0o600); err != nil {
		t.Fatal(err)
	}
	losses, correct := readTrace(t)
	f, err := ReadForeign(file)
	if err != nil || f.Name != "article_trace" || !slices.Equal(f.Losses, losses) || !slices.Equal(f.Correct, correct) {
		t.Errorf("%s, %d losses, %v", f.Name, len(f.Losses), err)
	}
	if _, err := ReadForeign(file + ".gone"); err == nil {
		t.Error("read a file that is not there")
	}
}

func TestParseForeign(t *testing.T) {
	f, err := parseForeign([]byte(`{"loss_first_1000": [2, 1.5], "test_predictions": "720", "mean_loss_per_1000": [4.1, 1.0]}`))
	if err != nil || !slices.Equal(f.Losses, []float64{2, 1.5}) || !slices.Equal(f.Predictions, []int32{7, 2, 0}) || f.Steps != 2000 {
		t.Errorf("%+v, %v", f, err)
	}
	// Steps that are not known one by one stand in by their means.
	f, err = parseForeign([]byte(`{"loss": [2, 3], "mean_loss_per_1000": [4.5, 1.5, 1], "accuracy_per_1000": [0.25, 0.5, 0.75]}`))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		steps            int
		losses, accuracy chart.Points
		mean             float64
	}{
		{2, chart.Points{{X: 2, Y: 2.5}}, nil, 2.5},
		{2000, chart.Points{{X: 1000, Y: 4.5}, {X: 2000, Y: 1.5}}, chart.Points{{X: 1000, Y: 25}, {X: 2000, Y: 50}}, 3},
	} {
		if got := f.losses(c.steps, 2); !slices.Equal(got, c.losses) {
			t.Errorf("%d steps: losses %v, want %v", c.steps, got, c.losses)
		}
		if got := f.accuracies(c.steps, 2); !slices.Equal(got, c.accuracy) {
			t.Errorf("%d steps: accuracies %v, want %v", c.steps, got, c.accuracy)
		}
		if got := f.mean(c.steps); got != c.mean {
			t.Errorf("%d steps: mean loss %v, want %v", c.steps, got, c.mean)
		}
	}
	if f, err = parseForeign([]byte(`[3, 0.5]`)); err != nil || !slices.Equal(f.Losses, []float64{3, 0.5}) {
		t.Errorf("%+v, %v", f, err)
	}
	for data, want := range map[string]string{
		`{`:              "JSON",
		`[]`:             "no losses",
		`{"losses": []}`: "no losses",
		`[1, -2]`:        "loss 2 is -2",
		`{"loss": [1], "accuracy_per_1000": [2]}`: "accuracy 1 is 2",
		`[1, "x"]`: "cannot unmarshal",
		`{"loss": [1], "correct": [true, false]}`: "1 losses, but 2 of correct",
		`{"loss": [1], "test_predictions": "1x"}`: "'x'",
	} {
		if _, err := parseForeign([]byte(data)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v, want one with %q", data, err, want)
		}
	}
}
