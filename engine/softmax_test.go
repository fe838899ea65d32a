package engine

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/unslide/unslide/engine/internal/trial"
)

// The formulas as they are written, in float64 through log Σ eˣ.
func TestSoftmaxCrossEntropy(t *testing.T) {
	const n, classes = 7, 10
	s, err := NewSoftmaxCrossEntropy[float64](classes)
	if err != nil {
		t.Fatal(err)
	}
	r := rand.New(rand.NewPCG(1, 2))
	logits := trial.Normals[float64](r, n*classes)
	logits[3*classes] = 800 // e⁸⁰⁰ overflows
	labels := []int32{0, 9, 5, 1, 2, 3, 4}
	d, p := trial.Destination[float64](n*classes), trial.Destination[float64](n*classes)
	losses, predicted := make([]float64, n), make([]int32, n)
	s.Forward(p.Data, logits)
	s.Loss(d.Data, losses, predicted, logits, labels)
	for i, y := range labels {
		x := logits[i*classes : (i+1)*classes]
		largest, best := math.Inf(-1), 0
		for k, v := range x {
			if v > largest {
				largest, best = v, k
			}
		}
		sum := 0.0
		for _, v := range x {
			sum += math.Exp(v - largest)
		}
		if want := math.Log(sum) + largest - x[y]; !(math.Abs(losses[i]-want) <= 1e-13*(1+want)) {
			t.Errorf("loss of image %d: %v, want %v", i, losses[i], want)
		}
		if int(predicted[i]) != best {
			t.Errorf("image %d: class %d predicted, want %d", i, predicted[i], best)
		}
		for k, v := range x {
			want := math.Exp(v-largest) / sum
			if got := p.Data[i*classes+k]; !(math.Abs(got-want) <= 1e-14) {
				t.Errorf("image %d, class %d: probability %v, want %v", i, k, got, want)
			}
			if k == int(y) {
				want--
			}
			if got := d.Data[i*classes+k]; !(math.Abs(got-want/n) <= 1e-14) {
				t.Errorf("image %d, class %d: gradient %v, want %v", i, k, got, want/n)
			}
		}
	}
	d.Check(t, "dLogits", d.Data)
	p.Check(t, "probabilities", p.Data)
}

// Logits as far apart as the element type lets them be: the loss is their
// distance, which float64 holds, and the gradient's −1 and 1 are exact.
func TestLossOfLogitsFarApart(t *testing.T) {
	for way, opts := range everyWay() {
		t.Run(way, func(t *testing.T) {
			testLogitsFarApart[float32](t, 3e38, opts)
			testLogitsFarApart[float64](t, 8e307, opts)
		})
	}
}

func testLogitsFarApart[T Float](t *testing.T, far T, opts []Option) {
	for _, classes := range []int{2, 3, 10, 40} {
		s, err := NewSoftmaxCrossEntropy[T](classes, Shared(opts...))
		if err != nil {
			t.Fatal(err)
		}
		for best := range classes {
			logits, d := make([]T, classes), make([]T, classes)
			for k := range logits {
				logits[k] = -far
			}
			logits[best] = far
			for y := range classes {
				losses, predicted := make([]float64, 1), make([]int32, 1)
				s.Loss(d, losses, predicted, logits, []int32{int32(y)})
				want := 0.0
				if y != best {
					want = 2 * float64(far)
				}
				if losses[0] != want || int(predicted[0]) != best {
					t.Fatalf("%T: %v at %d, label %d of %d: loss %v, class %d, want %v", far, far, best, y, classes, losses[0], predicted[0], want)
				}
				for k, got := range d {
					var want T
					if k == best {
						want++
					}
					if k == y {
						want--
					}
					if got != want {
						t.Fatalf("%T: gradient %d is %v, want %v", far, k, got, want)
					}
				}
			}
		}
	}
}

func TestSoftmaxRefusesImpossibleLabels(t *testing.T) {
	s, err := NewSoftmaxCrossEntropy[float32](10)
	if err != nil {
		t.Fatal(err)
	}
	for _, label := range []int32{10, -1, math.MinInt32, math.MaxInt32} {
		func() {
			defer func() {
				if r := recover(); r != badSoftmaxLabel {
					t.Errorf("label %d: panic %v, want %q", label, r, badSoftmaxLabel)
				}
			}()
			s.Loss(make([]float32, 10), make([]float64, 1), make([]int32, 1), make([]float32, 10), []int32{label})
		}()
	}
}

// TestLossOfManyClasses: a label is no byte. All logits are equal but for the
// label's, which is larger by log(classes−1): its probability is a half.
func TestLossOfManyClasses(t *testing.T) {
	const classes, label = 1000, 777
	s, err := NewSoftmaxCrossEntropy[float64](classes)
	if err != nil {
		t.Fatal(err)
	}
	logits, losses, predicted := make([]float64, classes), []float64{math.NaN()}, []int32{-1}
	logits[label] = math.Log(classes - 1)
	d := make([]float64, classes)
	s.Loss(d, losses, predicted, logits, []int32{label})
	if !(math.Abs(losses[0]-math.Ln2) <= 1e-12) || predicted[0] != label || !(math.Abs(d[label]+0.5) <= 1e-12) {
		t.Errorf("loss %v, class %d, gradient %v: want log 2, %d, -0.5", losses[0], predicted[0], d[label], label)
	}
}

func TestUpdateForAnyNumberOfWorkers(t *testing.T) {
	const n = 3*updatePart + 17
	r := rand.New(rand.NewPCG(3, 4))
	w0, g := trial.Normals[float32](r, n), trial.Normals[float32](r, n)
	step := AdamStep[float32]{Rate: 0.01, Beta1: 0.9, Beta2: 0.99, Epsilon: 1e-8, Correct1: 10, Correct2: 100}
	var want []float32
	for _, workers := range []int{1, 2, 5} {
		u, err := NewUpdate[float32](WithWorkers(workers))
		if err != nil {
			t.Fatal(err)
		}
		w, m, v := append([]float32(nil), w0...), make([]float32, n), make([]float32, n)
		u.SGD(w, g, 0.5)
		for i := range w {
			if x := w0[i] - 0.5*g[i]; !(math.Abs(float64(w[i]-x)) <= 1e-6*(1+math.Abs(float64(x)))) {
				t.Fatalf("w[%d] = %v after a step of SGD, want %v", i, w[i], x)
			}
		}
		copy(w, w0)
		u.Adam(w, g, m, v, step)
		for i := range w {
			// With these corrections the first step is rate·sign(g).
			x := float64(w0[i]) - 0.01*float64(g[i])/(math.Abs(float64(g[i]))+1e-8)
			if !(math.Abs(float64(w[i])-x) <= 1e-6*(1+math.Abs(x))) {
				t.Fatalf("w[%d] = %v after a step of Adam, want %v", i, w[i], x)
			}
		}
		if want == nil {
			want = w
		}
		sameBits(t, "w", w, want)
	}
}
