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
	if s.Pool.Slide, err = slide(shapes[1]); err != nil {
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
	g := s.Geometry
	if g.Groups != 1 || g.DilationH != 1 || g.DilationW != 1 {
		return naive.Conv{}, faulty("network", fmt.Sprintf("with %s %v", s.Name, g), "neither groups nor dilation for the sliding reference")
	}
	sl, err := slide(s)
	return naive.Conv{Slide: sl, Maps: g.OC, Activation: naive.Activation(s.Activation.String())}, err
}

// slide finds the kernel's centre, which lies on the first input element when
// the first output is computed. Padding rules that no centre can stand for are
// errors.
func slide(s nn.Shape) (naive.Slide, error) {
	g := s.Geometry
	sl := naive.Slide{
		KH: g.KH, KW: g.KW, Stride: g.StrideH,
		CenterRow: g.PadTop, CenterCol: g.PadLeft, Convolution: g.Flip,
	}
	if g.Flip {
		sl.CenterRow, sl.CenterCol = g.KH-1-g.PadTop, g.KW-1-g.PadLeft
	}
	if g.StrideH != g.StrideW {
		return sl, faulty("network", fmt.Sprintf("with %s %v", s.Name, g), "one stride for rows and columns for the sliding reference")
	}
	if err := sl.Validate(); err != nil {
		return sl, faulty("network", fmt.Sprintf("with %s %v: %v", s.Name, g, err), "what the sliding reference can")
	}
	if oh, ow := sl.OutputSize(g.H, g.W); oh != g.OH || ow != g.OW {
		return sl, faulty("network", fmt.Sprintf("with %s %v", s.Name, g), fmt.Sprintf("%d×%d outputs, the sliding reference's centre rule", oh, ow))
	}
	return sl, nil
}

// slideOf is slide for a layer by itself.
func slideOf(name string, g im2col.Geometry) (naive.Slide, error) {
	return slide(nn.Shape{Name: name, Geometry: g})
}
