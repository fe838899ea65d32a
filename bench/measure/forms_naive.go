package measure

import (
	"sync"
	"time"

	"github.com/unslide/unslide/bench/shapes"
	"github.com/unslide/unslide/bench/sliding"
	"github.com/unslide/unslide/naive"
)

// NaivePair returns a pass of the sliding reference on one pair of maps, of which
// it takes pairs for the layer's batch, and about how many seconds a call takes.
func NaivePair(l shapes.Layer, p Pass) (f Form, pairs int, seconds float64) {
	return Form{Naive, Naive, naivePair(l, p)}, naivePairs(l), naiveSeconds(l, p)
}

// naiveForm is the sliding reference on a layer: a kernel slides over each pair
// of an input map and an output map by itself.
func naiveForm(l shapes.Layer, p Pass) Form {
	pair, pairs := naivePair(l, p), naivePairs(l)
	return Form{Naive, Naive, func() {
		for range pairs {
			pair()
		}
	}}
}

// naivePairs is how many pairs of maps a layer's batch has.
func naivePairs(l shapes.Layer) int { return l.Batch * l.Geometry.GroupC() * l.Geometry.OC }

// naivePair is a pass of the sliding reference on one pair of maps.
func naivePair(l shapes.Layer, p Pass) func() {
	conv := sliding.Of(&l.Geometry, naive.None)
	x, kernel := naive.NewMap(conv.Rows, conv.Cols), naive.NewMap(conv.KH, conv.KW)
	dy := naive.NewMap(conv.OutputSize(conv.Rows, conv.Cols))
	switch p {
	case BackwardData:
		return func() { conv.InputGradient(dy, kernel, conv.Rows, conv.Cols) }
	case BackwardFilter:
		return func() { conv.KernelGradient(x, dy) }
	}
	return func() { conv.Convolve(x, kernel) }
}

// naiveSeconds estimates how long the sliding reference takes on one pair of
// maps: it asks for each output about every kernel element, and for the data's
// gradient about every input element.
func naiveSeconds(l shapes.Layer, p Pass) float64 {
	conv := sliding.Of(&l.Geometry, naive.None)
	oh, ow := conv.OutputSize(conv.Rows, conv.Cols)
	asked := conv.KH * conv.KW
	if p == BackwardData {
		asked = conv.Rows * conv.Cols
	}
	return float64(oh*ow) * float64(asked) * naiveQuestion()
}

// naiveQuestion is how long the sliding reference takes on this machine to ask
// where its kernel lies, in seconds.
var naiveQuestion = sync.OnceValue(func() float64 {
	s := naive.Slide{KH: 3, KW: 3, Stride: 1, CenterRow: 1, CenterCol: 1}
	const side = 28
	dy, kernel := naive.NewMap(side, side), naive.NewMap(3, 3)
	least := time.Duration(1<<63 - 1)
	for range 5 {
		begin := time.Now()
		s.InputGradient(dy, kernel, side, side)
		least = min(least, time.Since(begin))
	}
	return least.Seconds() / (side * side * side * side)
})
