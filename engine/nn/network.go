package nn

import (
	"github.com/unslide/unslide/engine"
)

// Network describes a classifier: images in, layers one after another, the
// softmax of the last one's outputs. In JSON:
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
// A size for rows and columns is one number or two. Sizes between layers follow
// by themselves; a dense layer reads its input pixel by pixel, channel fastest.
// [Network.Shapes] tells them, or which layer's cannot be.
type Network struct {
	Input  Input   `json:"input"`
	Layers []Layer `json:"layers"`
}

// Input is the size of an image: rows, columns, channels; in JSON a list.
type Input struct{ H, W, C int }

// Layer is one layer; exactly one of the fields is set.
type Layer struct {
	Conv    *Conv    `json:"conv,omitempty"`
	MaxPool *MaxPool `json:"maxpool,omitempty"`
	Dense   *Dense   `json:"dense,omitempty"`
}

// Conv describes a convolution with a bias.
type Conv struct {
	Maps   int  `json:"maps"`             // output maps
	Kernel Pair `json:"kernel"`           // rows, columns
	Stride Pair `json:"stride,omitzero"`  // 1 if left out
	Groups int  `json:"groups,omitempty"` // 1 if left out
	// Dilation is the step between kernel elements, 1 if left out.
	Dilation Pair `json:"dilation,omitzero"`
	// Centre is the article's rule: this element of the kernel visits every
	// stride-th input element. Without it Padding decides.
	Centre *Pair `json:"centre,omitempty"`
	// Padding is "same" if left out.
	Padding Padding `json:"padding,omitzero"`
	// Mode is "correlation" if left out, or "convolution": the kernel turned.
	Mode       Mode              `json:"mode,omitempty"`
	Activation engine.Activation `json:"activation,omitempty"` // "none" if left out
}

// MaxPool describes a max-pooling. Padding never wins; of equal inputs the first
// does, in the order of the window.
type MaxPool struct {
	Kernel  Pair    `json:"kernel"`           // rows, columns
	Stride  Pair    `json:"stride,omitzero"`  // the kernel's size if left out
	Centre  *Pair   `json:"centre,omitempty"` // as in Conv
	Padding Padding `json:"padding,omitzero"` // "same" if left out
	Mode    Mode    `json:"mode,omitempty"`   // as in Conv: the window turned
}

// Dense describes a fully connected layer with a bias.
type Dense struct {
	Units      int               `json:"units"`
	Activation engine.Activation `json:"activation,omitempty"` // "none" if left out
}

// Pair is a size or a place: rows, columns; in JSON a list of two, or one
// number for both.
type Pair struct{ H, W int }

// Mode tells how a kernel meets the image.
type Mode string

const (
	Correlation Mode = "correlation" // the kernel as it is; also the zero Mode
	Convolution Mode = "convolution" // the kernel turned by 180°
)

// Padding is the rule for the border: the zero Padding is Same.
type Padding struct {
	Rule                     PaddingRule
	Top, Bottom, Left, Right int // of Explicit
}

// PaddingRule names a rule for the border.
type PaddingRule uint8

const (
	Same     PaddingRule = iota // "same": ⌈size/stride⌉ outputs, as TensorFlow pads
	Valid                       // "valid": the kernel stays on the image
	Explicit                    // [top, bottom, left, right]
)

// Article returns the article's network: 28×28×1, conv 2×2 stride 2 centre
// (0,0) with 5 maps and relu, max-pool 2×2, conv 3×3 centre (1,1) with 20 maps
// and sigmoid, dense 2000 with sigmoid, dense 10.
func Article() Network {
	return Network{
		Input: Input{28, 28, 1},
		Layers: []Layer{
			{Conv: &Conv{Maps: 5, Kernel: Pair{2, 2}, Stride: Pair{2, 2}, Centre: &Pair{0, 0}, Activation: engine.ReLU}},
			{MaxPool: &MaxPool{Kernel: Pair{2, 2}}},
			{Conv: &Conv{Maps: 20, Kernel: Pair{3, 3}, Centre: &Pair{1, 1}, Activation: engine.Sigmoid}},
			{Dense: &Dense{Units: 2000, Activation: engine.Sigmoid}},
			{Dense: &Dense{Units: 10}},
		},
	}
}

// ArticleExperiment returns the article's network with its experiment's
// settings: mathematical convolution, centres (1,0) and (1,2), so that the
// convolutions leave 14×15 and 7×8 pixels.
func ArticleExperiment() Network {
	n := Article()
	n.Layers[0].Conv.Mode, n.Layers[0].Conv.Centre = Convolution, &Pair{1, 0}
	n.Layers[2].Conv.Mode, n.Layers[2].Conv.Centre = Convolution, &Pair{1, 2}
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
			{Conv: &Conv{Maps: 16, Kernel: Pair{5, 5}, Stride: Pair{2, 2}, Activation: engine.ReLU}},
			{Conv: &Conv{Maps: 32, Kernel: Pair{3, 3}, Activation: engine.ReLU}},
			{MaxPool: &MaxPool{Kernel: Pair{2, 2}}},
			{Conv: &Conv{Maps: 32, Kernel: Pair{3, 3}, Activation: engine.ReLU}},
			{MaxPool: &MaxPool{Kernel: Pair{2, 2}}},
			{Dense: &Dense{Units: 10}},
		},
	}
}
