package engine

import (
	"testing"

	"github.com/unslide/unslide/im2col"
)

// benchmarkPasses runs passes over so many elements in memory, all workers
// together.
func benchmarkPasses(b *testing.B, elements int, pass func()) {
	b.SetBytes(int64(elements) * 4)
	b.ReportAllocs()
	pass()
	for b.Loop() {
		pass()
	}
}

// BenchmarkAveragePool2D reports the bytes of src and dst.
func BenchmarkAveragePool2D(b *testing.B) {
	for _, l := range []struct {
		name          string
		h, w, c, k, n int
		p             im2col.Padding
		stride        int
	}{
		{"3x3_same", 35, 35, 192, 3, 8, im2col.Same(), 1},
		{"2x2_stride2", 56, 56, 128, 2, 8, im2col.Valid(), 2},
		{"global7", 7, 7, 2048, 7, 32, im2col.Valid(), 1},
		{"global112", 112, 112, 32, 112, 1, im2col.Valid(), 1},
	} {
		g, err := im2col.NewPool(im2col.Input{H: l.h, W: l.w, C: l.c}, l.k, l.k, l.p, im2col.Stride(l.stride, l.stride))
		if err != nil {
			b.Fatal(err)
		}
		plan, err := NewAveragePool2D[float32](g)
		if err != nil {
			b.Fatal(err)
		}
		src, dst := normals(l.n*g.InputLen()), normals(l.n*g.OutputLen())
		b.Run("layer="+l.name+"/pass=forward", func(b *testing.B) {
			benchmarkPasses(b, len(src)+len(dst), func() { plan.Forward(dst, src) })
		})
		b.Run("layer="+l.name+"/pass=backward-data", func(b *testing.B) {
			benchmarkPasses(b, len(src)+len(dst), func() { plan.Backward(src, dst) })
		})
	}
}

// BenchmarkBatchNorm reports the bytes that a pass has to move: training reads src
// three times and writes dst, backward reads both twice and writes dSrc.
func BenchmarkBatchNorm(b *testing.B) {
	for _, l := range []struct {
		name      string
		pixels, c int
	}{{"16x16x64", 32 * 16 * 16, 64}, {"112x112x32", 4 * 112 * 112, 32}, {"7x7x2048", 16 * 49, 2048}} {
		plan, err := NewBatchNorm[float32](l.c, 1e-5, WithActivation(ReLU))
		if err != nil {
			b.Fatal(err)
		}
		n := l.pixels * l.c
		src, dst, dSrc := normals(n), normals(n), normals(n)
		gamma, beta, mean, variance := normals(l.c), normals(l.c), normals(l.c), normals(l.c)
		b.Run("layer="+l.name+"/pass=forward", func(b *testing.B) {
			benchmarkPasses(b, 4*n, func() { _ = plan.Forward(dst, src, gamma, beta, mean, variance) })
		})
		b.Run("layer="+l.name+"/pass=infer", func(b *testing.B) {
			benchmarkPasses(b, 2*n, func() { plan.Infer(dst, src, gamma, beta, mean, variance) })
		})
		b.Run("layer="+l.name+"/pass=backward-data", func(b *testing.B) {
			benchmarkPasses(b, 5*n, func() { plan.Backward(dSrc, gamma, beta, src, dst, gamma, mean, variance) })
		})
	}
}
