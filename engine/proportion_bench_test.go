package engine

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/unslide/unslide/engine/internal/cut"
	"github.com/unslide/unslide/im2col"
)

// BenchmarkProportion times geometries of sizes far apart, one image with two
// workers, and reports the forward pass beside what its multiplications with the
// image would take at the machine's peak and reading its tensors from memory,
// and the gradients beside the forward pass:
//
//	go test ./engine -run '^$' -bench Proportion -benchtime 5x
func BenchmarkProportion(b *testing.B) {
	for _, c := range []struct {
		name string
		g    im2col.Geometry
	}{
		{"stride1000", farApart(b, 1024, 1, 1000, 1, im2col.Valid(), im2col.Stride(1000, 1000))},
		{"1024_k1000", farApart(b, 1024, 1, 1000, 1, im2col.Valid())},
		{"1024_k1020", farApart(b, 1024, 1, 1020, 1, im2col.Valid())},
		{"1024_k1020_oc8", farApart(b, 1024, 1, 1020, 8, im2col.Valid())},
		{"1024_k1020_flipped", farApart(b, 1024, 1, 1020, 1, im2col.Valid(), im2col.Flip())},
		{"300_k280_c3_oc5", farApart(b, 300, 3, 280, 5, im2col.Valid())},
		{"4096_k4095", farApart(b, 4096, 1, 4095, 1, im2col.Valid())},
		{"56_k55", farApart(b, 56, 16, 55, 16, im2col.Valid())},
		{"56_k55_flipped", farApart(b, 56, 16, 55, 16, im2col.Valid(), im2col.Flip())},
		{"56_k55_oc1", farApart(b, 56, 16, 55, 1, im2col.Valid())},
		{"28_k27", farApart(b, 28, 1, 27, 1, im2col.Valid())},
		{"28_k27_flipped", farApart(b, 28, 1, 27, 1, im2col.Valid(), im2col.Flip())},
		{"28_k27_same", farApart(b, 28, 1, 27, 1, im2col.Same())},
		{"padding", farApart(b, 16, 4, 200, 4, im2col.Padded(199, 199, 199, 199))},
		{"padding_stride", farApart(b, 16, 4, 300, 4, im2col.Padded(299, 299, 299, 299), im2col.Stride(60, 60))},
		{"depthwise_2_channels", farApart(b, 724, 2, 3, 2, im2col.Same(), im2col.Groups(2))},
		{"depthwise_tall", oneLine(b, 50000, 1, 2, 2)},
		{"depthwise_wide", oneLine(b, 1, 50000, 2, 2)},
		{"depthwise_3_channels_k9", farApart(b, 600, 3, 9, 3, im2col.Same(), im2col.Groups(3))},
		{"depthwise_k700", farApart(b, 724, 2, 700, 2, im2col.Valid(), im2col.Groups(2))},
		{"depthwise_32_channels", farApart(b, 181, 32, 3, 32, im2col.Same(), im2col.Groups(32))},
		{"groups_of_2", farApart(b, 256, 64, 3, 64, im2col.Same(), im2col.Groups(32))},
		{"1x1_stride30", farApart(b, 2048, 4, 1, 4, im2col.Valid(), im2col.Stride(30, 30))},
		{"dilation10000", farApart(b, 5, 64, 3, 64, im2col.Same(), im2col.Dilation(10000, 10000))},
		{"one_row", oneLine(b, 1, 100000, 1, 1)},
		{"one_column", oneLine(b, 20000, 1, 1, 1)},
	} {
		for name, opts := range map[string][]Option{
			"auto": nil, "direct": {WithAlgorithm(Direct)}, "gemm": {WithAlgorithm(GEMM)},
		} {
			b.Run(fmt.Sprintf("layer=%s/dtype=f32/algo=%s", c.name, name), func(b *testing.B) { benchProportion[float32](b, c.g, opts) })
		}
		b.Run(fmt.Sprintf("layer=%s/dtype=f64/algo=gemm", c.name), func(b *testing.B) { benchProportion[float64](b, c.g, nil) })
	}
}

// farApart is a convolution of a square image with square kernels.
func farApart(t testing.TB, size, c, k, oc int, p im2col.Padding, opts ...im2col.Option) im2col.Geometry {
	t.Helper()
	g, err := im2col.New(im2col.Input{H: size, W: size, C: c}, im2col.Filter{KH: k, KW: k, OC: oc}, p, opts...)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// oneLine is a convolution of a row or a column of pixels with a kernel that
// spans 255 of them.
func oneLine(t testing.TB, h, w, c, groups int) im2col.Geometry {
	t.Helper()
	f := im2col.Filter{KH: min(h, 255), KW: min(w, 255), OC: c}
	g, err := im2col.New(im2col.Input{H: h, W: w, C: c}, f, im2col.Same(), im2col.Groups(groups))
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func benchProportion[T Float](b *testing.B, g im2col.Geometry, opts []Option) {
	plan, err := NewConv2D[T](g, append(opts, WithWorkers(2))...)
	if err != nil {
		b.Fatal(err)
	}
	src, dst, filter, bias := make([]T, g.InputLen()), make([]T, g.OutputLen()), make([]T, g.FilterLen()), make([]T, g.OC)
	for _, x := range [][]T{src, dst, filter} {
		for i := range x {
			x[i] = T(i%7) - 3.25
		}
	}
	passes := []func(){
		func() { plan.Forward(dst, src, filter, bias) },
		func() { plan.BackwardData(src, dst, filter) },
		func() { plan.BackwardFilter(filter, bias, src, dst) },
	}
	best := [3]float64{}
	for i, f := range passes {
		best[i] = 1e9
		f()
	}
	for b.Loop() {
		for i, f := range passes {
			start := time.Now()
			f()
			best[i] = min(best[i], time.Since(start).Seconds())
		}
	}
	// The multiplications that meet the image, two cores at a hundred GFLOP/s,
	// and the tensors at ten GB/s.
	inside := g.Vertical().Inside() * g.Horizontal().Inside()
	size := float64(cut.SizeOf[T]())
	peak := g.FLOP()*inside*size/4/200e9 + size*float64(len(src)+len(dst)+len(filter))/10e9
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(best[0]*1e3, "forward-ms")
	b.ReportMetric(best[0]/peak, "forward/peak")
	b.ReportMetric(best[1]/best[0], "data/forward")
	b.ReportMetric(best[2]/best[0], "filter/forward")
	b.Log(strings.ReplaceAll(plan.String(), "backward", "\n\tbackward"))
}
