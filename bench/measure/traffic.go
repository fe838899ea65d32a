package measure

import (
	"github.com/sourcegraph/conc"

	"github.com/unslide/unslide/engine/kernel"
)

// Traffic is a program that only moves the weights of the article's wide layer,
// 980×2000, as a training step at batch 1 has to: it reads them once, as the
// forward pass does, and reads and writes them once, as the update does.
const Traffic = "traffic"

func trafficForm(workers int) Form {
	weights, v := make([]float32, 980*2000), kernel.VectorFor[float32](kernel.Best())
	for i := range weights {
		weights[i] = 1
	}
	each := func(visit func(part []float32)) {
		if workers == 1 {
			visit(weights)
			return
		}
		var wg conc.WaitGroup
		for i := range workers {
			wg.Go(func() { visit(weights[len(weights)*i/workers : len(weights)*(i+1)/workers]) })
		}
		wg.Wait()
	}
	return Form{Traffic, "read; read and write", func() {
		each(func(part []float32) { v.Dot(part, part) })
		each(func(part []float32) { v.Scale(part, 1) })
	}}
}
