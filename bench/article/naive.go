package article

import (
	"fmt"
	"strings"

	"github.com/unslide/unslide/engine/nn"
	"github.com/unslide/unslide/im2col"
	"github.com/unslide/unslide/naive"
)

// NaiveSettings describes a network to the sliding reference. Its error tells
// what the reference cannot do: it has the article's layers, conv, max-pool,
// conv, dense, dense, on images of one channel.
func NaiveSettings(n nn.Network, rate float64) (naive.Settings, error) {
	shapes, err := n.Shapes()
	if err != nil {
		return naive.Settings{}, err
	}
	kinds := [...]string{"conv", "maxpool", "conv", "dense", "dense"}
	for i, s := range shapes {
		if len(shapes) != len(kinds) || s.Kind != kinds[i] {
			return naive.Settings{}, faulty("network", fmt.Sprintf("of %d layers, whose layer %d is %s", len(shapes), i+1, s.Kind), fmt.Sprintf("%s for the sliding reference", strings.Join(kinds[:], ", ")))
		}
	}
	if n.Input.C != 1 {
		return naive.Settings{}, faulty("network", fmt.Sprintf("of %d channels", n.Input.C), "1 for the sliding reference")
	}
	s := naive.Settings{Rows: n.Input.H, Cols: n.Input.W, Rate: rate}
	if s.Conv1, err = naiveConv(shapes[0]); err != nil {
		return naive.Settings{}, err
	}
	if s.Pool.Slide, err = slide("network", "with "+shapes[1].Name, shapes[1].Geometry); err != nil {
		return naive.Settings{}, err
	}
	s.Pool.Add = true // where windows overlap, as the engine does
	if s.Conv2, err = naiveConv(shapes[2]); err != nil {
		return naive.Settings{}, err
	}
	s.Hidden = naive.Dense{Neurons: shapes[3].Out, Activation: naive.Activation(shapes[3].Activation.String())}
	s.Output = naive.Dense{Neurons: shapes[4].Out, Activation: naive.Softmax}
	_, err = s.Sizes()
	return s, err
}

func naiveConv(s nn.Shape) (naive.Conv, error) {
	sl, err := slideConv("network", "with "+s.Name, s.Geometry)
	return naive.Conv{Slide: sl, Maps: s.Geometry.OC, Activation: naive.Activation(s.Activation.String())}, err
}

// slideConv is slide for a convolution.
func slideConv(field, name string, g im2col.Geometry) (naive.Slide, error) {
	if g.Groups != 1 || g.DilationH != 1 || g.DilationW != 1 {
		return naive.Slide{}, faulty(field, fmt.Sprintf("%s %v", name, g), "neither groups nor dilation for the sliding reference")
	}
	return slide(field, name, g)
}

// slide finds the kernel's centre, which lies on the first input element when
// the first output is computed. Padding rules that no centre can stand for are
// faults of the field.
func slide(field, name string, g im2col.Geometry) (naive.Slide, error) {
	sl := naive.Slide{
		KH: g.KH, KW: g.KW, Stride: g.StrideH,
		CenterRow: g.PadTop, CenterCol: g.PadLeft, Convolution: g.Flip,
	}
	if g.Flip {
		sl.CenterRow, sl.CenterCol = g.KH-1-g.PadTop, g.KW-1-g.PadLeft
	}
	if g.StrideH != g.StrideW {
		return sl, faulty(field, fmt.Sprintf("%s %v", name, g), "one stride for rows and columns for the sliding reference")
	}
	if err := sl.Validate(); err != nil {
		return sl, faulty(field, fmt.Sprintf("%s %v: %v", name, g, err), "what the sliding reference can")
	}
	if oh, ow := sl.OutputSize(g.H, g.W); oh != g.OH || ow != g.OW {
		return sl, faulty(field, fmt.Sprintf("%s %v", name, g), fmt.Sprintf("%d×%d outputs, by the sliding reference's centre rule", oh, ow))
	}
	return sl, nil
}
