package nn_test

import (
	"context"
	"fmt"

	"github.com/unslide/unslide/engine"
	"github.com/unslide/unslide/engine/data"
	"github.com/unslide/unslide/engine/nn"
)

// Sizes follow from the description, and a faulty layer is named.
func ExampleNetwork_Shapes() {
	shapes, err := nn.ArticleExperiment().Shapes()
	if err != nil {
		panic(err)
	}
	for _, s := range shapes {
		fmt.Println(s.Name, s.In, "→", s.Out)
	}
	_, err = nn.ParseNetwork([]byte(`{"input": [28, 28, 1], "layers": [
		{"conv": {"maps": 8, "kernel": 3, "centre": [3, 1]}},
		{"dense": {"units": 10}}]}`))
	fmt.Println(err)
	// Output:
	// conv_1 784 → 1050
	// pool_1 1050 → 280
	// conv_2 280 → 1120
	// fc_1 1120 → 2000
	// fc_2 2000 → 10
	// nn: line 2: layer 1: conv_1: im2col: centre (3,1): want an element of the 3×3 kernel, from (0,0)
}

// Tell a horizontal stroke from a vertical one.
func ExampleTrainer() {
	set, err := data.NewSet(data.Shape{H: 3, W: 3, C: 1}, 2,
		[]byte{
			0, 0, 0, 255, 255, 255, 0, 0, 0,
			0, 255, 0, 0, 255, 0, 0, 255, 0,
		}, []int32{0, 1})
	if err != nil {
		panic(err)
	}
	model, err := nn.New[float32](nn.Network{
		Input: nn.Input{H: 3, W: 3, C: 1},
		Layers: []nn.Layer{
			{Op: nn.Conv{Maps: 4, Kernel: nn.Pair{H: 3, W: 3}, Activation: engine.ReLU}},
			{Op: nn.Dense{Units: 2}},
		},
	})
	if err != nil {
		panic(err)
	}
	model.Init(1)
	trainer, err := nn.NewTrainer(model, set, nn.Config{
		Epochs: 50, Batch: 2,
		Order:     nn.Order{Kind: nn.Shuffled, Seed: 1},
		Optimizer: nn.Optimizer{Method: nn.SGD, Rate: 0.5, Schedule: nn.Constant},
	})
	if err != nil {
		panic(err)
	}
	if err := trainer.Run(context.Background(), nn.Hooks{}); err != nil {
		panic(err)
	}
	result, err := model.Evaluate(context.Background(), set, nil)
	if err != nil {
		panic(err)
	}
	fmt.Println(result.Correct, "of", result.Images, "right")
	// Output: 2 of 2 right
}
