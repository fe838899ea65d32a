package nn

import (
	"math"
	"runtime"
	"testing"
)

// TestEvaluationMemory: a small file's network may have large layers; they are
// not taken for many images at once.
func TestEvaluationMemory(t *testing.T) {
	if testing.Short() {
		t.Skip("computes large layers")
	}
	n, err := ParseNetwork([]byte(`{"input": [2, 2, 1], "layers": [
		{"conv": {"maps": 1, "kernel": 1, "padding": [500, 500, 500, 500]}}, {"maxpool": {"kernel": 1002}}, {"dense": {"units": 2}}]}`))
	if err != nil {
		t.Fatal(err)
	}
	m, err := New[float32](n)
	if err != nil {
		t.Fatal(err)
	}
	const images = 34
	dst := make([]float32, images*2)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	m.Probabilities(dst, make([]float32, images*4))
	runtime.ReadMemStats(&after)
	if got, most := after.TotalAlloc-before.TotalAlloc, uint64(5*4*evaluationRoom/2); got > most {
		t.Errorf("%d bytes: want at most %d", got, most)
	}
	for i, p := range dst {
		if !(math.Abs(float64(p)-0.5) <= 1e-6) { // the weights are zero
			t.Fatalf("probability %d is %v: want 0.5", i, p)
		}
	}
	strong := Strong()
	shapes, err := strong.Shapes()
	if err != nil {
		t.Fatal(err)
	}
	if got := batchFor(planMemory(strong.Input.Len(), shapes, false)); got != evaluationBatch {
		t.Errorf("%d images of the strong network at a time: want %d", got, evaluationBatch)
	}
}
