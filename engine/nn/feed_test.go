package nn

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/unslide/unslide/engine"
	"github.com/unslide/unslide/engine/data"
	"github.com/unslide/unslide/engine/internal/random"
	"github.com/unslide/unslide/engine/internal/trial"
)

// blots is a source of n drawn images in colour, numbers of both signs that are
// no bytes: noise, and a blot of red, green, blue or, of the fourth class, white.
type blots struct{ first, n int }

func (b blots) Shape() data.Shape { return data.Shape{H: 12, W: 10, C: 3} }
func (b blots) Classes() int      { return 4 }
func (b blots) Len() int          { return b.n }
func (b blots) Label(i int) int32 { return int32((b.first + i) * 7 % 4) }

func (b blots) Read(dst []float32, i int) error {
	g := random.SplitMix64(b.first + i)
	row, column := g.Next()%9, g.Next()%7
	for k := range dst {
		dst[k] = float32(int64(g.Next()>>40)-1<<23) / (1 << 24)
		y, x, c := k/30, k/3%10, k%3
		if y-int(row)|x-int(column) >= 0 && y < int(row)+4 && x < int(column)+4 && (b.Label(i) == 3 || b.Label(i) == int32(c)) {
			dst[k]++
		}
	}
	return nil
}

// colourNetwork tells blots apart.
func colourNetwork() Network {
	return Network{Input: Input{12, 10, 3}, Layers: []Layer{
		{Op: Conv{Maps: 8, Kernel: Pair{3, 3}, Activation: engine.ReLU}},
		{Op: MaxPool{Kernel: Pair{2, 2}}},
		{Op: Conv{Maps: 8, Kernel: Pair{3, 2}, Activation: engine.ReLU}},
		{Op: MaxPool{Kernel: Pair{6, 5}}},
		{Op: Dense{Units: 4}},
	}}
}

func colourConfig() Config {
	return Config{Epochs: 5, Batch: 12, Order: Order{Kind: Shuffled, Seed: 3},
		Optimizer: Optimizer{Method: Adam, Rate: 0.02, Schedule: OneCycle}}
}

// testLearnsColours trains on images that are neither 28×28 nor grey nor of ten
// classes, and compares the bits that different numbers of workers compute.
func testLearnsColours[T engine.Float](t *testing.T) {
	var want *Weights
	for _, workers := range []int{1, 2, 3} {
		m, err := New[T](colourNetwork(), engine.WithWorkers(workers))
		if err != nil {
			t.Fatal(err)
		}
		m.Init(1)
		tr, err := NewTrainer(m, blots{0, 250}, colourConfig())
		if err != nil {
			t.Fatal(err)
		}
		if err := tr.Run(t.Context(), Hooks{}); err != nil {
			t.Fatal(err)
		}
		got := tr.Checkpoint()
		if want == nil {
			want = got
		}
		sameBits(t, "loss", got.Training.Losses, want.Training.Losses)
		sameTensors(t, got.Tensors, want.Tensors)

		e, err := m.Evaluate(t.Context(), blots{1000, 150}, nil)
		if err != nil {
			t.Fatal(err)
		}
		if e.Images != 150 || e.Correct < 140 {
			t.Errorf("%d workers: %d of %d unseen images right: want 140 of 150 and more", workers, e.Correct, e.Images)
		}
	}
}

func TestLearnsColours(t *testing.T) {
	t.Run("float32", testLearnsColours[float32])
	t.Run("float64", testLearnsColours[float64])
}

// TestPrecisionsSeeTheSameNumbers: a source's float32 are read as they are.
func TestPrecisionsSeeTheSameNumbers(t *testing.T) {
	source := blots{5, 3}
	single, double := newFeed[float32](source), newFeed[float64](source)
	x, y := make([]float32, source.Shape().Len()), make([]float64, source.Shape().Len())
	want := make([]float32, len(x))
	for i := range source.Len() {
		if err := errors.Join(single.read(x, 0, i), double.read(y, 0, i), source.Read(want, i)); err != nil {
			t.Fatal(err)
		}
		for k, w := range want {
			if x[k] != w || y[k] != float64(w) {
				t.Fatalf("image %d, value %d: %v and %v, want %v", i, k, x[k], y[k], w)
			}
		}
	}
}

func TestColourStepAllocatesNothing(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector allocates")
	}
	c := colourConfig()
	c.Epochs = 100
	single, double := trainer[float32](t, colourNetwork(), blots{0, 240}, c), trainer[float64](t, colourNetwork(), blots{0, 240}, c)
	take(t, single)
	take(t, double)
	if n := trial.Allocations(10, func() { take(t, single); take(t, double) }); n != 0 {
		t.Errorf("%v allocations in two steps, want 0", n)
	}
}

// unfit is a source that says other things of itself.
type unfit struct {
	blots
	shape   data.Shape
	classes int
	label   int32 // of image 2
}

func (u unfit) Shape() data.Shape { return u.shape }
func (u unfit) Classes() int      { return u.classes }

func (u unfit) Label(i int) int32 {
	if i == 2 {
		return u.label
	}
	return u.blots.Label(i)
}

func (u unfit) Read([]float32, int) error { panic("an image of a source that does not fit is read") }

func TestSourcesThatDoNotFit(t *testing.T) {
	m, err := New[float32](colourNetwork())
	if err != nil {
		t.Fatal(err)
	}
	good := blots{}.Shape()
	for name, c := range map[string]struct {
		source unfit
		want   []string
	}{
		"size":     {unfit{blots{0, 9}, data.Shape{H: 10, W: 12, C: 3}, 4, 0}, []string{"nn: image 10×12×3: want 12×10×3, the network's input"}},
		"channels": {unfit{blots{0, 9}, data.Shape{H: 12, W: 10, C: 1}, 4, 0}, []string{"nn: image 12×10×1: want"}},
		"classes":  {unfit{blots{0, 9}, good, 5, 4}, []string{"nn: classes 5: want 1 to 4, the network's"}},
		"label":    {unfit{blots{0, 9}, good, 4, 4}, []string{"nn: label 4 of image 2: want 0 to 3, one of the source's classes"}},
		"negative": {unfit{blots{0, 9}, good, 4, -1}, []string{"label -1 of image 2"}},
		"all":      {unfit{blots{0, 9}, data.Shape{}, 0, -1}, []string{"image 0×0×0", "classes 0"}},
	} {
		_, err1 := NewTrainer(m, c.source, colourConfig())
		_, err2 := m.Evaluate(t.Context(), c.source, nil)
		for _, err := range []error{err1, err2} {
			for _, want := range c.want {
				if err == nil || !strings.Contains(err.Error(), want) {
					t.Errorf("%s: error %v: want it to say %q", name, err, want)
				}
			}
		}
	}
}

// torn is a source of which an image cannot be read until it is mended.
type torn struct {
	blots
	image int
}

var errTorn = errors.New("the file is gone")

func (s *torn) Read(dst []float32, i int) error {
	if i == s.image {
		return errTorn
	}
	return s.blots.Read(dst, i)
}

// TestImageThatCannotBeRead: the training stops before the step that needs the
// image, and goes on from there to the bits of one that did not stop.
func TestImageThatCannotBeRead(t *testing.T) {
	c := colourConfig()
	c.Order, c.Epochs = Order{Kind: Natural}, 2
	source := &torn{blots{0, 50}, 40}
	tr := trainer[float32](t, colourNetwork(), source, c)
	says := func(err error) bool {
		return errors.Is(err, errTorn) && strings.Contains(fmt.Sprint(err), "nn: image 40: the file is gone")
	}
	if err := tr.Run(t.Context(), Hooks{}); !says(err) || tr.Taken() != 3 {
		t.Fatalf("%d steps, error %v: want 3, and one that names image 40", tr.Taken(), err)
	}
	if _, err := tr.Model().Evaluate(t.Context(), source, nil); !says(err) {
		t.Errorf("evaluation: error %v: want one that names image 40", err)
	}
	source.image = -1
	whole := trainer[float32](t, colourNetwork(), blots{0, 50}, c)
	for _, tr := range []*Trainer[float32]{tr, whole} {
		if err := tr.Run(t.Context(), Hooks{}); err != nil {
			t.Fatal(err)
		}
	}
	sameBits(t, "loss", tr.Losses(), whole.Losses())
	sameTensors(t, tr.Checkpoint().Tensors, whole.Checkpoint().Tensors)
}
