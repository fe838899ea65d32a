package nn

import (
	"fmt"
	"testing"

	"github.com/unslide/unslide/engine"
)

// BenchmarkStep times whole training steps, pixels and bookkeeping included.
func BenchmarkStep(b *testing.B) {
	set := thousand(b)
	for _, batch := range []int{1, 128} {
		for _, workers := range []int{1, 2} {
			b.Run(fmt.Sprintf("network=article/batch=%d/workers=%d", batch, workers), func(b *testing.B) {
				m, err := New[float32](Article(), engine.WithWorkers(workers))
				if err != nil {
					b.Fatal(err)
				}
				m.Init(1)
				c := ArticleConfig()
				c.Batch, c.Epochs = batch, maxEpochs
				tr, err := NewTrainer(m, set, c)
				if err != nil {
					b.Fatal(err)
				}
				tr.losses, tr.correct = make([]float64, 0, 1<<20), make([]int32, 0, 1<<20)
				b.ReportAllocs()
				for b.Loop() {
					take(b, tr)
				}
				b.ReportMetric(float64(b.N*batch)/b.Elapsed().Seconds(), "images/s")
			})
		}
	}
}
