package naive

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"math"
	"testing"
)

// goldenInit sets the initial weights that the golden trace begins with, by
// their rule: splitmix64; a weight is the sum of four uniform numbers, drawn
// again beyond two standard deviations; biases are 0.1. All are float32.
func goldenInit(n *Network, seed uint64) {
	next := func() float64 {
		seed += 0x9E3779B97F4A7C15
		z := seed
		z = (z ^ z>>30) * 0xBF58476D1CE4E5B9
		z = (z ^ z>>27) * 0x94D049BB133111EB
		return float64((z ^ z>>31) >> 40)
	}
	for _, p := range n.Tensors() {
		for i := range p.Values {
			p.Values[i] = float64(float32(0.1))
		}
		for i := 0; len(p.Shape) > 1 && i < len(p.Values); {
			t := (next() + next() + next() + next() - (1 << 25)) / (1 << 24)
			if math.Abs(t) <= 1.1547 {
				p.Values[i] = float64(float32(t * 0.1732050807568877))
				i++
			}
		}
		n.SetTensor(p.Name, p.Values)
	}
}

func TestGoldenInit(t *testing.T) {
	n := newNetwork(t, Article())
	goldenInit(n, 1)
	want := map[string]string{
		"conv_w_1": "6914474e8fba62c6550e1c84db861cc48ff57a082fada9bc08e0d56d7c3d4941",
		"conv_w_2": "73ce745727e5ccd2ffd2cf810f5761e7ceb432716c825311dacf2e0c542e68e5",
		"fc_w_1":   "5c7dcca4a134937d7cb6a97fa78d3900e8afcd4206cf625a782a3c8d2cd4f447",
		"fc_w_2":   "9e30b69fd2f60690206b81abb6042b06322854643b2a59f010579cca9eefc147",
	}
	for _, p := range n.Tensors() {
		if want[p.Name] == "" {
			continue
		}
		var data []byte
		for _, v := range p.Values {
			data = binary.LittleEndian.AppendUint32(data, math.Float32bits(float32(v)))
		}
		if got := sha256.Sum256(data); hex.EncodeToString(got[:]) != want[p.Name] {
			t.Errorf("%s: SHA-256 %x, want %s", p.Name, got, want[p.Name])
		}
		delete(want, p.Name)
	}
	if len(want) > 0 {
		t.Errorf("not checked: %v", want)
	}
}

// TestTrace trains as the article's program did and compares every loss.
func TestTrace(t *testing.T) {
	if testing.Short() || raceEnabled {
		t.Skip("trains for 1000 steps")
	}
	var golden struct {
		Loss    []float64
		Correct []bool
		ConvW1  []Map     `json:"conv_w_1_after"`
		ConvB1  []float64 `json:"conv_b_1_after"`
		ConvW2  []Map     `json:"conv_w_2_after"`
		ConvB2  []float64 `json:"conv_b_2_after"`
		FCB1    []float64 `json:"fc_b_1_after"`
		FCW2    []float64 `json:"fc_w_2_after_first_row"`
		FCB2    []float64 `json:"fc_b_2_after"`
	}
	if err := json.Unmarshal(readGolden(t, "article_trace.json"), &golden); err != nil {
		t.Fatal(err)
	}
	images, labels := readImages(t)
	if len(golden.Loss) != 1000 || len(golden.Correct) != 1000 {
		t.Fatalf("%d losses, %d flags, want 1000", len(golden.Loss), len(golden.Correct))
	}
	n := newNetwork(t, Article())
	goldenInit(n, 1)
	worst := 0.0
	for i := range golden.Loss {
		loss, correct := n.Step(images[i], int(labels[i]))
		d := diff([]float64{loss}, golden.Loss[i:i+1])
		if !(d <= 1e-9) {
			t.Fatalf("step %d: loss %v, want %v: differs by %g", i, loss, golden.Loss[i], d)
		}
		if correct != golden.Correct[i] {
			t.Fatalf("step %d: correct is %v, want %v", i, correct, golden.Correct[i])
		}
		worst = max(worst, d)
	}
	t.Logf("largest relative difference of a loss: %.2g", worst)
	for _, p := range []struct {
		name string
		diff float64
	}{
		{"conv_w_1", diffMaps(n.ConvW1, golden.ConvW1)},
		{"conv_b_1", diff(n.ConvB1, golden.ConvB1)},
		{"conv_w_2", diffMaps(n.ConvW2, golden.ConvW2)},
		{"conv_b_2", diff(n.ConvB2, golden.ConvB2)},
		{"fc_b_1", diff(n.FCB1, golden.FCB1)},
		{"fc_w_2, first row", diff(n.FCW2[:10], golden.FCW2)},
		{"fc_b_2", diff(n.FCB2, golden.FCB2)},
	} {
		if !(p.diff <= 1e-9) {
			t.Errorf("%s differs by %g", p.name, p.diff)
		}
		t.Logf("%s differs by %.2g", p.name, p.diff)
	}
}

func newNetwork(tb testing.TB, s Settings) *Network {
	tb.Helper()
	n, err := New(s)
	if err != nil {
		tb.Fatal(err)
	}
	return n
}
