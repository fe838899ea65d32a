package im2col

import (
	"math/rand/v2"
	"testing"
)

// layers are shapes that the lowering meets: the article's two, few channels,
// many channels, small and large images, stride, dilation, groups, turning.
var layers = []struct {
	name string
	in   Input
	f    Filter
	p    Padding
	opts []Option
}{
	{"article1", Input{28, 28, 1}, Filter{2, 2, 5}, Centred(0, 0), []Option{Stride(2, 2)}},
	{"article2", Input{7, 7, 5}, Filter{3, 3, 20}, Centred(1, 1), nil},
	{"lenet5", Input{28, 28, 1}, Filter{5, 5, 6}, Same(), nil},
	{"3x3_c1", Input{56, 56, 1}, Filter{3, 3, 16}, Same(), nil},
	{"3x3_c3", Input{56, 56, 3}, Filter{3, 3, 16}, Same(), nil},
	{"3x3_c16", Input{56, 56, 16}, Filter{3, 3, 16}, Same(), nil},
	{"3x3_c64", Input{56, 56, 64}, Filter{3, 3, 64}, Same(), nil},
	{"3x3_c512", Input{7, 7, 512}, Filter{3, 3, 512}, Same(), nil},
	{"3x3_stride2_c64", Input{56, 56, 64}, Filter{3, 3, 64}, Same(), []Option{Stride(2, 2)}},
	{"1x1_stride2_c256", Input{56, 56, 256}, Filter{1, 1, 64}, Same(), []Option{Stride(2, 2)}},
	{"1x1_c64", Input{56, 56, 64}, Filter{1, 1, 64}, Same(), nil},
	{"stem7x7", Input{112, 112, 3}, Filter{7, 7, 64}, Same(), []Option{Stride(2, 2)}},
	{"3x3_dilated_c64", Input{56, 56, 64}, Filter{3, 3, 64}, Same(), []Option{Dilation(2, 2)}},
	{"3x3_flip_c64", Input{56, 56, 64}, Filter{3, 3, 64}, Same(), []Option{Flip()}},
	{"3x3_flip_c1", Input{56, 56, 1}, Filter{3, 3, 16}, Same(), []Option{Flip()}},
	{"3x3_groups4_c64", Input{56, 56, 64}, Filter{3, 3, 64}, Same(), []Option{Groups(4)}},
	{"3x3_depthwise_c64", Input{56, 56, 64}, Filter{3, 3, 64}, Same(), []Option{Groups(64)}},
}

// BenchmarkLower and BenchmarkRaise report the bytes of the patch matrix, in
// blocks of about 256 KiB as a worker lowers them.
func BenchmarkLower(b *testing.B) {
	b.Run("float32", func(b *testing.B) { benchmark(b, Lower[float32], 4) })
	b.Run("float64", func(b *testing.B) { benchmark(b, Lower[float64], 8) })
}

func BenchmarkRaise(b *testing.B) {
	raise := func(cols, image []float32, g *Geometry, blk Block) { Raise(image, cols, g, blk) }
	b.Run("float32", func(b *testing.B) { benchmark(b, raise, 4) })
}

func benchmark[T Float](b *testing.B, move func(cols, image []T, g *Geometry, blk Block), size int) {
	for _, l := range layers {
		b.Run("layer="+l.name, func(b *testing.B) {
			g, err := New(l.in, l.f, l.p, l.opts...)
			if err != nil {
				b.Fatal(err)
			}
			rows := min(g.Rows(), max(16, 256<<10/size/g.Depth()))
			cols := make([]T, rows*g.Depth())
			image := randomImage[T](rand.New(rand.NewPCG(1, 1)), g.InputLen())
			b.SetBytes(int64(g.Rows() * g.Depth() * size))
			b.ReportAllocs()
			for b.Loop() {
				for r0 := 0; r0 < g.Rows(); r0 += rows {
					blk := Block{Row0: r0, Row1: min(r0+rows, g.Rows()), Tap1: g.Taps()}
					move(cols[:(blk.Row1-r0)*g.Depth()], image, &g, blk)
				}
			}
		})
	}
}
