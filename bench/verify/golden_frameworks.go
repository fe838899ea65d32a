package verify

import (
	"errors"
	"fmt"

	"github.com/unslide/unslide/bench/sliding"
	"github.com/unslide/unslide/engine"
	"github.com/unslide/unslide/im2col"
	"github.com/unslide/unslide/internal/golden"
)

func frameworkConv(name string, a *golden.Conv, pad im2col.Padding, bias, dBias []float64, opts ...im2col.Option) (problem, error) {
	g, err := im2col.New(im2col.Input{H: a.H, W: a.W, C: a.C}, im2col.Filter{KH: a.KH, KW: a.KW, OC: a.OutC}, pad,
		append(opts, im2col.Stride(a.Stride[0], a.Stride[1]))...)
	if err != nil {
		return nil, err
	}
	if g.OH != a.OutH || g.OW != a.OutW {
		return nil, fmt.Errorf("output %d×%d: want %d×%d for %v", a.OutH, a.OutW, g.OH, g.OW, g)
	}
	if err := plausible(a.N, &g); err != nil {
		return nil, err
	}
	if err := lengths(
		"x", a.X, a.N*g.InputLen(), "filter", a.Filter, g.FilterLen(), "bias", bias, g.OC,
		"y", a.Y, a.N*g.OutputLen(), "dy", a.DY, a.N*g.OutputLen(),
		"dx", a.DX, a.N*g.InputLen(), "dfilter", a.DFilter, g.FilterLen(), "dbias", dBias, g.OC,
	); err != nil {
		return nil, err
	}
	p := &convProblem{
		name: name, g: g, n: a.N, activation: engine.None,
		Data:     sliding.Data{Src: a.X, Filter: a.Filter, Bias: bias, DDst: a.DY},
		want:     sliding.Result{Dst: a.Y, DSrc: a.DX, DFilter: a.DFilter, DBias: dBias},
		integers: areIntegers(a.X, a.Filter, bias, a.DY),
	}
	p.measure()
	return p, nil
}

// areIntegers reports whether all numbers are integers so small that any sum of
// products of two of them that a case can hold is exact in float32.
func areIntegers(arrays ...[]float64) bool {
	for _, a := range arrays {
		for _, v := range a {
			if v != float64(int8(v)) || v < -16 || v > 16 {
				return false
			}
		}
	}
	return true
}

func torchConv(name string, a *golden.TorchConv) (problem, error) {
	return frameworkConv(name, &a.Conv, im2col.Padded(a.Pad[0], a.Pad[1], a.Pad[2], a.Pad[3]), a.Bias, a.DBias,
		im2col.Dilation(a.Dilation[0], a.Dilation[1]), im2col.Groups(a.Groups))
}

func tensorflowConv(name string, a *golden.TensorFlowConv) (problem, error) {
	if a.OutC < 1 || a.OutC > len(a.Filter) {
		return nil, fmt.Errorf("%d filters: want at least 1 and no more than filter has numbers", a.OutC)
	}
	bias, dBias := make([]float64, a.OutC), make([]float64, a.OutC)
	for i, v := range a.DY {
		dBias[i%a.OutC] += v
	}
	var pad im2col.Padding
	switch {
	case a.Padding == "SAME":
		pad = im2col.Same()
	case a.Padding == "VALID":
		pad = im2col.Valid()
	case a.Padding == "EXPLICIT" && a.Pad != nil:
		pad = im2col.Padded(a.Pad[0], a.Pad[1], a.Pad[2], a.Pad[3])
	default:
		return nil, fmt.Errorf("padding %q: want SAME, VALID, or EXPLICIT with four numbers in pad", a.Padding)
	}
	return frameworkConv(name, &a.Conv, pad, bias, dBias)
}

// torchTransposed makes a problem of a transposed convolution. It is the gradient
// to the data of the convolution that goes from its output to its input: x plays
// dDst, y plays dSrc, and the filter's second last axis, its outputs in a group,
// is that convolution's input channels.
func torchTransposed(name string, a *golden.TorchTransposed) (problem, error) {
	g := im2col.Geometry{
		H: a.OutH, W: a.OutW, C: a.OutC, OC: a.C, KH: a.KH, KW: a.KW,
		StrideH: a.Stride[0], StrideW: a.Stride[1], DilationH: a.Dilation[0], DilationW: a.Dilation[1],
		Groups: a.Groups, PadTop: a.Pad[0], PadLeft: a.Pad[1], OH: a.H, OW: a.W,
	}
	if err := g.Validate(); err != nil {
		return nil, err
	}
	if err := plausible(a.N, &g); err != nil {
		return nil, err
	}
	if err := lengths(
		"x", a.X, a.N*g.OutputLen(), "filter_hwoi", a.Filter, g.FilterLen(), "bias", a.Bias, g.C,
		"y", a.Y, a.N*g.InputLen(), "dy", a.DY, a.N*g.InputLen(),
		"dx", a.DX, a.N*g.OutputLen(), "dfilter_hwoi", a.DFilter, g.FilterLen(), "dbias", a.DBias, g.C,
	); err != nil {
		return nil, err
	}
	if !areIntegers(a.X, a.Filter, a.Bias, a.DY) {
		return nil, errors.New("a transposed convolution on real numbers: want small integers")
	}
	// The plan adds no bias on this way: it is taken off what is wanted.
	y := make([]float64, len(a.Y))
	dBias := make([]float64, g.C)
	for i := range y {
		y[i] = a.Y[i] - a.Bias[i%g.C]
		dBias[i%g.C] += a.DY[i]
	}
	for i := range dBias {
		if dBias[i] != a.DBias[i] {
			return nil, fmt.Errorf("dbias %d is %v, the sum of dy's channel is %v", i, a.DBias[i], dBias[i])
		}
	}
	// Forward takes dy back to dx; the filter's gradient pairs dy and x.
	p := &convProblem{
		name: name, g: g, n: a.N, activation: engine.None, integers: true,
		Data: sliding.Data{Src: a.DY, Filter: a.Filter, Bias: make([]float64, g.OC), DDst: a.X},
		want: sliding.Result{Dst: a.DX, DSrc: y, DFilter: a.DFilter},
	}
	p.measure()
	return p, nil
}

func torchPool(name string, a *golden.TorchPool) (problem, error) {
	g, err := im2col.NewPool(im2col.Input{H: a.H, W: a.W, C: a.C}, a.KH, a.KW,
		im2col.Padded(a.Pad[0], a.Pad[0], a.Pad[1], a.Pad[1]), im2col.Stride(a.Stride[0], a.Stride[1]))
	if err != nil {
		return nil, err
	}
	if g.OH != a.OutH || g.OW != a.OutW {
		return nil, fmt.Errorf("output %d×%d: want %d×%d for %v", a.OutH, a.OutW, g.OH, g.OW, g)
	}
	if err := plausible(a.N, &g); err != nil {
		return nil, err
	}
	if err := lengths("x", a.X, a.N*g.InputLen(), "y", a.Y, a.N*g.OutputLen(),
		"dy", a.DY, a.N*g.OutputLen(), "dx", a.DX, a.N*g.InputLen()); err != nil {
		return nil, err
	}
	return &poolProblem{name: name, g: g, n: a.N, src: a.X, dDst: a.DY, want: sliding.Pooled{Dst: a.Y, DSrc: a.DX}}, nil
}
