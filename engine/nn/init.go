package nn

import (
	"github.com/unslide/unslide/engine"
	"github.com/unslide/unslide/engine/internal/random"
)

// Init sets the parameters to the reproducible start of a seed: weights normal
// with σ 0.1, cut beyond 2σ, biases 0.1. It is the same on every machine and in
// every precision.
//
// The rule: SplitMix64 from the seed. For each weight four outputs make
// t = Σ(oᵢ >> 40)/2²⁴ − 2, a sum of four uniform numbers, again until
// |t| ≤ 1.1547; the weight is t·0.1732050807568877, rounded to float32. All
// weights come first, layer by layer.
func (m *Model[T]) Init(seed uint64) {
	g := random.SplitMix64(seed)
	for _, p := range m.params {
		if len(p.Dims) == 1 {
			bias := float32(0.1)
			for i := range p.Data {
				p.Data[i] = T(bias)
			}
			continue
		}
		fillNormal(p.Data, &g)
	}
}

func fillNormal[T engine.Float](w []T, g *random.SplitMix64) {
	const cut, sigma = 1.1547, 0.1732050807568877 // 2/√3, √3/10
	for i := range w {
		t := 2.0
		for t > cut || t < -cut {
			sum := g.Next()>>40 + g.Next()>>40 + g.Next()>>40 + g.Next()>>40
			t = float64(int64(sum)-1<<25) / (1 << 24)
		}
		w[i] = T(float32(t * sigma))
	}
}
