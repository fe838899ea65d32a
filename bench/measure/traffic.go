package measure

import "github.com/unslide/unslide/engine"

// Traffic is a program that only moves the weights of the article's wide layer,
// 980×2000, as a training step at batch 1 has to: it reads them once, as the
// forward pass does, and reads and writes them once, as the update does.
const Traffic = "traffic"

func trafficForm(workers int) (Form, error) {
	traffic, err := engine.NewTraffic(engine.WithWorkers(workers))
	if err != nil {
		return Form{}, err
	}
	weights := make([]float32, 980*2000)
	for i := range weights {
		weights[i] = 1
	}
	return Form{Traffic, "read; read and write", func() {
		traffic.Read(weights)
		traffic.Rewrite(weights)
	}}, nil
}
