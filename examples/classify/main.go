// Command classify reads the digits in pictures, PNG or JPEG, dark on light or
// light on dark, by weights that examples/train or `unslide train` kept:
//
//	go run ./examples/classify digits.npz seven.png
package main

import (
	"fmt"
	"log"
	"os"

	"github.com/unslide/unslide/engine/data"
	"github.com/unslide/unslide/engine/data/mnist"
	"github.com/unslide/unslide/engine/nn"
)

func main() {
	if len(os.Args) < 3 {
		log.Fatal("usage: classify WEIGHTS PICTURE...")
	}
	model, err := load(os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	for _, path := range os.Args[2:] {
		digit, sure, err := classify(model, path)
		if err != nil {
			log.Fatal(err)
		}
		fmt.Printf("%s: %d (%.0f %%)\n", path, digit, 100*sure)
	}
}

// load makes the network that a weights file describes, with its weights.
func load(path string) (*nn.Model[float32], error) {
	weights, err := nn.ReadWeights(path)
	if err != nil {
		return nil, err
	}
	network, err := weights.NetworkOrArticle()
	if err != nil {
		return nil, err
	}
	model, err := nn.New[float32](network)
	if err != nil {
		return nil, err
	}
	if in := network.Input; in != (nn.Input{H: 28, W: 28, C: 1}) {
		return nil, fmt.Errorf("%s: its network reads images of %d×%d×%d: want 28×28×1", path, in.H, in.W, in.C)
	}
	return model, model.SetWeights(weights)
}

// classify returns the most probable digit and its probability.
func classify(model *nn.Model[float32], path string) (digit int, sure float32, err error) {
	picture, err := os.Open(path)
	if err != nil {
		return 0, 0, err
	}
	defer picture.Close()
	pixels, err := mnist.ReadPicture(picture)
	if err != nil {
		return 0, 0, fmt.Errorf("%s: %w", path, err)
	}
	image := make([]float32, model.InputLen())
	data.Scale(image, pixels)
	probabilities := make([]float32, model.Classes())
	model.Probabilities(probabilities, image)
	for i, p := range probabilities {
		if p > sure {
			digit, sure = i, p
		}
	}
	return digit, sure, nil
}
