package nn

import (
	"github.com/unslide/unslide/engine"
)

// Network describes a classifier: images in, layers each of which reads the one
// before it or those it names, the softmax of the last one's outputs. In JSON:
//
//	{
//	  "input": [28, 28, 1],
//	  "layers": [
//	    {"conv": {"maps": 5, "kernel": 2, "stride": 2, "centre": [0, 0], "activation": "relu"}},
//	    {"maxpool": {"kernel": 2}},
//	    {"conv": {"maps": 20, "kernel": 3, "centre": [1, 1], "activation": "sigmoid"}},
//	    {"dense": {"units": 2000, "activation": "sigmoid"}},
//	    {"dense": {"units": 10}}
//	  ]
//	}
//
// A layer may have a name and read others than the one before it:
//
//	{"conv": {"maps": 16, "kernel": 3, "activation": "relu"}, "name": "stem"},
//	{"conv": {"maps": 16, "kernel": 3}},
//	{"add": {}, "from": ["stem", "conv_1"]}
//
// A size for rows and columns is one number or two. Sizes between layers follow
// by themselves; a dense layer reads its input pixel by pixel, channel fastest.
// [Network.Shapes] tells them, or which layer's cannot be.
type Network struct {
	Input  Input   `json:"input"`
	Layers []Layer `json:"layers"`
}

// Input is the size of an image: rows, columns, channels; in JSON a list.
type Input struct{ H, W, C int }

// Len returns the elements of an image.
func (in Input) Len() int { return in.H * in.W * in.C }

// Layer is one layer: what it computes, and of what.
type Layer struct {
	Op Op
	// Name is for other layers to read from; without it the layer is called as
	// Shape.Name tells.
	Name string
	// From names the layers before it that it reads, or "input"; the layer just
	// before it if left out.
	From []string
}

// Article returns the article's network: 28×28×1, conv 2×2 stride 2 centre
// (0,0) with 5 maps and relu, max-pool 2×2, conv 3×3 centre (1,1) with 20 maps
// and sigmoid, dense 2000 with sigmoid, dense 10.
func Article() Network {
	return Network{
		Input: Input{28, 28, 1},
		Layers: []Layer{
			{Op: Conv{Maps: 5, Kernel: Pair{2, 2}, Stride: Pair{2, 2}, Centre: &Pair{0, 0}, Activation: engine.ReLU}},
			{Op: MaxPool{Kernel: Pair{2, 2}}},
			{Op: Conv{Maps: 20, Kernel: Pair{3, 3}, Centre: &Pair{1, 1}, Activation: engine.Sigmoid}},
			{Op: Dense{Units: 2000, Activation: engine.Sigmoid}},
			{Op: Dense{Units: 10}},
		},
	}
}

// ArticleExperiment returns the article's network with its experiment's
// settings: mathematical convolution, centres (1,0) and (1,2), so that the
// convolutions leave 14×15 and 7×8 pixels.
func ArticleExperiment() Network {
	n := Article()
	for i, centre := range map[int]Pair{0: {1, 0}, 2: {1, 2}} {
		c := n.Layers[i].Op.(Conv)
		c.Mode, c.Centre = Convolution, &centre
		n.Layers[i].Op = c
	}
	return n
}

// Strong returns a small network that learns the article's digits to 99 % in two
// epochs: conv 5×5 stride 2 with 16 maps, conv 3×3 with 32, max-pool, conv 3×3
// with 32, max-pool, dense 10; relu. The training: Adam at a one-cycle rate of
// 0.01, shuffled batches of 128; 98.9 to 99.1 % of the test images are right then.
func Strong() Network {
	return Network{
		Input: Input{28, 28, 1},
		Layers: []Layer{
			{Op: Conv{Maps: 16, Kernel: Pair{5, 5}, Stride: Pair{2, 2}, Activation: engine.ReLU}},
			{Op: Conv{Maps: 32, Kernel: Pair{3, 3}, Activation: engine.ReLU}},
			{Op: MaxPool{Kernel: Pair{2, 2}}},
			{Op: Conv{Maps: 32, Kernel: Pair{3, 3}, Activation: engine.ReLU}},
			{Op: MaxPool{Kernel: Pair{2, 2}}},
			{Op: Dense{Units: 10}},
		},
	}
}
