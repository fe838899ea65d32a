package article

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
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
	if err != nil || !slices.Equal(f.Losses, []float64{2, 1.5}) || !slices.Equal(f.Predictions, []uint8{7, 2, 0}) || f.Steps != 2000 {
		t.Errorf("%+v, %v", f, err)
	}
	if f, err = parseForeign([]byte(`[3, 0.5]`)); err != nil || !slices.Equal(f.Losses, []float64{3, 0.5}) {
		t.Errorf("%+v, %v", f, err)
	}
	for data, want := range map[string]string{
		`{`:              "JSON",
		`[]`:             "no losses",
		`{"losses": []}`: "no losses",
		`[1, -2]`:        "loss 2 is -2",
		`[1, "x"]`:       "cannot unmarshal",
		`{"loss": [1], "correct": [true, false]}`: "1 losses, but 2 of correct",
		`{"loss": [1], "test_predictions": "1x"}`: "'x'",
	} {
		if _, err := parseForeign([]byte(data)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v, want one with %q", data, err, want)
		}
	}
}
