// Command train teaches a small network MNIST's digits in one epoch and keeps its
// weights, which examples/classify and `unslide eval` read:
//
//	go run ./examples/train digits.npz
package main

import (
	"context"
	"fmt"
	"log"
	"os"

	"github.com/unslide/unslide/engine"
	"github.com/unslide/unslide/engine/data/mnist"
	"github.com/unslide/unslide/engine/nn"
)

// network: 28×28×1 → 14×14×8 → 7×7×16 → 10 classes.
var network = nn.Network{
	Input: nn.Input{H: 28, W: 28, C: 1},
	Layers: []nn.Layer{
		{Op: nn.Conv{Maps: 8, Kernel: nn.Pair{H: 5, W: 5}, Stride: nn.Pair{H: 2, W: 2}, Activation: engine.ReLU}},
		{Op: nn.Conv{Maps: 16, Kernel: nn.Pair{H: 3, W: 3}, Activation: engine.ReLU}},
		{Op: nn.MaxPool{Kernel: nn.Pair{H: 2, W: 2}}},
		{Op: nn.Dense{Units: 10}},
	},
}

var config = nn.Config{
	Epochs: 1, Batch: 128, ReportEvery: 100,
	Order:     nn.Order{Kind: nn.Shuffled, Seed: 1},
	Optimizer: nn.Optimizer{Method: nn.Adam, Rate: 0.01, Schedule: nn.OneCycle},
}

func main() {
	if len(os.Args) != 2 {
		log.Fatal("usage: train FILE.npz")
	}
	if err := train(context.Background(), os.Args[1]); err != nil {
		log.Fatal(err)
	}
}

func train(ctx context.Context, path string) error {
	digits, err := mnist.Open(ctx, mnist.Options{}) // found here, or fetched
	if err != nil {
		return err
	}
	model, err := nn.New[float32](network)
	if err != nil {
		return err
	}
	model.Init(1)
	trainer, err := nn.NewTrainer(model, digits.Train(), config)
	if err != nil {
		return err
	}
	err = trainer.Run(ctx, nn.Hooks{Report: func(r nn.Report) {
		fmt.Printf("step %d: loss %.3f\n", r.Step, r.Loss)
	}})
	if err != nil {
		return err
	}
	result, err := model.Evaluate(ctx, digits.Test, nil)
	if err != nil {
		return err
	}
	fmt.Printf("%d of %d test images are right\n", result.Correct, result.Images)
	return model.Weights().Write(path)
}
