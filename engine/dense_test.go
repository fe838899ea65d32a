package engine

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/unslide/unslide/engine/gemm"
	"github.com/unslide/unslide/engine/internal/trial"
)

func TestDense(t *testing.T) {
	everyBackend(t, func(t *testing.T, b gemm.Backend) {
		t.Run("float32", func(t *testing.T) { testDense[float32](t, b) })
		t.Run("float64", func(t *testing.T) { testDense[float64](t, b) })
	})
}

func testDense[T Float](t *testing.T, b gemm.Backend) {
	r := rand.New(rand.NewPCG(3, 4))
	for _, c := range []struct{ n, in, out int }{
		{0, 3, 2}, {1, 1, 1}, {1, 5, 3}, {1, 980, 2000}, {1, 2000, 10}, {2, 7, 33}, {3, 980, 200}, {17, 130, 70}, {128, 45, 10},
	} {
		if raceEnabled && c.in*c.out > 1e6 && gemm.NameOf(b) != gemm.NameOf(gemm.Default()) {
			continue // a slow reference
		}
		for _, workers := range []int{1, 3} {
			t.Run(fmt.Sprintf("n=%d/%dx%d/workers=%d", c.n, c.in, c.out, workers), func(t *testing.T) {
				d, err := NewDense[T](c.in, c.out, WithWorkers(workers), WithBLAS(b))
				if err != nil {
					t.Fatal(err)
				}
				src, w, b := trial.Integers[T](r, c.n*c.in), trial.Integers[T](r, c.in*c.out), trial.Integers[T](r, c.out)
				dPre := trial.Integers[T](r, c.n*c.out)
				dst, dSrc := make([]T, len(dPre)), make([]T, len(src))
				dW, dB := make([]T, len(w)), make([]T, len(b))
				for i := range c.n {
					for k := range c.out {
						dst[i*c.out+k] = b[k]
						dB[k] += dPre[i*c.out+k]
					}
					for j := range c.in {
						for k := range c.out {
							dst[i*c.out+k] += src[i*c.in+j] * w[j*c.out+k]
							dSrc[i*c.in+j] += dPre[i*c.out+k] * w[j*c.out+k]
							dW[j*c.out+k] += dPre[i*c.out+k] * src[i*c.in+j]
						}
					}
				}
				check := func(what string, want []T, compute func(out []T)) {
					t.Helper()
					got := trial.Destination[T](len(want))
					compute(got.Data)
					got.Check(t, what, want)
				}
				check("dst", dst, func(out []T) { d.Forward(out, src, w, b) })
				check("dSrc", dSrc, func(out []T) { d.BackwardData(out, dPre, w) })
				check("dWeights", dW, func(out []T) { d.BackwardWeights(out, nil, src, dPre) })
				check("dBias", dB, func(out []T) { d.BackwardWeights(make([]T, len(w)), out, src, dPre) })

				const rate = 0.5
				w2, b2 := make([]T, len(w)), make([]T, len(b))
				for i := range w {
					w2[i] = w[i] - rate*dW[i]
				}
				for i := range b {
					b2[i] = b[i] - rate*dB[i]
				}
				newB := append([]T(nil), b...)
				check("updated weights", w2, func(out []T) {
					copy(out, w)
					d.BackwardUpdate(nil, out, newB, src, dPre, rate)
				})
				check("updated bias", b2, func(out []T) { copy(out, newB) })
				check("dSrc of the update", dSrc, func(out []T) {
					d.BackwardUpdate(out, append([]T(nil), w...), nil, src, dPre, rate)
				})
			})
		}
	}
}
