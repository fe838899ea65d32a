package nn

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"math"
	"path/filepath"
	"testing"

	"github.com/unslide/unslide/engine/data"
	"github.com/unslide/unslide/engine/data/idx"
	"github.com/unslide/unslide/engine/data/mnist"
	"github.com/unslide/unslide/internal/golden"
	"github.com/unslide/unslide/internal/needs"
)

const (
	goldenFolder = "../../internal/golden/testdata"
	articlesFile = goldenFolder + "/article_weights_small.npy" // as the article's own program writes it
)

// thousand returns training images 5000 to 5999, those that the golden
// trainings begin with.
func thousand(t testing.TB) *data.Set {
	t.Helper()
	s, err := idx.Decode(readGolden(t, "train-5000-5999-images-idx3-ubyte.gz"), readGolden(t, "train-5000-5999-labels-idx1-ubyte.gz"), 10)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// readGolden returns the unpacked content of a golden file.
func readGolden(t testing.TB, name string) []byte {
	t.Helper()
	b, err := golden.Read(filepath.Join(goldenFolder, name))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestInitIsTheGoldenRule compares with the digests that a Python program of
// the same rule gives for seed 1.
func TestInitIsTheGoldenRule(t *testing.T) {
	want := map[string]string{
		"conv_w_1": "6914474e8fba62c6550e1c84db861cc48ff57a082fada9bc08e0d56d7c3d4941",
		"conv_w_2": "73ce745727e5ccd2ffd2cf810f5761e7ceb432716c825311dacf2e0c542e68e5",
		"fc_w_1":   "5c7dcca4a134937d7cb6a97fa78d3900e8afcd4206cf625a782a3c8d2cd4f447",
		"fc_w_2":   "9e30b69fd2f60690206b81abb6042b06322854643b2a59f010579cca9eefc147",
	}
	m, err := New[float64](Article())
	if err != nil {
		t.Fatal(err)
	}
	m.Init(1)
	for _, p := range m.Params() {
		h := sha256.New()
		for _, x := range p.Data {
			if x != float64(float32(x)) {
				t.Fatalf("%s holds %v, which is no float32", p.Name, x)
			}
			_ = binary.Write(h, binary.LittleEndian, float32(x))
		}
		if d := hex.EncodeToString(h.Sum(nil)); want[p.Name] != "" && d != want[p.Name] {
			t.Errorf("%s: SHA-256 %s, want %s", p.Name, d, want[p.Name])
		}
		if len(p.Dims) == 1 {
			for _, x := range p.Data {
				if x != float64(float32(0.1)) {
					t.Fatalf("%s holds %v, want 0.1 in float32", p.Name, x)
				}
			}
		}
		delete(want, p.Name)
	}
	if len(want) > 0 {
		t.Errorf("no parameters %v", want)
	}
}

type tensorFlowEpoch struct {
	LossFirst1000   []float64 `json:"loss_first_1000"`
	MeanLoss        []float64 `json:"mean_loss_per_1000"`
	Accuracy        []float64 `json:"accuracy_per_1000"`
	TestLoss        float64   `json:"test_loss"`
	TestCorrect     int       `json:"test_correct"`
	TestPredictions string    `json:"test_predictions"`
}

func readTensorFlowEpoch(t testing.TB) (e tensorFlowEpoch) {
	t.Helper()
	if err := json.Unmarshal(readGolden(t, "tensorflow_epoch.json.gz"), &e); err != nil {
		t.Fatal(err)
	}
	if len(e.LossFirst1000) != 1000 || len(e.MeanLoss) != 55 || len(e.TestPredictions) != 10000 {
		t.Fatalf("tensorflow_epoch.json.gz: %d losses, %d means, %d predictions: want 1000, 55, 10000",
			len(e.LossFirst1000), len(e.MeanLoss), len(e.TestPredictions))
	}
	return e
}

func trainer[T float32 | float64](t testing.TB, n Network, source data.Source, c Config) *Trainer[T] {
	t.Helper()
	m, err := New[T](n)
	if err != nil {
		t.Fatal(err)
	}
	m.Init(1)
	tr, err := NewTrainer(m, source, c)
	if err != nil {
		t.Fatal(err)
	}
	return tr
}

// take takes a step.
func take[T float32 | float64](t testing.TB, tr *Trainer[T]) Step {
	t.Helper()
	s, err := tr.Next()
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestTrainsAsTensorFlow trains in float32 from the golden start and compares
// each loss with the one that TensorFlow 2.21 computed.
func TestTrainsAsTensorFlow(t *testing.T) {
	want := readTensorFlowEpoch(t)
	c := ArticleConfig()
	if raceEnabled {
		c.Limit = 30
	}
	tr := trainer[float32](t, Article(), thousand(t), c)
	var reports []Report
	if err := tr.Run(t.Context(), Hooks{Report: func(r Report) { reports = append(reports, r) }}); err != nil {
		t.Fatal(err)
	}
	for i, l := range tr.Losses() {
		// Both round to float32 in every step, and the differences grow.
		if w := want.LossFirst1000[i]; !(math.Abs(l-w) <= 1e-3*math.Abs(w)+1e-4) {
			t.Fatalf("step %d: loss %v, TensorFlow %v", i+1, l, w)
		}
	}
	if raceEnabled {
		return
	}
	if len(reports) != 1 || reports[0].Steps != 1000 || reports[0].Done != 1000 || reports[0].Epoch != 1 {
		t.Fatalf("reports %+v: want one of 1000 steps", reports)
	}
	if r := reports[0]; !(math.Abs(r.Loss-want.MeanLoss[0]) <= 1e-3*want.MeanLoss[0]) || r.Accuracy != want.Accuracy[0] {
		t.Errorf("first 1000 steps: loss %v, accuracy %v; TensorFlow %v, %v", r.Loss, r.Accuracy, want.MeanLoss[0], want.Accuracy[0])
	}
}

// TestTrainsAnEpochAsTensorFlow trains the whole epoch of 55 000 images and
// compares with TensorFlow's, and its predictions on the 10 000 test images.
func TestTrainsAnEpochAsTensorFlow(t *testing.T) {
	if raceEnabled || testing.Short() {
		t.Skip("takes some 20 s")
	}
	digits, err := mnist.Open(t.Context(), mnist.Options{})
	if err != nil {
		needs.Skipf(t, "the data set cannot be had here: %v", err)
	}
	want := readTensorFlowEpoch(t)
	tr := trainer[float32](t, Article(), digits.Train(), ArticleConfig())
	var reports []Report
	if err := tr.Run(t.Context(), Hooks{Report: func(r Report) { reports = append(reports, r) }}); err != nil {
		t.Fatal(err)
	}
	if len(reports) != len(want.MeanLoss) {
		t.Fatalf("%d reports, want %d", len(reports), len(want.MeanLoss))
	}
	for i, r := range reports {
		if w := want.MeanLoss[i]; !(math.Abs(r.Loss-w) <= 1e-3*w) {
			t.Errorf("steps to %d: mean loss %v, TensorFlow %v", r.Step, r.Loss, w)
		}
	}
	e, err := tr.Model().Evaluate(t.Context(), digits.Test, nil)
	if err != nil {
		t.Fatal(err)
	}
	differ := 0
	for i, p := range e.Predicted {
		if p != int32(want.TestPredictions[i]-'0') {
			differ++
		}
	}
	if e.Correct < want.TestCorrect-3 || e.Correct > want.TestCorrect+3 || differ > 10 || !(math.Abs(e.Loss-want.TestLoss) <= 1e-3*want.TestLoss) {
		t.Errorf("test: %d right, %d predictions differ, loss %v; TensorFlow %d, %v", e.Correct, differ, e.Loss, want.TestCorrect, want.TestLoss)
	}
}
