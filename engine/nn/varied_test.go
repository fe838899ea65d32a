package nn

import (
	"slices"
	"strings"
	"testing"

	"github.com/unslide/unslide/engine"
	"github.com/unslide/unslide/engine/internal/random"
)

// dimmed are blots of which each epoch sees other shades, drawn from a seed, the
// epoch and the image.
type dimmed struct {
	blots
	seed uint64
}

func (d dimmed) ReadEpoch(dst []float32, epoch, i int) error {
	g := random.SplitMix64(d.seed)
	g = random.SplitMix64(g.Next() + uint64(epoch))
	g = random.SplitMix64(g.Next() + uint64(i))
	shade := 0.5 + float32(g.Next()>>40)/(1<<25)
	err := d.blots.Read(dst, i)
	for k := range dst {
		dst[k] *= shade
	}
	return err
}

func (d dimmed) Variation() string { return "dimmed, seed " + string(rune('0'+d.seed)) }

// testEpochsSeeTheirOwnImages: the same bits for any number of workers and resumed
// after any step; another seed, and none, give others.
func testEpochsSeeTheirOwnImages[T engine.Float](t *testing.T) {
	c := colourConfig()
	c.Epochs = 3
	train := func(workers, stop int) *Weights {
		begin := func() *Trainer[T] {
			m, err := New[T](colourNetwork(), engine.WithWorkers(workers))
			if err != nil {
				t.Fatal(err)
			}
			m.Init(1)
			tr, err := NewTrainer(m, dimmed{blots{0, 50}, 4}, c)
			if err != nil {
				t.Fatal(err)
			}
			return tr
		}
		tr := begin()
		for range stop {
			take(t, tr)
		}
		if stop > 0 {
			w := tr.Checkpoint()
			tr = begin()
			if err := tr.Resume(w); err != nil {
				t.Fatal(err)
			}
		}
		if err := tr.Run(t.Context(), Hooks{}); err != nil {
			t.Fatal(err)
		}
		return tr.Checkpoint()
	}
	want := train(1, 0)
	for _, workers := range []int{2, 3} {
		for _, stop := range []int{0, 3, 5, 11} {
			got := train(workers, stop)
			sameBits(t, "loss", got.Training.Losses, want.Training.Losses)
			sameTensors(t, got.Tensors, want.Tensors)
		}
	}
	plain := trainer[T](t, colourNetwork(), blots{0, 50}, c)
	if err := plain.Run(t.Context(), Hooks{}); err != nil {
		t.Fatal(err)
	}
	if slices.Equal(plain.Losses(), want.Training.Losses) {
		t.Error("the images do not vary")
	}
	for says, err := range map[string]error{
		"variation of the images none: want dimmed, seed 4, as in the file": trainer[T](t, colourNetwork(), blots{0, 50}, c).Resume(want),
		"variation of the images dimmed, seed 5: want dimmed, seed 4":       trainer[T](t, colourNetwork(), dimmed{blots{0, 50}, 5}, c).Resume(want),
	} {
		if err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("error %v: want it to say %q", err, says)
		}
	}
	// Tests see the images as they are.
	a, err1 := plain.Model().Evaluate(t.Context(), blots{100, 20}, nil)
	b, err2 := plain.Model().Evaluate(t.Context(), dimmed{blots{100, 20}, 4}, nil)
	if err1 != nil || err2 != nil || a.Loss != b.Loss {
		t.Errorf("losses %v and %v, errors %v, %v: want the same", a.Loss, b.Loss, err1, err2)
	}
}

func TestEpochsSeeTheirOwnImages(t *testing.T) {
	t.Run("float32", testEpochsSeeTheirOwnImages[float32])
	t.Run("float64", testEpochsSeeTheirOwnImages[float64])
}
