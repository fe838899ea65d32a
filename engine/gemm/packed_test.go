package gemm_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/blas"

	"github.com/unslide/unslide/engine/gemm"
	"github.com/unslide/unslide/engine/internal/kernel"
)

// Every instruction set of this machine passes the suite of backends.
func TestPackedEveryInstructionSet(t *testing.T) {
	for _, set := range kernel.Sets() {
		if raceEnabled && set != kernel.Best() {
			continue // slow, and there is one goroutine
		}
		p := gemm.NewPacked(set.ISA)
		t.Log("kernel:", p.Info().Kernels)
		t.Run(set.String(), func(t *testing.T) {
			portable := set.ISA == kernel.Portable
			t.Run("float32", func(t *testing.T) {
				suite[float32](t, p.Sgemm, 0x1p-24)
				t.Run("blocks", func(t *testing.T) { testPackedBlocks(t, p.Sgemm, portable) })
				t.Run("every small size", func(t *testing.T) { testEverySmallSize(t, p.Sgemm) })
			})
			t.Run("float64", func(t *testing.T) {
				suite[float64](t, p.Dgemm, 0x1p-53)
				t.Run("blocks", func(t *testing.T) { testPackedBlocks(t, p.Dgemm, portable) })
				t.Run("every small size", func(t *testing.T) { testEverySmallSize(t, p.Dgemm) })
			})
		})
	}
}

// Sizes with several blocks in each direction, and on both sides of the
// bounds for factors that are read in place.
func testPackedBlocks[T float](t *testing.T, mul product[T], portable bool) {
	r := rand.New(rand.NewPCG(7, 8))
	list := [][3]int{{13, 70, 1100}, {57, 300, 520}, {700, 20, 1030}, {260, 270, 600}, {30, 257, 513}}
	if !raceEnabled && !portable {
		list = append(list, [3]int{620, 2100, 520}) // several blocks of B
	}
	for _, s := range list {
		e := newExact[T](r, s[0], s[1], s[2])
		for _, trans := range []blas.Transpose{blas.NoTrans, blas.Trans} {
			e.check(t, mul, blas.NoTrans, trans, 1, 0, 5)
			e.check(t, mul, blas.NoTrans, trans, 2, 1, 0)
			e.check(t, mul, blas.Trans, trans, 1, -1, 3)
		}
	}
}

// One row or one column more than a panel, a step or a block.
func testEverySmallSize[T float](t *testing.T, mul product[T]) {
	r := rand.New(rand.NewPCG(9, 10))
	for m := 1; m <= 30; m++ {
		for n := 1; n <= 34; n++ {
			e := newExact[T](r, m, n, 1+r.IntN(40))
			for _, trans := range []blas.Transpose{blas.NoTrans, blas.Trans} {
				e.check(t, mul, blas.NoTrans, trans, 1, T(r.IntN(2)), r.IntN(4))
				e.check(t, mul, blas.Trans, trans, T(1+r.IntN(2)), T(r.IntN(3)), r.IntN(4))
			}
		}
	}
}

func BenchmarkSgemm(b *testing.B) {
	const n, t = blas.NoTrans, blas.Trans
	for _, s := range []struct {
		tA, tB  blas.Transpose
		m, n, k int
	}{
		{n, n, 2048, 2048, 2048}, {n, n, 128, 2000, 980}, {n, t, 128, 980, 2000}, {t, n, 980, 2000, 128},
		{n, n, 16, 2000, 980}, {n, n, 4, 2000, 980}, {n, n, 3136, 64, 576}, {n, n, 64, 64, 64},
	} {
		lda, ldb := s.k, s.n
		if s.tA == t {
			lda = s.m
		}
		if s.tB == t {
			ldb = s.k
		}
		x, y, c := make([]float32, s.m*s.k), make([]float32, s.k*s.n), make([]float32, s.m*s.n)
		flop := 2 * float64(s.m) * float64(s.n) * float64(s.k)
		for _, backend := range gemm.Backends() {
			b.Run(fmt.Sprintf("size=%c%c-%dx%dx%d/blas=%s", s.tA, s.tB, s.m, s.n, s.k, backend.Info().Name), func(b *testing.B) {
				for b.Loop() {
					backend.Sgemm(s.tA, s.tB, s.m, s.n, s.k, 1, x, lda, y, ldb, 0, c, s.n)
				}
				b.ReportMetric(flop*float64(b.N)/b.Elapsed().Seconds()/1e9, "GFLOP/s")
			})
		}
	}
}
